"""The person behind a request of the mobile API."""

from typing import cast

from rest_framework.request import Request

from organization.models import Staff


def caller(request: Request) -> Staff:
    """Who is signed in: the door (`access.MayDo`) has let nobody else through."""
    return cast(Staff, request.user)
