"""The loan committee in the back office: its members, and what it decided. How members vote is shown nowhere here."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from aladdin.back_office import Kept, Register
from loans.codes import CommitteeOffice
from loans.models import CommitteeSeat, CommitteeSitting
from organization.access import may

if TYPE_CHECKING:
    _SeatForm = forms.ModelForm[CommitteeSeat]
else:
    _SeatForm = forms.ModelForm


class SeatForm(_SeatForm):
    """An office to be given, or the day on which one ends."""

    class Meta:
        model = CommitteeSeat
        exclude = ["id"]

    def clean(self) -> dict[str, Any]:
        """Whoever votes or decides is an approver; a secretary may be a reviewer."""
        said: dict[str, Any] = super().clean() or {}
        staff, office = said.get("staff"), said.get("office")
        action = "loan.committee" if office == CommitteeOffice.SECRETARY else "loan.approve"
        if staff and office and not may(staff, action):
            raise forms.ValidationError({"staff": "该员工的角色不能担任此职务"}, code="role_unsuitable")
        return said


@admin.register(CommitteeSeat)
class CommitteeSeatAdmin(Kept):
    """Offices of the committee. One that was given is only ended."""

    subject = "committee-seat"
    form = SeatForm
    list_display = ["staff", "office", "effective_from", "effective_to"]
    list_select_related = ["staff"]
    list_filter = ["office"]
    autocomplete_fields = ["staff"]
    ordering = ["office", "staff__employee_no"]
    fields = ["staff", "office", ("effective_from", "effective_to")]

    def get_readonly_fields(self, request: HttpRequest, obj: CommitteeSeat | None = None) -> list[str]:
        return ["staff", "office", "effective_from"] if obj else []


@admin.register(CommitteeSitting)
class CommitteeSittingAdmin(Register):
    """What the committee sat on, with the count of its votes and its minutes."""

    list_display = [
        "convened_at", "application", "state", "amount", "votes_for", "votes_against", "abstentions", "closed_at",
    ]  # fmt: skip
    list_display_links = ["convened_at"]
    list_select_related = ["application"]
    list_filter = ["state"]
    search_fields = ["=application__application_no"]
    search_help_text = "申请编号，须完整"
    ordering = ["-convened_at"]
