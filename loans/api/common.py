"""What the addresses of this room share: the application within sight, and small shapes."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from aladdin.problems import NotFound
from loans.models import LoanApplication
from organization.models import Staff
from organization.sign_in import DEVICE_HEADER

TAG = "贷款"
RELATED = (
    "customer",
    "product",
    "product_version",
    "branch",
    "investigator",
    "co_investigator",
    "reviewer",
    "approver",
    "disbursement_officer",
)


def application_within(request: Request, application_id: UUID) -> LoanApplication:
    """The application, if the person may see it; else 404, as if there were none. Who writes to it holds it first and
    reads it again with all that belongs to it: only for reading it comes whole."""
    visible = LoanApplication.objects.visible_to(person_of(request))
    rows = visible.select_related(*RELATED) if request.method in SAFE_METHODS else visible
    found: LoanApplication | None = rows.filter(pk=application_id).first()
    if found is None:
        raise NotFound("没有找到该申请")
    return found


def person_of(request: Request) -> Staff:
    """Who is signed in; every address of the room asks for a right, so somebody is."""
    if not isinstance(request.user, Staff):
        raise TypeError("nobody is signed in")
    return request.user


def device_of(request: Request) -> str:
    """The phone that the call came from."""
    return request.headers.get(DEVICE_HEADER, "")[:64]


def ip_of(request: Request) -> str | None:
    """The address that the call came from, as the server saw it."""
    return request.META.get("REMOTE_ADDR") or None


class PersonSerializer(serializers.ModelSerializer[Staff]):
    """A colleague by name and number."""

    class Meta:
        model = Staff
        fields = ["id", "employee_no", "name"]


class BlockerSerializer(serializers.Serializer[Any]):
    """One reason why not."""

    code = serializers.CharField()
    detail = serializers.CharField()
    field = serializers.CharField(allow_blank=True)


class ReasonSerializer(serializers.Serializer[Any]):
    """Why: kept in the log."""

    reason = serializers.CharField(max_length=300, help_text="原因")
