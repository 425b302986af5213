"""Versions of loan products: drafts to be edited and published, published ones to be read."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from aladdin.back_office import Confirmed, Kept, WithReason, move
from loans import product_comparison, product_trial, product_versions
from loans.admin.trial_form import SampleForm
from loans.admin.version_form import PARTS, VersionForm, is_open
from loans.codes import Purpose, RepaymentMethod, Step
from loans.diligence.codes import Topic
from loans.models import LoanProductVersion
from organization.caller import caller

State = LoanProductVersion.State

_IN_WORDS = {
    "repayment_methods": "methods_in_words",
    "purposes": "purposes_in_words",
    "steps": "steps_in_words",
    "interview_topics": "topics_in_words",
}


def _said_as(name: str | tuple[str, ...]) -> str | tuple[str, ...]:
    return _IN_WORDS.get(name, name) if isinstance(name, str) else name


def _in_words(codes: list[str], words: type[TextChoices]) -> str:
    return "、".join(str(words(code).label) for code in codes)


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
    inlines = PARTS
    actions_detail = ["submit", "publish", "send_back", "try_out", "compare"]
    fieldsets: Any = [
        (
            None,
            {
                "fields": [
                    ("product", "version"),
                    ("state", "effective_from"),
                    "change_note",
                    "legal_basis",
                    ("changed_by", "submitted_by", "published_by"),
                ]
            },
        ),
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
                    ("approval_valid_days", "reviewer_may_reject", "batch_decisions"),
                    ("max_draws", "draw_within_months"),
                    "max_loan_to_value",
                    "interview_topics",
                    "cash_flow_sheet_above",
                ]
            },
        ),
    ]

    @display(description="状态", ordering="state", label={"已发布": "success", "待复核": "info", "草稿": "warning"})
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

    @display(description="面谈必问主题")
    def topics_in_words(self, version: LoanProductVersion) -> str:
        return _in_words(version.interview_topics, Topic)

    @display(description="期限（月）")
    def terms(self, version: LoanProductVersion) -> str:
        return f"{version.min_term_months} – {version.max_term_months}"

    def get_readonly_fields(self, request: HttpRequest, obj: LoanProductVersion | None = None) -> list[str]:
        written = ["state", "changed_by", "submitted_by", "published_by", *_IN_WORDS.values()]
        return [*written, *(["product", "version"] if obj else ["version"])]

    def get_fieldsets(self, request: HttpRequest, obj: LoanProductVersion | None = None) -> Any:
        """What can only be read says the words instead of the codes."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        return [(title, {"fields": [_said_as(name) for name in part["fields"]]}) for title, part in self.fieldsets]

    def has_change_permission(self, request: HttpRequest, obj: LoanProductVersion | None = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and is_open(obj)

    def save_model(self, request: HttpRequest, obj: LoanProductVersion, form: Any, change: bool) -> None:
        """A product's versions are counted."""
        if not change:
            newest = obj.product.versions.order_by("-version").first()
            obj.version = newest.version + 1 if newest else 1
        obj.changed_by = caller(request)
        super().save_model(request, obj, form, change)

    # --- Moves -----------------------------------------------------------------------------------
    def has_submit_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return _may_move(request, object_id, State.DRAFT)

    def has_publish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return _may_move(request, object_id, State.IN_CHECK)

    def has_compare_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        allowed: bool = self.has_view_permission(request)
        return allowed

    @action(
        description="提交复核",
        permissions=["submit"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": "提交复核",
            "description": "提交后不能再修改，由另一名产品经理复核发布。",
            "form_class": Confirmed,
            "form_submit_text": "提交",
        },
    )
    def submit(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """The maker hands the draft to a second person."""
        return _moved(request, object_id, lambda version, by: product_versions.submit(version, by=by), "已提交复核")

    @action(
        description="发布",
        permissions=["publish"],
        variant=ActionVariant.SUCCESS,
        dialog={
            "title": "发布此版本",
            "description": "发布后条款不能再更改，自生效日起新的申请适用此版本；在途申请仍按原版本办理。",
            "form_class": Confirmed,
            "form_submit_text": "发布",
        },
    )
    def publish(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """The version becomes the product's terms from its day on."""
        return _moved(request, object_id, lambda version, by: product_versions.publish(version, by=by), "已发布")

    @action(
        description="退回修改",
        permissions=["publish"],
        variant=ActionVariant.WARNING,
        dialog={"title": "退回修改", "description": "", "form_class": WithReason, "form_submit_text": "退回"},
    )
    def send_back(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """The checker wants it changed."""
        reason = form.cleaned_data["reason"]
        return _moved(
            request, object_id, lambda version, by: product_versions.send_back(version, by=by, reason=reason), "已退回"
        )

    @action(description="试算", permissions=["compare"])
    def try_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The version put to a made-up case, before it is published."""
        version = LoanProductVersion.objects.select_related("product").get(pk=object_id)
        form = SampleForm(request.GET or None)
        found = None
        if form.is_valid():
            sample = {"APPLICANT": form.applicant()}
            found = product_trial.try_out(version, sample, by=caller(request), born_on=form.cleaned_data["born_on"])
        context = {
            **self.admin_site.each_context(request),
            "title": f"{version} 试算",
            "opts": self.opts,
            "version": version,
            "form": form,
            "trial": found,
        }
        return render(request, "loans/back_office/trial.html", context)

    @action(description="与上一版本比较", permissions=["compare"])
    def compare(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What this version says other than the one before it."""
        version = LoanProductVersion.objects.select_related("product").get(pk=object_id)
        before = version.product.versions.filter(version__lt=version.version).order_by("-version").first()
        context = {
            **self.admin_site.each_context(request),
            "title": f"{version} 与上一版本比较",
            "opts": self.opts,
            "version": version,
            "before": before,
            "differences": product_comparison.compare(before, version) if before else [],
        }
        return render(request, "loans/back_office/comparison.html", context)


def _may_move(request: HttpRequest, object_id: str | None, state: str) -> bool:
    there = LoanProductVersion.objects.filter(pk=object_id, state=state) if object_id else None
    return request.user.has_perm("loans.change_loanproductversion") and bool(there)


def _moved(request: HttpRequest, object_id: str, work: Callable[..., object], done: str) -> HttpResponse:
    version = LoanProductVersion.objects.select_related("product").get(pk=object_id)
    return move(
        request,
        lambda: work(version, caller(request)),
        done=f"“{version}”{done}",
        onward=reverse("admin:loans_loanproductversion_change", args=[object_id]),
    )
