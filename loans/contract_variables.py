"""The words that a template may leave open: what each means, of which type it is, and in which papers it stands.

A template says `{{ amount }}`; how an amount, a rate or a day is written is decided here, once.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias

from aladdin.money import fen, yuan
from loans.codes import LegalDocument

Value: TypeAlias = str | int | Decimal | date
OPEN = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


class Kind(Enum):
    """How a value is checked and written."""

    TEXT = "文字"
    MONEY = "金额"
    PERCENT = "百分数"
    NUMBER = "整数"
    DAY = "日期"


@dataclass(frozen=True)
class Variable:
    """One open word; `example` is what a preview prints."""

    name: str
    label: str
    kind: Kind
    example: Value

    def written(self, value: Value) -> str:
        """The value as a contract writes it. Raises ValueMissing for none, or one of another type."""
        if value == "" or not isinstance(value, _TYPES[self.kind]) or isinstance(value, bool):
            raise ValueMissing(self)
        return _WRITTEN[self.kind](value)


class ValueMissing(ValueError):
    """The case has no fitting value for a word that its contract needs."""

    def __init__(self, variable: Variable) -> None:
        super().__init__(variable.name)
        self.variable = variable


_TYPES: dict[Kind, type | tuple[type, ...]] = {
    Kind.TEXT: str,
    Kind.MONEY: Decimal,
    Kind.PERCENT: Decimal,
    Kind.NUMBER: int,
    Kind.DAY: date,
}
_WRITTEN: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: str,
    Kind.MONEY: yuan,
    Kind.PERCENT: lambda value: f"{value.normalize():f}",
    Kind.NUMBER: lambda value: f"{value}",
    Kind.DAY: lambda value: f"{value:%Y年%m月%d日}",
}

_T, _M, _P, _N, _D = Kind.TEXT, Kind.MONEY, Kind.PERCENT, Kind.NUMBER, Kind.DAY
VARIABLES: dict[str, Variable] = {
    name: Variable(name, label, kind, example)
    for name, label, kind, example in (
        ("contract_no", "合同编号", _T, "HT20260901000001"),
        ("paper_no", "本文本编号", _T, "HT20260901000001-1"),
        ("product_name", "产品名称", _T, "个人消费贷"),
        ("lender", "贷款机构", _T, "廊坊广阳支行"),
        ("borrower", "借款人姓名", _T, "张三丰"),
        ("identity_no", "借款人证件号码", _T, "999999199003150018"),
        ("credit_code", "统一社会信用代码", _T, "91131000MA0000000X"),
        ("legal_representative", "法定代表人姓名", _T, "李四"),
        ("borrower_address", "企业住所", _T, "河北省廊坊市广阳区新华路12号"),
        ("loan_kind", "贷款类别", _T, "个人消费"),
        ("guarantee", "担保方式", _T, "信用"),
        ("purpose", "借款用途", _T, "房屋装修"),
        ("amount", "借款金额（元）", _M, fen("300000")),
        ("amount_in_words", "借款金额大写", _T, "叁拾万元整"),
        ("term_months", "期限（月）", _N, 36),
        ("annual_rate", "年利率（%）", _P, Decimal("3.65")),
        ("rate_rule", "利率调整方式", _T, "固定不变"),
        ("disclosure_sha256", "明示表校验码", _T, "0" * 64),
        ("annual_cost", "年化综合融资成本（%）", _P, Decimal("3.65")),
        ("payment_mode", "支付方式", _T, "受托支付"),
        ("payee", "收款人、账号与收款行", _T, "廊坊市好家装饰有限公司，账号6222020402000000024（工商银行）"),
        ("repayment_method", "还款方式", _T, "等额本息"),
        ("repayment_day", "还款日", _N, 15),
        ("overdue_surcharge", "逾期加收（%）", _P, Decimal(50)),
        ("misuse_surcharge", "挪用加收（%）", _P, Decimal(100)),
        ("draws", "提款次数", _N, 2),
        ("draw_until", "最晚提款日", _D, date(2027, 3, 1)),
        ("self_payment_limit", "自主支付限额（元）", _M, fen("300000")),
        ("co_borrowers", "共同借款人姓名", _T, "李四"),
        ("guarantor", "保证人姓名", _T, "王五"),
        ("guarantor_identity_no", "保证人证件号码", _T, "999999198001010018"),
        ("mortgagor", "抵押人或出质人姓名", _T, "张三丰"),
        ("collateral", "担保物名称", _T, "住宅"),
        ("collateral_place", "担保物所在", _T, "廊坊市广阳区某小区1号楼"),
        ("collateral_certificate", "权属证书编号", _T, "冀（2026）廊坊市不动产权第0000001号"),
        ("collateral_value", "担保物价值（元）", _M, fen("800000")),
    )
}

_LOAN = frozenset(VARIABLES) - {name for name in VARIABLES if name.startswith(("guarantor", "mortgagor", "collateral"))}
_OWNER = frozenset(name for name in VARIABLES if name.startswith(("mortgagor", "collateral")))
_PAPER = LegalDocument
#: Which words each paper knows; what is not here is not written from a template.
KNOWN: dict[str, frozenset[str]] = {
    _PAPER.LOAN_CONTRACT: _LOAN,
    _PAPER.ENTRUSTED_PAYMENT_ORDER: _LOAN,
    _PAPER.SELF_PAYMENT_CLAUSE: _LOAN,
    _PAPER.GUARANTEE_CONTRACT: _LOAN | {"guarantor", "guarantor_identity_no"},
    _PAPER.MORTGAGE_CONTRACT: _LOAN | _OWNER,
    _PAPER.PLEDGE_CONTRACT: _LOAN | _OWNER,
}
_SECURED = frozenset({"mortgagor", "borrower", "contract_no", "amount", "collateral", "collateral_certificate"})
#: What each paper must say (商业银行法 37; 民法典 400, 427, 668, 684; 个人贷款管理办法).
NEEDED: dict[str, frozenset[str]] = {
    _PAPER.LOAN_CONTRACT: frozenset(
        {
            "borrower",
            "purpose",
            "amount",
            "amount_in_words",
            "term_months",
            "annual_rate",
            "repayment_method",
            "payment_mode",
            "overdue_surcharge",
            "misuse_surcharge",
            "annual_cost",
        }
    ),
    _PAPER.GUARANTEE_CONTRACT: frozenset({"guarantor", "borrower", "contract_no", "amount", "term_months"}),
    _PAPER.MORTGAGE_CONTRACT: _SECURED | {"collateral_place"},
    _PAPER.PLEDGE_CONTRACT: _SECURED,
    _PAPER.ENTRUSTED_PAYMENT_ORDER: frozenset({"borrower", "contract_no"}),
    _PAPER.SELF_PAYMENT_CLAUSE: frozenset({"borrower", "contract_no", "self_payment_limit"}),
}


def named_in(text: str) -> list[str]:
    """The open words of a clause, in order."""
    return OPEN.findall(text)


def filled(text: str, values: Mapping[str, Value]) -> str:
    """The clause with its words filled in. Raises ValueMissing."""
    return OPEN.sub(lambda found: VARIABLES[found[1]].written(values.get(found[1], "")), text)


def examples(kind: str) -> dict[str, Value]:
    """Values to preview a paper with."""
    return {name: VARIABLES[name].example for name in KNOWN[kind]}


def unknown_in(texts: Iterable[str], kind: str) -> list[str]:
    """Open words that this paper does not know, each once."""
    return sorted({name for text in texts for name in named_in(text)} - KNOWN[kind])
