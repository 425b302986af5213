"""Offers, and the catalogue of reasons, in the back office."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from aladdin.back_office import Kept, Register
from loans.models import ClosingReason, LoanOffer


@admin.register(ClosingReason)
class ClosingReasonAdmin(Kept):
    """Words, stages and order may change; a code stays, since figures are counted by it."""

    subject = "closing-reason"
    list_display = ["label", "code", "party", "where", "is_active", "position"]
    list_filter = ["party", "is_active"]
    search_fields = ["code", "label"]
    ordering = ["party", "position"]

    def get_readonly_fields(self, request: HttpRequest, obj: ClosingReason | None = None) -> list[str]:
        return ["code", "party"] if obj else []

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "stages":
            choices, widget = ClosingReason.Stage.choices, UnfoldAdminCheckboxSelectMultipleWidget
            return forms.MultipleChoiceField(label="适用环节", choices=choices, widget=widget, required=False)
        return super().formfield_for_dbfield(db_field, request, **options)

    @display(description="适用环节")
    def where(self, reason: ClosingReason) -> str:
        return "、".join(str(ClosingReason.Stage(each).label) for each in reason.stages)


@admin.register(LoanOffer)
class LoanOfferAdmin(Register):
    """Offers and what became of them; of the person only the masked name."""

    list_display = ["offer_no", "who", "product", "amount", "rate", "made_on", "valid_until", "state", "owner"]
    list_select_related = ["product", "owner", "customer"]
    list_filter = ["state", "product", ("made_on", admin.DateFieldListFilter)]
    search_fields = ["=offer_no", "=owner__employee_no"]
    search_help_text = "报价编号或工号，须完整"
    ordering = ["-created_at"]
    fields = [
        ("offer_no", "state"),
        ("who", "owner", "branch"),
        ("product_version", "amount", "term_months"),
        ("repayment_method", "rate", "lpr"),
        ("burden", "cost_simple", "cost_effective"),
        ("made_on", "valid_until", "closed_on"),
        ("reason", "reason_note"),
        ("competitor", "competitor_rate"),
    ]
    readonly_fields = ["who"]

    @display(description="客户")
    def who(self, offer: LoanOffer) -> str:
        return offer.masked_name()
