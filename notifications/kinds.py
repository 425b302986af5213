"""The register of notices: what each kind is called, says, how urgent it is, by which ways it goes, where it leads.

A kind's body, as the house ships it, names its values in braces: these are what whoever tells has to give
(`notifications/variables.py` knows their types). What is really written stands in the newest version of the kind's
text that the bank has published (`notifications/notice_texts.py`). To add a kind, add one entry here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from string import Formatter
from typing import Any

from django.db import models

from notifications.variables import VARIABLES, Variable


class Severity(models.TextChoices):
    """How urgent a notice is: decides the hours in which it may leave the app (domain 8)."""

    CRITICAL = "CRITICAL", "紧急"
    BUSINESS = "BUSINESS", "业务"
    PERFORMANCE = "PERFORMANCE", "业绩"
    DIGEST = "DIGEST", "汇总"


class Channel(models.TextChoices):
    """A way besides the app's own stream, to which every notice goes."""

    WECHAT = "WECHAT", "微信公众号"
    SMS = "SMS", "短信"
    EMAIL = "EMAIL", "邮件"


class Collapse(models.TextChoices):
    """What of a kind goes together when much of it comes within minutes."""

    KIND = "KIND", "同类合并"
    SUBJECT = "SUBJECT", "同一对象合并"


class NoticeFault(ValueError):
    """A notice that cannot be written as called for: a fault of the caller, never of a person."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of notice. `subject` is the first part of what it is about, e.g. `loan-application/<id>`; `screen`
    names the page of it that the phone opens, where that is not the first. Where it is empty, anything may be its
    subject."""

    code: str
    title: str
    body: str
    severity: Severity
    owner: str
    subject: str
    channels: frozenset[Channel] = frozenset({Channel.WECHAT})
    #: By which way it goes where none of those reaches the person, or none succeeded.
    fallback: Channel | None = None
    screen: str = ""
    collapse: Collapse = Collapse.KIND
    #: The parameter that says within how many working hours the person has to act, before his manager is told.
    act_within: str = ""
    #: Whether nobody may switch it off; what is urgent nobody may, anyway.
    must_arrive: bool = False
    #: Whether it is only ever a way of saying several notices at once, and never a notice.
    is_summary: bool = False

    @property
    def is_mandatory(self) -> bool:
        """Whether a person has no say in it."""
        return self.must_arrive or self.severity == Severity.CRITICAL

    def collapse_key(self, subject: str) -> str:
        """Under which name messages of this kind go together."""
        return f"{self.code}|{subject}" if self.collapse == Collapse.SUBJECT else self.code

    @cached_property
    def variables(self) -> Mapping[str, Variable]:
        """The values that whoever tells gives, by name."""
        return {name: VARIABLES[name] for _, name, _, _ in Formatter().parse(self.body) if name}

    @cached_property
    def needed(self) -> frozenset[str]:
        """The values without which a text of this kind would not say what happened."""
        return frozenset(name for name, variable in self.variables.items() if not variable.is_dispensable)

    def link(self, subject: str) -> str:
        """Where the phone goes when the notice is touched; empty where it leads nowhere."""
        return f"aladdin://{subject}{'/' if self.screen else ''}{self.screen}" if subject else ""


# --- Kinds --------------------------------------------------------------------------------------
_LOAN = "{customer}的{product}申请（{application_no}，{amount}元）"


def _loan(code: str, title: str, said: str, severity: Severity = Severity.BUSINESS, **more: Any) -> Kind:
    body = _LOAN + said
    return Kind(code=code, title=title, body=body, severity=severity, owner="loans", subject="loan-application", **more)


def _link(code: str, title: str, body: str) -> Kind:
    return Kind(code=code, title=title, body=body, severity=Severity.BUSINESS, owner="loans", subject="loan-link")


def _check(code: str, title: str, said: str) -> Kind:
    body = "{customer}的{check}" + said
    severity = Severity.BUSINESS
    return Kind(code=code, title=title, body=body, severity=severity, owner="postloan", subject="post-loan-check")


