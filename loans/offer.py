"""What review and approval may offer: no more than was applied for, within the product (domain 1.4)."""

from decimal import Decimal

from aladdin.money import yuan
from aladdin.problems import RuleBroken
from loans.models import LoanApplication, LoanProductVersion


def require_within(
    application: LoanApplication,
    *,
    amount: Decimal | None,
    term_months: int | None,
    rate: Decimal | None,
    max_draws: int = 1,
) -> None:
    """Yuan, months and percent a year; None says nothing. Raises `offer_out_of_range` (422), by field."""
    version = application.product_version
    found = {
        "amount": _amount(application, amount),
        "term_months": _term(version, term_months),
        "rate": _rate(version, rate),
        "max_draws": _draws(version, max_draws),
    }
    errors = {field: [detail] for field, detail in found.items() if detail}
    if errors:
        details = "；".join(each for each in found.values() if each)
        raise RuleBroken("offer_out_of_range", details, errors=errors)


def _amount(application: LoanApplication, amount: Decimal | None) -> str:
    version, applied = application.product_version, application.amount
    if amount is None or applied is None:
        return ""
    if amount > applied:
        return f"金额不得超过申请金额{yuan(applied)}元"
    return "" if amount >= version.min_amount else f"金额不得低于产品下限{yuan(version.min_amount)}元"


def _term(version: LoanProductVersion, term: int | None) -> str:
    if term is None or version.min_term_months <= term <= version.max_term_months:
        return ""
    return f"期限须在{version.min_term_months}至{version.max_term_months}个月之间"


def _rate(version: LoanProductVersion, rate: Decimal | None) -> str:
    floor = version.rate_floor or version.fixed_rate
    cap = version.rate_cap or version.fixed_rate
    if rate is None:
        return ""
    if floor is not None and rate < floor:
        return f"年利率不得低于{floor.normalize():f}%"
    return f"年利率不得高于{cap.normalize():f}%" if cap is not None and rate > cap else ""


def _draws(version: LoanProductVersion, draws: int) -> str:
    if draws <= version.max_draws:
        return ""
    return f"该产品最多可分{version.max_draws}次提款" if version.max_draws > 1 else "该产品须一次提款"
