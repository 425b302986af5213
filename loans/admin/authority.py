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

if TYPE_CHECKING:
    _AuthorityForm = forms.ModelForm[ApprovalAuthority]
else:
    _AuthorityForm = forms.ModelForm


class AuthorityForm(_AuthorityForm):
    """The day on which an authority ends."""

    class Meta:
        model = ApprovalAuthority
        exclude = ["id"]

    def clean_effective_to(self) -> Any:
        day = self.cleaned_data["effective_to"]
        if day is not None and day < clock.today():
            raise forms.ValidationError("失效日不能早于今日：已作出的审批须有授权", code="authority_backdated")
        return day


@admin.register(ApprovalAuthority)
class ApprovalAuthorityAdmin(Kept):
    """Who may approve how much. It is given by a published change of the matrix (`loans/matrix.py`); here one is only
    ended, which may have to be done today."""

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
