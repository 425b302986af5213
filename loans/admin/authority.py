"""Approval authority in the back office."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from aladdin import clock
from aladdin.back_office import Kept
from loans.models import (
    ApprovalAuthority,
)
from organization.models import Staff
from organization.roles import Role

if TYPE_CHECKING:
    _AuthorityForm = forms.ModelForm[ApprovalAuthority]
else:
    _AuthorityForm = forms.ModelForm


class AuthorityForm(_AuthorityForm):
    """An authority to be given, or the day on which one ends."""

    class Meta:
        model = ApprovalAuthority
        exclude = ["id"]

    def clean_staff(self) -> Staff:
        staff: Staff = self.cleaned_data["staff"]
        if not staff.has_role(Role.APPROVER):
            raise forms.ValidationError("该员工没有“有权审批人”角色", code="not_an_approver")
        return staff

    def clean_effective_to(self) -> Any:
        day = self.cleaned_data["effective_to"]
        if day is not None and day < clock.today():
            raise forms.ValidationError("失效日不能早于今日：已作出的审批须有授权", code="authority_backdated")
        return day


@admin.register(ApprovalAuthority)
class ApprovalAuthorityAdmin(Kept):
    """Who may approve how much. One that was given is only ended; another takes its place."""

    subject = "approval-authority"
    form = AuthorityForm
    list_display = ["staff", "level", "kind", "guarantee", "max_amount", "effective_from", "effective_to"]
    list_select_related = ["staff"]
    list_filter = ["level", "kind", "guarantee"]
    search_fields = ["=staff__employee_no", "staff__name"]
    autocomplete_fields = ["staff"]
    ordering = ["staff__employee_no", "level"]
    fields = ["staff", "level", ("kind", "guarantee"), "max_amount", ("effective_from", "effective_to")]

    def get_readonly_fields(self, request: HttpRequest, obj: ApprovalAuthority | None = None) -> list[str]:
        return ["staff", "level", "kind", "guarantee", "max_amount", "effective_from"] if obj else []
