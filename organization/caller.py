"""The person behind a request, of the mobile API or a browser page."""

from typing import cast

from django.http import HttpRequest
from rest_framework.request import Request

from organization.models import Staff


def caller(request: Request | HttpRequest) -> Staff:
    """Who is signed in: the door (`access.MayDo`, the page's own) has let nobody else through."""
    return cast(Staff, request.user)
