"""The catalogue of reasons why nothing came of an offer or an application: rows that the bank keeps, seeded here.

A code is chosen where its stage allows it; the words may change, the code stays for the statistics.
"""

from collections.abc import Iterable

from django.db.models import QuerySet

from loans.models import ClosingReason
from loans.reasons import CommitteeReason, RejectReason
from loans.refusals import refuse

Party, Stage = ClosingReason.Party, ClosingReason.Stage
_BY_CUSTOMER = [Stage.OFFER, Stage.WITHDRAWAL]

#: code, words, stages: what customers say.
_CUSTOMER = (
    ("RATE_TOO_HIGH", "利率或费用偏高", _BY_CUSTOMER),
    ("COMPETITOR_RATE", "他行利率更低", _BY_CUSTOMER),
    ("AMOUNT_TOO_LOW", "可贷金额不足", _BY_CUSTOMER),
    ("TERM_UNFIT", "期限或还款方式不合适", _BY_CUSTOMER),
    ("TOO_SLOW", "办理时间过长", _BY_CUSTOMER),
    ("PAPERS_TOO_MANY", "手续或资料过多", _BY_CUSTOMER),
    ("GUARANTEE_UNWILLING", "不愿提供担保", _BY_CUSTOMER),
    ("NO_NEED", "资金需求已取消", _BY_CUSTOMER),
    ("OTHER_FUNDS", "已另行筹得资金", _BY_CUSTOMER),
    ("CUSTOMER_OTHER", "客户其他原因", _BY_CUSTOMER),
)
#: What the bank says before, or instead of, a refusal by reviewer or approver.
_BANK = (
    ("NOT_ADMITTED", "不符合准入条件", [Stage.OFFER, Stage.CANCELLATION]),
    ("BELOW_MINIMUM", "测算额度低于产品起点", [Stage.OFFER, Stage.CANCELLATION]),
    ("OUT_OF_AREA", "不在经营区域", [Stage.OFFER, Stage.CANCELLATION]),
    ("ENTERED_TWICE", "重复录入", [Stage.CANCELLATION]),
    ("CUSTOMER_LOST", "联系不上客户", [Stage.OFFER, Stage.CANCELLATION]),
    ("BANK_OTHER", "行内其他原因", [Stage.OFFER, Stage.CANCELLATION]),
)
_SYSTEM: tuple[tuple[str, str, list[str]], ...] = (
    ("IDLE", "长期未办理，系统撤销", []),
    ("APPROVAL_EXPIRED", "批复过期失效", []),
    ("OFFER_EXPIRED", "报价过期", []),
)


def seed() -> int:
    """Write the reasons that are not there yet; the number of reasons shipped. What the bank has changed stays."""
    rows = [
        *(_row(Party.CUSTOMER, at, *each) for at, each in enumerate(_CUSTOMER, 1)),
        *(_row(Party.BANK, at, *each) for at, each in enumerate(_BANK, 1)),
        *(_row(Party.SYSTEM, at, *each) for at, each in enumerate(_SYSTEM, 1)),
        *(_row(Party.BANK, 50 + at, each.value, each.label, _stages_of(each)) for at, each in enumerate(RejectReason)),
        *(_row(Party.BANK, 90 + at, each.value, each.label, []) for at, each in enumerate(CommitteeReason)),
    ]
    ClosingReason.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _stages_of(reason: RejectReason) -> list[str]:
    """What a reviewer may say, the RM may say of an offer too; but not that papers are untrue."""
    only_refused = (RejectReason.UNTRUE_MATERIALS, RejectReason.OTHER)
    return [Stage.REJECTION] if reason in only_refused else [Stage.REJECTION, Stage.OFFER]


def _row(party: str, position: int, code: str, label: str, stages: Iterable[str]) -> ClosingReason:
    return ClosingReason(code=code, label=str(label), party=party, stages=list(stages), position=position)


def offered(stage: str = "") -> "QuerySet[ClosingReason]":
    """The reasons that may be chosen, at a stage or at any."""
    active = ClosingReason.objects.filter(is_active=True).exclude(stages=[])
    return active.filter(stages__contains=[stage]) if stage else active


def chosen(code: str, stage: str) -> ClosingReason:
    """The reason of that code, if it may be given at that stage. Raises `reason_unknown` (422)."""
    found = offered(stage).filter(code=code).first()
    if found is None:
        raise refuse("reason_unknown", "请从原因目录中选择适用的原因", "reason_code")
    return found
