"""A product's rule of repayment: whether what a customer wants fits it, and what the contract says of it in words."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from loans.codes import LprTenor, RepaymentMethod

if TYPE_CHECKING:
    from loans.models import LoanProductVersion, RepaymentRule


def misfits(
    version: "LoanProductVersion", *, method: str, term_months: int, payment_months: Iterable[int]
) -> Iterable[tuple[str, str]]:
    """What of method, term and seasons the rule does not allow, each as (field, sentence)."""
    rule, months = version.repayment, tuple(payment_months)
    if method == RepaymentMethod.SEASONAL:
        yield from _seasons(rule, months)
    if method == RepaymentMethod.STEPPED:
        before_last = sum(each["instalments"] for each in rule.groups[:-1])
        if term_months <= before_last:
            yield "term_months", f"阶梯还款的期限须长于{before_last}个月"


def _seasons(rule: "RepaymentRule", months: tuple[int, ...]) -> Iterable[tuple[str, str]]:
    if not months and not rule.payment_months:
        yield "payment_months", "请选择还本月份"
    elif not set(months) <= set(rule.payment_months or range(1, 13)):
        allowed = "、".join(f"{each}月" for each in rule.payment_months)
        yield "payment_months", f"还本月份须在{allowed}之内"


def faults(rule: "RepaymentRule", methods: Iterable[str]) -> Iterable[str]:
    """Why a draft's rule cannot be published."""
    if RepaymentMethod.STEPPED in methods:
        yield from _groups(rule.groups)
    if any(not 1 <= each <= 12 for each in rule.payment_months):
        yield "季节还本月份须为1至12"


def _groups(groups: object) -> Iterable[str]:
    """A list of {"instalments": whole number, "principal_percent": text}, a hundred percent together."""
    try:
        shares = [Decimal(str(each["principal_percent"])) for each in groups]  # type: ignore[attr-defined]
        counts = [each["instalments"] for each in groups]  # type: ignore[attr-defined]
    except (TypeError, KeyError, InvalidOperation):
        yield "阶梯分组格式不正确"
        return
    if not shares or sum(shares) != 100 or min(shares) < 0:
        yield "阶梯分组的还本比例合计须为100%"
    if any(type(each) is not int or each < 1 for each in counts):
        yield "阶梯分组的期数须为正整数"


def rate_in_words(version: "LoanProductVersion", spread_bp: Decimal | None) -> str:
    """The contract's sentence on its rate: fixed, or the prime rate plus so many basis points, adjusted when."""
    rule = version.repayment
    if rule.repricing == rule.Repricing.FIXED or spread_bp is None:
        return "固定不变"
    when = "每年1月1日" if rule.repricing == rule.Repricing.JANUARY else "每年的放款对应日"
    sign = "加" if spread_bp >= 0 else "减"
    tenor = LprTenor(version.lpr_tenor).label
    return f"{when}按当日适用的{tenor}LPR{sign}{abs(spread_bp).normalize():f}个基点调整，分段计息"