def _announcement(code: str, title: str, body: str) -> Kind:
    return Kind(
        code=code, title=title, body=body, severity=Severity.BUSINESS, owner="notifications", subject="announcement"
    )


_TASK = "escalation.task_hours"
#: Of whoever works at a desk.
_DESK = frozenset({Channel.WECHAT, Channel.EMAIL})
_KINDS = (
    # announcements: to those addressed, and back to the author
    _announcement("announcement.published", "新公告", "{author}发布公告：{title}"),
    _announcement("announcement.reminder", "公告待阅", "{author}提醒您阅读公告：{title}"),
    _announcement("announcement.commented", "公告有新评论", "{author}评论了您的公告：{title}"),
    # what becomes of an application: to its relationship manager
    _loan("loan.accepted", "贷款已受理", "已受理。"),
    _loan("loan.credit_authorized", "征信已授权", "已取得征信授权。"),
    _loan("loan.credit_report_ready", "征信报告已返回", "征信报告已返回，可以开始尽调。"),
    _loan("loan.submitted", "贷款已报审", "已报审，等待审查。"),
    _loan("loan.returned", "贷款被退回补充", "被退回补充：{reason}"),
    _loan("loan.approved", "贷款已批复", "已批复，请在批复有效期内签约。"),
    _loan("loan.rejected", "贷款已否决", "已否决：{reason}。请告知客户。"),
    _loan("loan.contracted", "合同已签署", "合同已签署，等待放款。"),
    _loan("loan.disbursement_refused", "放款被退回", "放款审核未通过：{reason}"),
    _loan("loan.disbursed", "贷款已放款", "已放款。", Severity.PERFORMANCE),
    _loan("loan.disbursement_failed", "放款失败", "放款失败：{reason}", Severity.CRITICAL, fallback=Channel.SMS),
    _loan("loan.draw_refused", "提款被退回", "{reason}"),
    _loan("loan.draw_failed", "提款支付失败", "{reason}", Severity.CRITICAL, fallback=Channel.SMS),
    _loan("loan.draw_paid", "提款已放款", "{reason}已放款。", Severity.PERFORMANCE),
    _loan("loan.draw_cancelled", "未提金额已取消", "{reason}"),
    _loan("loan.withdrawn", "客户撤回贷款申请", "已由客户撤回：{reason}"),
    _loan("loan.cancelled", "贷款申请已撤销", "已撤销：{reason}"),
    _loan("loan.approval_expired", "贷款批复已失效", "批复已过有效期，申请失效。"),
    # a new task: to whoever has to do it
    _loan("task.co_investigation", "新的协办调查任务", "请您协办调查。", channels=_DESK, screen="investigation"),
    _loan(
        "task.credit_query",
        "新的征信查询任务",
        "等待征信查询。",
        channels=_DESK,
        screen="credit-query",
        act_within=_TASK,
    ),
    _loan("task.review", "新的审查任务", "等待审查。", channels=_DESK, screen="review", act_within=_TASK),
    _loan("task.approval", "新的审批任务", "等待审批。", channels=_DESK, screen="approval"),
    _loan(
        "task.disbursement",
        "新的放款审核任务",
        "等待放款审核。",
        channels=_DESK,
        screen="disbursement",
        act_within=_TASK,
    ),
    _loan("task.draw", "新的提款审核任务", "{reason}等待放款审核。", channels=_DESK, screen="draws"),
    _loan("task.approval_asleep", "审批超时提醒", "{reason}，请尽快办理。", channels=_DESK, screen="approval"),
    Kind(
        code="approval.delegated",
        title="审批转授权",
        body="{colleague}将{period}的审批权限转授给您。",
        severity=Severity.BUSINESS,
        owner="loans",
        subject="approval-delegation",
    ),
    Kind(
        code="approval.delegation_revoked",
        title="审批转授权已撤销",
        body="{colleague}撤销了{period}的审批转授权。",
        severity=Severity.BUSINESS,
        owner="loans",
        subject="approval-delegation",
    ),
    # a customer at work behind his link: to the RM who made it
    _link("loan_link.opened", "客户已打开申请链接", "客户已打开{product}链接，正在填写。"),
    _link("loan_link.needs_manager", "客户在线办理受阻", "客户在{product}链接中无法确认身份，请联系客户。"),
    _link("loan_link.signed", "客户已签征信授权", "{customer}已在{product}链接中签署征信授权书。"),
    _link("loan_link.cost_confirmed", "客户已确认融资成本", "{customer}已在线阅读并确认{product}综合融资成本明示表。"),
    _link("loan_link.contract_signed", "合同已在线签署", "{customer}{product}合同的一位签署人已在线签署。"),
    _link("loan_link.contract_refused", "签署人拒签合同", "{customer}{product}合同的一位签署人拒绝签署：{reason}"),
    _link("loan_link.handed_in", "客户已提交申请", "{customer}已提交{product}申请，请受理。"),
    # use of the credit bureau: to the head of the branch
    Kind(
        code="credit.alert",
        title="征信异常预警",
        body="{branch}发现征信异常：{reason}，请核查处理。",
        severity=Severity.BUSINESS,
        owner="loans",
        subject="credit-alert",
    ),
    # customers
    Kind(
        code="customer.large_withdrawal",
        title="大额支取提醒",
        body="{customer}支取{amount}元，请及时联系。",
        severity=Severity.CRITICAL,
        owner="crm",
        subject="customer",
        fallback=Channel.SMS,
        collapse=Collapse.SUBJECT,
        act_within="escalation.withdrawal_hours",
    ),
    # post-loan checks: to the executor
    _check("post_loan_check.due", "新的贷后检查任务", "请于{due_on}前完成。"),
    _check("post_loan_check.returned", "贷后检查被退回", "被退回：{reason}"),
    _check("post_loan_check.completed", "贷后检查已审核", "已审核通过。"),
    # what was not done in time: to the manager of whoever should have
    Kind(
        code="task.escalated",
        title="待办逾期提醒",
        body="{colleague}超过{count}个工作小时未办理：{what}。",
        severity=Severity.BUSINESS,
        owner="notifications",
        subject="",
        channels=_DESK,
        must_arrive=True,
    ),
    # several at once
    Kind(
        code="summary.burst",
        title="{what}等{count}条",
        body="短时间内有{count}条“{what}”，已合并为一条。",
        severity=Severity.BUSINESS,
        owner="notifications",
        subject="",
        is_summary=True,
    ),
    Kind(
        code="summary.digest",
        title="{count}条消息汇总",
        body="{count}条消息待阅：{list}。",
        severity=Severity.DIGEST,
        owner="notifications",
        subject="",
        is_summary=True,
    ),
    # performance
    Kind(
        code="ranking.changed",
        title="业绩排名变化",
        body="您的{metric}{period}排名在{branch}由第{previous_rank}名变为第{rank}名。",
        severity=Severity.PERFORMANCE,
        owner="performance",
        subject="ranking",
    ),
)

