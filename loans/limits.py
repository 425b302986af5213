"""What is asked for against what the product allows: amount, term, method, complete data.

Age and purpose are hard rules kept as data (`loans/decision`), asked with the rest."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aladdin.money import yuan
from loans import hard_rules
from loans.blocker import Blocker

if TYPE_CHECKING:
    from loans.models import LoanApplication

#: What must be filled in before acceptance, with its name on the form.
REQUIRED = {
    "amount": "申请金额",
    "term_months": "申请期限",
    "purpose": "贷款用途",
    "repayment_method": "还款方式",
    "repayment_day": "还款日",
    "occupation": "职业",
    "marital_status": "婚姻状况",
    "monthly_income": "月收入",
    "monthly_debt": "月负债支出",
}


def broken_by(application: "LoanApplication") -> Iterable[Blocker]:
    """Every limit that the application breaks, what is missing included."""
    yield from missing(application)
    yield from beyond(application)


def missing(application: "LoanApplication") -> Iterable[Blocker]:
    """Required fields that are empty."""
    for field, label in REQUIRED.items():
        if getattr(application, field) in (None, ""):
            yield Blocker("field_missing", f"请填写{label}", field)


def beyond(application: "LoanApplication") -> Iterable[Blocker]:
    """Values given that the product does not allow; what is empty breaks nothing."""
    yield from _amount(application)
    yield from _term(application)
    yield from _choices(application)
    yield from hard_rules.on_entry(application)


def _amount(application: "LoanApplication") -> Iterable[Blocker]:
    version, amount = application.product_version, application.amount
    if amount is not None and not version.min_amount <= amount <= version.max_amount:
        detail = f"申请金额须在{yuan(version.min_amount)}元至{yuan(version.max_amount)}元之间"
        yield Blocker("amount_out_of_range", detail, "amount")


def _term(application: "LoanApplication") -> Iterable[Blocker]:
    version, term = application.product_version, application.term_months
    if term is not None and not version.min_term_months <= term <= version.max_term_months:
        detail = f"申请期限须在{version.min_term_months}至{version.max_term_months}个月之间"
        yield Blocker("term_out_of_range", detail, "term_months")


def _choices(application: "LoanApplication") -> Iterable[Blocker]:
    version = application.product_version
    if application.repayment_method and application.repayment_method not in version.repayment_methods:
        detail = f"本产品不支持还款方式“{application.get_repayment_method_display()}”"
        yield Blocker("repayment_method_not_allowed", detail, "repayment_method")
