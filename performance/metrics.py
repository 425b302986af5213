"""The register of metrics: what is counted, in which unit, since when, and how it is explained to an RM.

A definition has versions with a first business date; a changed rule is a new version, so that a figure can
always be explained by the rule of its own day. To add a metric, add one entry to `_METRICS`; the ledger, the
scores, the ranking and the API take it from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from aladdin import clock

#: Banks may not assess by ranking alone (domain 3.3), so every table says what it is.
RANKING_LABEL = "展业排名，非考核"

BEGINNING = date(2000, 1, 1)


class Direction(StrEnum):
    """Which way is good."""

    HIGHER_IS_BETTER = "HIGHER_IS_BETTER"


class UnknownMetric(LookupError):
    """No metric has this code: a fault of the caller."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One version of a metric's rule, from its first business date until the next version's."""

    version: int
    effective_from: date
    explanation: str


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One figure of an RM. Amounts are yuan to the fen; counts have two decimals because credit can be shared."""

    code: str
    name: str
    unit: str
    counts_on: str
    definitions: tuple[Definition, ...]
    direction: Direction = Direction.HIGHER_IS_BETTER

    def definition_on(self, day: date) -> Definition:
        """The version in force on a business date; before the first one, the first."""
        in_force = [rule for rule in self.definitions if rule.effective_from <= day]
        return in_force[-1] if in_force else self.definitions[0]

    @property
    def definition(self) -> Definition:
        """The version in force today."""
        return self.definition_on(clock.today())


def _metric(code: str, name: str, unit: str, counts_on: str, explanation: str) -> Metric:
    first = Definition(version=1, effective_from=BEGINNING, explanation=explanation)
    return Metric(code=code, name=name, unit=unit, counts_on=counts_on, definitions=(first,))


_METRICS = (
    _metric(
        "DEPOSIT_NET_INCREASE",
        "存款净增",
        "元",
        "交易记账日",
        "客户存款账户贷方发生额减借方发生额，按交易当日的归属比例计入客户经理。仅反映期间净流入，不是时点存款规模，不作考核。",
    ),
    _metric(
        "NEW_CUSTOMERS",
        "新增客户",
        "户",
        "建立客户关系之日",
        "期间内新建立客户关系的客户数，按当日归属比例计入；共管客户按比例分计。",
    ),
    _metric(
        "LOAN_DISBURSED",
        "贷款投放",
        "元",
        "放款成功之日",
        "期间内核心系统确认放款成功的贷款本金合计，扣除冲正；按放款当日归属比例计入。",
    ),
    _metric(
        "LOAN_COUNT",
        "投放笔数",
        "笔",
        "放款成功之日",
        "期间内核心系统确认放款成功的贷款笔数，扣除冲正；按放款当日归属比例计入。",
    ),
)

METRICS: Mapping[str, Metric] = {metric.code: metric for metric in _METRICS}


def metric_of(code: str) -> Metric:
    """The registered metric. Raises UnknownMetric."""
    try:
        return METRICS[code]
    except KeyError:
        raise UnknownMetric(f"no metric is called {code}") from None
