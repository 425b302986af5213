"""The way of approval in the back office: rules of the chain, desks, lent seats."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from aladdin.back_office import Kept, Register
from loans.models import ApprovalDelegation, ApprovalDesk, ChainRule

if TYPE_CHECKING:
    _DeskForm = forms.ModelForm[ApprovalDesk]
else:
    _DeskForm = forms.ModelForm


@admin.register(ChainRule)
class ChainRuleAdmin(Kept):
    """What sends a case higher. A rule that has ruled is only ended; another takes its place."""

    subject = "chain-rule"
    list_display = [
        "__str__", "risk_grade", "first_level", "last_word", "signatures", "effective_from", "effective_to",
    ]  # fmt: skip
    list_select_related = ["product", "branch"]
    list_filter = ["product", "risk_grade"]
    autocomplete_fields = ["branch"]
    fields = [
        ("product", "branch"),
        ("risk_grade", "above"),
        ("first_level", "last_word", "signatures"),
        ("effective_from", "effective_to"),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: ChainRule | None = None) -> list[Any]:
        kept = ["product", "branch", "risk_grade", "above", "first_level", "last_word", "signatures", "effective_from"]
        return kept if obj else []


class DeskForm(_DeskForm):
    """Where cases of a branch are approved."""

    class Meta:
        model = ApprovalDesk
        exclude = ["id"]

    def clean(self) -> dict[str, Any]:
        """Approval sits at the branch itself or above it: from elsewhere nobody sees the case."""
        said: dict[str, Any] = super().clean() or {}
        branch, at = said.get("branch"), said.get("at")
        if branch and at and not at.contains(branch):
            raise forms.ValidationError({"at": "须为申请机构本身或其上级机构"}, code="desk_below_branch")
        return said


@admin.register(ApprovalDesk)
class ApprovalDeskAdmin(Kept):
    """At which branch cases are approved."""

    subject = "approval-desk"
    form = DeskForm
    list_display = ["branch", "level", "at"]
    list_select_related = ["branch", "at"]
    list_filter = ["level"]
    autocomplete_fields = ["branch", "at"]
    ordering = ["branch__code", "level"]
    fields = ["branch", "level", "at"]


@admin.register(ApprovalDelegation)
class ApprovalDelegationAdmin(Register):
    """Seats that approvers lent; they lend and take back themselves."""

    list_display = ["delegator", "delegate", "first_day", "last_day", "reason", "created_at", "revoked_at"]
    list_select_related = ["delegator", "delegate"]
    search_fields = ["=delegator__employee_no", "=delegate__employee_no"]
    search_help_text = "工号，须完整"
    ordering = ["-created_at"]
