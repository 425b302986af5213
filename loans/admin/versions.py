"""Versions of loan products: drafts to be edited and published, published ones to be read."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from aladdin.back_office import Confirmed, Kept, move
from loans import product_versions
from loans.codes import Purpose, RepaymentMethod, Step
from loans.models import (
    ApprovalTier,
    LoanProductVersion,
    ProductFee,
    RequiredMaterial,
)
from organization.caller import caller

if TYPE_CHECKING:
    _VersionForm = forms.ModelForm[LoanProductVersion]
else:
    _VersionForm = forms.ModelForm

DRAFT = LoanProductVersion.State.DRAFT


class VersionForm(_VersionForm):
    """The terms; what is a list in the table is a set of boxes here."""

    class Meta:
        model = LoanProductVersion
        exclude = ["id"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        boxes = (("repayment_methods", RepaymentMethod), ("purposes", Purpose), ("steps", Step))
        for name, codes in boxes:
            if name in self.fields:
                label = self.fields[name].label
                widget = UnfoldAdminCheckboxSelectMultipleWidget
                self.fields[name] = forms.MultipleChoiceField(label=label, choices=codes.choices, widget=widget)


class Part(TabularInline):
    """Rows that belong to a version and change with its draft alone."""

    extra = 0
    tab = True

    def has_add_permission(self, request: HttpRequest, obj: LoanProductVersion | None = None) -> bool:
        return _is_open(obj) and bool(super().has_add_permission(request, obj))

    def has_change_permission(self, request: HttpRequest, obj: LoanProductVersion | None = None) -> bool:
        return _is_open(obj) and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: LoanProductVersion | None = None) -> bool:
        return self.has_change_permission(request, obj)


class Tiers(Part):
    model = ApprovalTier


class Materials(Part):
    model = RequiredMaterial


class Fees(Part):
    model = ProductFee


_IN_WORDS = {
    "repayment_methods": "methods_in_words",
    "purposes": "purposes_in_words",
    "steps": "steps_in_words",
}


def _said_as(name: str | tuple[str, ...]) -> str | tuple[str, ...]:
    return _IN_WORDS.get(name, name) if isinstance(name, str) else name


def _in_words(codes: list[str], words: type[TextChoices]) -> str:
    return "、".join(str(words(code).label) for code in codes)


def _is_open(version: LoanProductVersion | None) -> bool:
    return version is None or version.state == DRAFT


@admin.register(LoanProductVersion)
class LoanProductVersionAdmin(Kept):
    """A draft is edited and published; a published version is only read."""

    subject = "loan-product-version"
    form = VersionForm
    list_display = ["product", "version", "shown_state", "effective_from", "amounts", "terms", "rate_rule"]
    list_display_links = ["product", "version"]
    list_select_related = ["product"]
    list_filter = ["state", "product"]
    search_fields = ["product__code", "product__name"]
    ordering = ["product__code", "-version"]
    inlines = [Tiers, Materials, Fees]
    actions_detail = ["publish"]
    fieldsets: Any = [
        (None, {"fields": [("product", "version"), ("state", "effective_from")]}),
        (
            "金额、期限与借款人",
            {
                "fields": [
                    ("min_amount", "max_amount"),
                    ("min_term_months", "max_term_months"),
                    ("min_age", "max_age"),
                    "repayment_methods",
                    "purposes",
                ]
            },
        ),
        (
            "定价",
            {"fields": [("rate_rule", "lpr_tenor"), ("spread_bp", "fixed_rate"), ("rate_floor", "rate_cap")]},
        ),
        (
            "办理",
            {
                "fields": [
                    "steps",
                    ("face_score_threshold", "two_investigators_above"),
                    ("self_payment_up_to", "electronic_signing_up_to"),
                    ("approval_valid_days", "reviewer_may_reject"),
                ]
            },
        ),
    ]

    @display(description="状态", ordering="state", label={"已发布": "success", "草稿": "warning"})
    def shown_state(self, version: LoanProductVersion) -> str:
        return version.get_state_display()

    @display(description="金额（元）")
    def amounts(self, version: LoanProductVersion) -> str:
        return f"{version.min_amount:,.0f} – {version.max_amount:,.0f}"

    @display(description="还款方式")
    def methods_in_words(self, version: LoanProductVersion) -> str:
        return _in_words(version.repayment_methods, RepaymentMethod)

    @display(description="允许用途")
    def purposes_in_words(self, version: LoanProductVersion) -> str:
        return _in_words(version.purposes, Purpose)

    @display(description="办理步骤")
    def steps_in_words(self, version: LoanProductVersion) -> str:
        return _in_words(version.steps, Step)

    @display(description="期限（月）")
    def terms(self, version: LoanProductVersion) -> str:
        return f"{version.min_term_months} – {version.max_term_months}"

    def get_readonly_fields(self, request: HttpRequest, obj: LoanProductVersion | None = None) -> list[str]:
        return ["state", *_IN_WORDS.values(), *(["product", "version"] if obj else ["version"])]

    def get_fieldsets(self, request: HttpRequest, obj: LoanProductVersion | None = None) -> Any:
        """What can only be read says the words instead of the codes."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        return [(title, {"fields": [_said_as(name) for name in part["fields"]]}) for title, part in self.fieldsets]

    def has_change_permission(self, request: HttpRequest, obj: LoanProductVersion | None = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and _is_open(obj)

    def save_model(self, request: HttpRequest, obj: LoanProductVersion, form: Any, change: bool) -> None:
        """A product's versions are counted."""
        if not change:
            newest = obj.product.versions.order_by("-version").first()
            obj.version = newest.version + 1 if newest else 1
        super().save_model(request, obj, form, change)

    def has_publish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        draft = LoanProductVersion.objects.filter(pk=object_id, state=DRAFT) if object_id else None
        return request.user.has_perm("loans.change_loanproductversion") and bool(draft)

    @action(
        description="发布",
        permissions=["publish"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": "发布此版本",
            "description": "发布后条款不能再更改，自生效日起新的申请适用此版本；在途申请仍按原版本办理。",
            "form_class": Confirmed,
            "form_submit_text": "发布",
        },
    )
    def publish(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """The draft becomes the product's terms from its day on."""
        version = LoanProductVersion.objects.get(pk=object_id)
        return move(
            request,
            lambda: product_versions.publish(version, by=caller(request)),
            done=f"“{version}”已发布",
            onward=reverse("admin:loans_loanproductversion_change", args=[object_id]),
        )
