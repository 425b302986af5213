"""The facts that rules and scorecards may speak of: a fixed list, each with its type and how it is shown.

A rule is data, so what it may look at is not: nothing is reached but what stands here (`loans/decision/facts.py`
reads it), and each fact is of one type, so that a rule which compares a purpose with a number is refused when it is
drafted and not when a customer waits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from aladdin.money import yuan
from loans.codes import Guarantee, LoanKind, Occupation, Purpose

#: None is "not known", which is neither true nor false.
Value: TypeAlias = Decimal | bool | str | frozenset[str] | None


class Kind(Enum):
    """What a fact is made of, and how it is written."""

    COUNT = "个数"
    MONEY = "金额"
    PERCENT = "百分比"
    YESNO = "是否"
    TEXT = "代码"
    TEXTS = "代码集合"


NUMBERS = frozenset({Kind.COUNT, Kind.MONEY, Kind.PERCENT})


@dataclass(frozen=True)
class Fact:
    """One thing known of a case. `words` are the labels of its codes."""

    code: str
    label: str
    kind: Kind
    unit: str = ""
    words: Mapping[str, str] = field(default_factory=dict)

    def say(self, value: Value) -> str:
        """The value as people read it."""
        if value is None:
            return "未知"
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, frozenset):
            return "、".join(sorted(self.words.get(each, each) for each in value)) or "无"
        if isinstance(value, str):
            return self.words.get(value, value)
        return self._number(value)

    def _number(self, value: Decimal) -> str:
        if self.kind == Kind.MONEY:
            return f"{yuan(value)}元"
        return f"{value.normalize():f}{'%' if self.kind == Kind.PERCENT else self.unit}"


_KINDS = {"PERSON": "个人", "BUSINESS": "企业"}
_LISTS = {"BLACKLIST": "黑名单", "RELATED_PARTY": "关系人"}
_PURPOSES = {code: str(label) for code, label in Purpose.choices}

_FACTS = (
    # the borrower
    Fact("customer_kind", "客户类型", Kind.TEXT, words=_KINDS),
    Fact("age", "借款人年龄", Kind.COUNT, "周岁"),
    Fact("lists", "借款人所在名单", Kind.TEXTS, words=_LISTS),
    Fact("occupation", "职业", Kind.TEXT, words={code: str(label) for code, label in Occupation.choices}),
    # the product
    Fact("product", "产品代码", Kind.TEXT),
    Fact("loan_kind", "贷款类别", Kind.TEXT, words={code: str(label) for code, label in LoanKind.choices}),
    Fact("guarantee", "担保方式", Kind.TEXT, words={code: str(label) for code, label in Guarantee.choices}),
    Fact("product_min_age", "产品最低年龄", Kind.COUNT, "周岁"),
    Fact("product_max_age", "产品最高年龄", Kind.COUNT, "周岁"),
    Fact("product_purposes", "产品允许用途", Kind.TEXTS, words=_PURPOSES),
    # what is asked for
    Fact("amount", "贷款金额", Kind.MONEY),
    Fact("term_months", "期限", Kind.COUNT, "个月"),
    Fact("purpose", "贷款用途", Kind.TEXT, words=_PURPOSES),
    # repayment ability, as the investigators found it
    Fact("monthly_income", "核实月收入", Kind.MONEY),
    Fact("monthly_debt", "现有月还款", Kind.MONEY),
    Fact("instalment", "本笔月还款", Kind.MONEY),
    Fact("debt_to_income", "偿债收入比", Kind.PERCENT),
    # with the bank
    Fact("monthly_inflow", "近6个月本行月均流入", Kind.MONEY),
    Fact("monthly_wages", "近6个月本行月均工资", Kind.MONEY),
    Fact("lowest_balance_to_instalment", "近6个月最低余额与月供之比", Kind.COUNT, "倍"),
    Fact("average_balance_to_instalment", "近6个月平均余额与月供之比", Kind.COUNT, "倍"),
    Fact("instalment_to_inflow", "月供占月均流入", Kind.PERCENT),
    Fact("own_overdue_accounts", "本行逾期或不良贷款", Kind.COUNT, "笔"),
    Fact("own_written_off_accounts", "本行已核销贷款", Kind.COUNT, "笔"),
    Fact("exposure", "该客户授信合计（含本笔）", Kind.MONEY),
    Fact("exposure_to_capital", "该客户授信占本行资本净额", Kind.PERCENT),
    # the bureau's report
    Fact("bureau_loan_accounts", "征信贷款账户", Kind.COUNT, "个"),
    Fact("bureau_overdue_accounts", "征信当前逾期账户", Kind.COUNT, "个"),
    Fact("bureau_overdue_amount", "征信当前逾期金额", Kind.MONEY),
    Fact("bureau_overdue_months", "近24个月逾期月数", Kind.COUNT, "个月"),
    Fact("bureau_worst_overdue", "最长连续逾期", Kind.COUNT, "个月"),
    Fact("bureau_queries", "近3个月查询次数", Kind.COUNT, "次"),
    Fact("bureau_debt", "征信负债余额", Kind.MONEY),
    Fact("bureau_monthly_payment", "征信月还款额", Kind.MONEY),
    Fact("card_limit", "信用卡授信总额", Kind.MONEY),
    Fact("card_utilisation", "信用卡使用率", Kind.PERCENT),
)

CATALOGUE: dict[str, Fact] = {each.code: each for each in _FACTS}
