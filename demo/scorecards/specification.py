"""The two cards that the house trains: which attributes, in which direction, on which grid, and in what words."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from demo.scorecards import samples
from demo.scorecards.samples import Sample


@dataclass(frozen=True, kw_only=True)
class AttributeSpec:
    """One attribute. `words` tells a range of it, with {range} in its place."""

    fact: str
    more_is_better: bool
    grid: Sequence[float]
    words: str
    missing: str
    unit: str
    improvement: str = ""


@dataclass(frozen=True, kw_only=True)
class CardSpec:
    """One card and the data that it is trained on. Where bad ones are few it is judged by cross-validation."""

    code: str
    name: str
    version: int
    role: str
    trained_on: str
    read: Callable[[Path], Iterator[Sample]]
    attributes: Sequence[AttributeSpec]
    folds: int = 0


_NO_REPORT = "征信无此项记录，取平均分"
_NO_ACCOUNT = "在本行无足够流水，取平均分"

BUREAU = CardSpec(
    code="BUREAU_BEHAVIOUR",
    name="征信行为评分卡",
    version=1,
    role="CHAMPION",
    trained_on="UCI Default of Credit Card Clients (Yeh, 2009; CC BY 4.0), Taiwan 2005, 24,000 card holders",
    read=samples.card_holders,
    attributes=[
        AttributeSpec(
            fact="bureau_worst_overdue",
            more_is_better=False,
            grid=(1, 2, 3, 4),
            words="最长连续逾期{range}",
            missing=_NO_REPORT,
            unit="个月",
        ),
        AttributeSpec(
            fact="bureau_overdue_months",
            more_is_better=False,
            grid=(1, 2, 3, 4, 5, 6),
            words="累计逾期{range}",
            missing=_NO_REPORT,
            unit="个月",
        ),
        AttributeSpec(
            fact="bureau_overdue_accounts",
            more_is_better=False,
            grid=(1,),
            words="当前逾期账户{range}",
            missing=_NO_REPORT,
            unit="个",
            improvement="结清当前逾期",
        ),
        AttributeSpec(
            fact="card_utilisation",
            more_is_better=False,
            grid=(5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100),
            words="信用卡使用率{range}",
            missing="没有信用卡，取平均分",
            unit="%",
            improvement="偿还信用卡欠款，降低使用率",
        ),
        AttributeSpec(
            fact="card_limit",
            more_is_better=True,
            grid=(5_000, 10_000, 15_000, 20_000, 30_000, 40_000, 50_000, 60_000, 80_000, 100_000),
            words="信用卡授信总额{range}",
            missing="没有信用卡，取平均分",
            unit="元",
        ),
    ],
)
FLOWS = CardSpec(
    code="ACCOUNT_FLOWS",
    name="账户流水评分卡",
    version=1,
    role="CHALLENGER",
    trained_on="PKDD'99 Discovery Challenge (Berka & Sochorová), a Czech bank's loans of 1993–1998",
    read=samples.borrowers,
    folds=10,
    attributes=[
        AttributeSpec(
            fact="lowest_balance_to_instalment",
            more_is_better=True,
            grid=(0, 0.5, 1, 1.5, 2, 3, 4, 5, 7, 10),
            words="近6个月最低余额为月供的{range}",
            missing=_NO_ACCOUNT,
            unit="倍",
            improvement="账户保留更多余额",
        ),
        AttributeSpec(
            fact="average_balance_to_instalment",
            more_is_better=True,
            grid=(2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20),
            words="近6个月平均余额为月供的{range}",
            missing=_NO_ACCOUNT,
            unit="倍",
            improvement="增加在本行的存款",
        ),
        AttributeSpec(
            fact="instalment_to_inflow",
            more_is_better=False,
            grid=(5, 10, 15, 20, 25, 30, 35, 40, 50, 60),
            words="月供占月均流入的{range}",
            missing=_NO_ACCOUNT,
            unit="%",
            improvement="减少借款金额或延长期限",
        ),
    ],
)
CARDS = {card.role.lower(): card for card in (BUREAU, FLOWS)}
