"""The form of a product version, and the rows that hang on it."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.admin import StackedInline, TabularInline
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from loans.codes import Purpose, RepaymentMethod, Step
from loans.diligence.codes import Topic
from loans.models import (
    ApprovalTier,
    LoanProductVersion,
    PlannedCheck,
    ProductFee,
    ProductTemplate,
    RepaymentRule,
    RequiredMaterial,
    StepFieldRule,
)

if TYPE_CHECKING:
    _VersionForm = forms.ModelForm[LoanProductVersion]
else:
    _VersionForm = forms.ModelForm


class StepOrder(forms.Widget):
    """Every step module with a place; what has no place is not part of the intake."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any | None = None
    ) -> SafeString:
        place = {step: number for number, step in enumerate(value or [], start=1)}
        rows = [(step.value, step.label, place.get(step, "")) for step in Step]
        return render_to_string("loans/back_office/step_order.html", {"name": name, "rows": rows})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """The chosen steps by their places; two of one place stand in the order of the list."""
        if isinstance(data, QueryDict) and name in data:
            return list(data.getlist(name))
        places = ((data.get(f"{name}_{step}", ""), step) for step in Step)
        chosen = [(int(place), step.value) for place, step in places if place.isascii() and place.isdigit()]
        return [step for _, step in sorted(chosen, key=lambda each: each[0])]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False


_BOXES: dict[str, Any] = {
    "repayment_methods": RepaymentMethod,
    "purposes": Purpose,
    "steps": Step,
    "interview_topics": Topic,
}


class VersionForm(_VersionForm):
    """The terms; what is a list in the table is a set of boxes here, or an order."""

    class Meta:
        model = LoanProductVersion
        exclude = ["id"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, codes in _BOXES.items():
            if name in self.fields:
                widget = StepOrder if codes is Step else UnfoldAdminCheckboxSelectMultipleWidget
                old = self.fields[name]
                self.fields[name] = forms.MultipleChoiceField(
                    label=old.label, required=old.required, choices=codes.choices, widget=widget
                )


def is_open(version: LoanProductVersion | None) -> bool:
    """Whether it may be edited."""
    return version is None or version.state == LoanProductVersion.State.DRAFT


class Part(TabularInline):
    """Rows that belong to a version and change with its draft alone."""

    extra = 0
    tab = True

    def has_add_permission(self, request: HttpRequest, obj: LoanProductVersion | None = None) -> bool:
        return is_open(obj) and bool(super().has_add_permission(request, obj))

    def has_change_permission(self, request: HttpRequest, obj: LoanProductVersion | None = None) -> bool:
        return is_open(obj) and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: LoanProductVersion | None = None) -> bool:
        return self.has_change_permission(request, obj)


class Tiers(Part):
    model = ApprovalTier


class Materials(Part):
    model = RequiredMaterial


class Fees(Part):
    model = ProductFee


class Templates(Part):
    model = ProductTemplate


class Checks(Part):
    model = PlannedCheck


class FieldRules(Part):
    model = StepFieldRule


class Repayment(Part):
    """How the version's loans are repaid: one row, its fields below each other."""

    model = RepaymentRule
    template = StackedInline.template
    max_num = 1
    fieldsets = [
        (None, {"fields": [("day_count", "remainder"), ("holidays", "interest_follows"), "grace_days"]}),
        ("阶梯与季节还款", {"fields": ["groups", ("payment_months", "interest_between")]}),
        ("调价与提前还款", {"fields": [("repricing", "prepayment_free_after_months")]}),
    ]


PARTS = [Tiers, Materials, Fees, Templates, Checks, FieldRules, Repayment]
