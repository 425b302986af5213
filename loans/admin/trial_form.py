"""A made-up case to try a product version with."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from loans.codes import MaritalStatus, Occupation, Purpose, RepaymentMethod


def _one_of(label: str, codes: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=False, choices=[("", "—"), *codes.choices], widget=UnfoldAdminSelectWidget
    )


def _text(label: str) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=20, widget=UnfoldAdminTextInputWidget)


class SampleForm(forms.Form):
    """What the applicant would say; everything may be left out."""

    amount = _text("申请金额（元）")
    term_months = forms.IntegerField(label="期限（月）", required=False, widget=UnfoldAdminTextInputWidget)
    repayment_day = forms.IntegerField(label="还款日", required=False, widget=UnfoldAdminTextInputWidget)
    purpose = _one_of("贷款用途", Purpose)
    repayment_method = _one_of("还款方式", RepaymentMethod)
    occupation = _one_of("职业", Occupation)
    marital_status = _one_of("婚姻状况", MaritalStatus)
    monthly_income = _text("月收入（元）")
    monthly_debt = _text("月负债支出（元）")
    born_on = forms.DateField(label="出生日期", required=False, widget=UnfoldAdminTextInputWidget)

    def applicant(self) -> dict[str, Any]:
        """As the form of the step says it."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "born_on"}
        return {name: value for name, value in said.items() if value not in (None, "")}