KINDS: Mapping[str, Kind] = {kind.code: kind for kind in _KINDS}


def kind_of(code: str) -> Kind:
    """The registered kind. Raises NoticeFault."""
    try:
        return KINDS[code]
    except KeyError:
        raise NoticeFault(f"no kind of notice is called {code}") from None


def checked_values(kind: Kind, values: Mapping[str, str]) -> dict[str, str]:
    """The values as they are shown. Raises NoticeFault where one is missing, unknown or not what it should be."""
    wanted, given = set(kind.variables), set(values)
    if given != wanted:
        raise NoticeFault(f"{kind.code}: missing {sorted(wanted - given)}, unknown {sorted(given - wanted)}")
    shown = {}
    for name, said in values.items():
        try:
            shown[name] = VARIABLES[name].shown(said)
        except (ValueError, TypeError) as error:
            raise NoticeFault(f"{kind.code}: {name} is wrong: {error}") from error
    return shown


def check_subject(kind: Kind, subject: str) -> str:
    """What it is about, which may be nothing. Raises NoticeFault for one that leads elsewhere than the kind does."""
    if subject and kind.subject and subject.partition("/")[0] != kind.subject:
        raise NoticeFault(f"{kind.code} leads to {kind.subject}/…, not to {subject}")
    return subject
