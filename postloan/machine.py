"""The life of a post-loan check: states, arrows and conditions (domain 1.7).

Who may and what follows stand in `postloan/checks.py`. Being overdue is a fact of the clock, not a state: a late
check can still be done, and stays late.
"""

from typing import Any

from django.db import models
from django_fsm import ConcurrentTransitionMixin, FSMField, transition


class CheckStatus(models.TextChoices):
    """Where a check stands."""

    PLANNED = "PLANNED", "已计划"
    PENDING = "PENDING", "待检查"
    IN_PROGRESS = "IN_PROGRESS", "检查中"
    SUBMITTED = "SUBMITTED", "待审核"
    RETURNED = "RETURNED", "已退回"
    COMPLETED = "COMPLETED", "已完成"
    CANCELLED = "CANCELLED", "已取消"


S = CheckStatus
#: Nothing more is to be done.
CLOSED = frozenset({S.COMPLETED, S.CANCELLED})
#: The executor has something to do.
TO_DO = frozenset({S.PENDING, S.IN_PROGRESS, S.RETURNED})


class CheckKind(models.TextChoices):
    """Why the loan is looked at."""

    FIRST = "FIRST", "首次检查"
    REGULAR = "REGULAR", "常规检查"
    SPECIAL = "SPECIAL", "专项检查"


class Method(models.TextChoices):
    """How it is looked at."""

    ON_SITE = "ON_SITE", "实地"
    PHONE = "PHONE", "电话"
    VIDEO = "VIDEO", "视频"
    OFF_SITE = "OFF_SITE", "非现场"


class Conclusion(models.TextChoices):
    """What was found."""

    NORMAL = "NORMAL", "正常"
    ATTENTION = "ATTENTION", "关注"
    RISK = "RISK", "预警"


def missing_in_report(check: "CheckMachine") -> list[tuple[str, str]]:
    """What keeps the report from being handed in: (code, message) for each thing, all of them."""
    missing = []
    if not check.method:
        missing.append(("method_missing", "请选择检查方式"))
    if not check.conclusion:
        missing.append(("conclusion_missing", "请填写检查结论"))
    if not check.findings:
        missing.append(("findings_missing", "请填写检查情况"))
    if check.kind == CheckKind.FIRST and not check.use_of_funds:
        missing.append(("use_of_funds_missing", "首次检查须说明资金用途及所核凭证"))
    if check.method == Method.ON_SITE and (check.latitude is None or check.longitude is None):
        missing.append(("place_missing", "实地检查须有现场定位"))
    if check.method == Method.ON_SITE and check.visited_at is None:
        missing.append(("visit_time_missing", "实地检查须有到访时间"))
    return missing


def _report_is_whole(check: Any) -> bool:
    return not missing_in_report(check)


class CheckMachine(ConcurrentTransitionMixin, models.Model):
    """The state field with its arrows, and the fields that their conditions read."""

    status = FSMField("状态", max_length=12, choices=CheckStatus, default=CheckStatus.PLANNED, protected=True)
    kind = models.CharField("类型", max_length=8, choices=CheckKind, default=CheckKind.FIRST)
    method = models.CharField("检查方式", max_length=8, choices=Method, blank=True)
    use_of_funds = models.TextField("资金用途核查", blank=True)
    findings = models.TextField("检查情况", blank=True)
    conclusion = models.CharField("结论", max_length=9, choices=Conclusion, blank=True)
    visited_at = models.DateTimeField("到访时间", null=True, blank=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)

    class Meta:
        abstract = True

    @transition(field="status", source=S.PLANNED, target=S.PENDING)
    def open(self) -> None:
        """The window opens."""

    @transition(field="status", source=S.PENDING, target=S.IN_PROGRESS)
    def start(self) -> None:
        """The executor begins."""

    @transition(field="status", source=[S.IN_PROGRESS, S.RETURNED], target=S.SUBMITTED, conditions=[_report_is_whole])
    def submit(self) -> None:
        """The executor hands in a whole report."""

    @transition(field="status", source=S.SUBMITTED, target=S.RETURNED)
    def send_back(self) -> None:
        """The reviewer wants more."""

    @transition(field="status", source=S.SUBMITTED, target=S.COMPLETED)
    def complete(self) -> None:
        """The reviewer accepts the report."""

    @transition(field="status", source=[S.PENDING, S.IN_PROGRESS, S.RETURNED], target=S.CANCELLED)
    def cancel(self) -> None:
        """There is nothing left to look at, or it is done otherwise."""
