"""Who asks."""

from rest_framework.request import Request

from organization.models import Staff


def signed_in(request: Request) -> Staff:
    """The person whose phone this is; `organization.access.MayDo` has let nobody else in."""
    assert isinstance(request.user, Staff), "let in without signing in"  # noqa: S101  narrows the type
    return request.user
