"""Why an application is sent back, refused, or not paid out: codes that can be counted, with what people read."""

from typing import Any, Protocol

from django.db import models


class Worded(Protocol):
    """A reason with the words that people read: a code of this file, or a row of the catalogue."""

    @property
    def label(self) -> Any: ...


class ReturnReason(models.TextChoices):
    """Sent back for correction (退回补充)."""

    MATERIALS_MISSING = "MATERIALS_MISSING", "资料不全"
    MATERIALS_UNCLEAR = "MATERIALS_UNCLEAR", "资料不清晰或已过期"
    MATERIALS_CONTRADICT = "MATERIALS_CONTRADICT", "资料前后矛盾"
    PURPOSE_UNPROVEN = "PURPOSE_UNPROVEN", "用途证明不足"
    INCOME_UNPROVEN = "INCOME_UNPROVEN", "收入证明不足"
    INVESTIGATION_THIN = "INVESTIGATION_THIN", "尽调内容不充分"
    OTHER = "OTHER", "其他"


class RejectReason(models.TextChoices):
    """Refused for good (否决)."""

    CREDIT_RECORD = "CREDIT_RECORD", "信用记录不符合要求"
    REPAYMENT_ABILITY = "REPAYMENT_ABILITY", "还款能力不足"
    OVER_INDEBTED = "OVER_INDEBTED", "负债过高"
    PURPOSE_NOT_ALLOWED = "PURPOSE_NOT_ALLOWED", "用途不符合规定"
    UNTRUE_MATERIALS = "UNTRUE_MATERIALS", "资料不真实"
    GUARANTEE_INSUFFICIENT = "GUARANTEE_INSUFFICIENT", "担保不足"
    POLICY = "POLICY", "不符合产品或授信政策"
    OTHER = "OTHER", "其他"


class CommitteeReason(models.TextChoices):
    """Refused by the loan committee; nobody chooses these, a vote or a veto does."""

    COMMITTEE_VOTE = "COMMITTEE_VOTE", "贷审会表决未通过"
    PRESIDENT_VETO = "PRESIDENT_VETO", "行长否决"


class RefusalReason(models.TextChoices):
    """Not paid out as asked for (放款退回)."""

    CONDITIONS_UNMET = "CONDITIONS_UNMET", "放款条件未落实"
    CONTRACT_FAULTY = "CONTRACT_FAULTY", "合同或签署有瑕疵"
    PAYEE_DOUBTFUL = "PAYEE_DOUBTFUL", "收款人与用途不符"
    CREDIT_CHANGED = "CREDIT_CHANGED", "客户信用状况变化"
    OTHER = "OTHER", "其他"


def in_words(reason: Worded, note: str) -> str:
    """The reason as the log and the notice say it: 资料不全：缺少收入证明."""
    return f"{reason.label}：{note}" if note else str(reason.label)
