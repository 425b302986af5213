"""What stands in the way of a move: all reasons at once, each with a code and a Chinese sentence.

`of_file` looks at the application and its gate rows; `of_person` at who wants to move it (separation of duties,
invariant (b) of domain 1.4). Whether the role may at all is `organization/access.py`.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from django.db.models import F

from aladdin import clock, parameters
from loans import admission, checklist, conflicts, form_gates, gates, hard_rules, limits
from loans.blocker import Blocker
from loans.codes import Step
from loans.forms import collateral
from loans.reading import undisturbed
from loans.states import State
from organization.roles import Role

if TYPE_CHECKING:
    from loans.models import LoanApplication
    from organization.models import Staff

Guard = Callable[["LoanApplication"], "Iterable[Blocker]"]


def of_file(application: "LoanApplication", move: str) -> list[Blocker]:
    """Every reason in the file against this move, in the order of the procedure."""
    with undisturbed():
        return [blocker for guard in GUARDS.get(move, ()) for blocker in guard(application)]


def of_later_draw(application: "LoanApplication") -> list[Blocker]:
    """Every reason in the file against a draw after the first. The approval was used in time with the first one; from
    then on the contract's own last day for drawing counts."""
    return [blocker for guard in _EACH_DRAW for blocker in guard(application)]


# --- Papers --------------------------------------------------------------------------------------
def _papers_for_submission(application: "LoanApplication") -> Iterable[Blocker]:
    return checklist.shortcomings(application, stage="SUBMISSION")


def _papers_for_money(application: "LoanApplication") -> Iterable[Blocker]:
    return checklist.shortcomings(application, stage="DISBURSEMENT")


# --- Review and approval -------------------------------------------------------------------------
def _opinion_is_written(application: "LoanApplication") -> Iterable[Blocker]:
    written = application.review_opinions.filter(by=application.reviewer_id, at__gte=application.submitted_at)
    if not written.exists():
        yield Blocker("review_opinion_missing", "尚未填写审查意见")


def _may_still_return(application: "LoanApplication") -> Iterable[Blocker]:
    most = parameters.integer("loan.max_returns")
    if application.returns >= most:
        yield Blocker("too_many_returns", f"该申请已退回{most}次，请作出审批决定")


# --- Contract and money --------------------------------------------------------------------------
def _approval_is_valid(application: "LoanApplication") -> Iterable[Blocker]:
    expires_on = application.approval_expires_on
    if expires_on is not None and expires_on < clock.today():
        yield Blocker("approval_expired", f"批复已于{expires_on:%Y-%m-%d}过期")


def _approval_has_expired(application: "LoanApplication") -> Iterable[Blocker]:
    expires_on = application.approval_expires_on
    if expires_on is None or expires_on >= clock.today():
        yield Blocker("approval_still_valid", "批复仍在有效期内")


def _cost_was_disclosed(application: "LoanApplication") -> Iterable[Blocker]:
    if not application.cost_disclosures.filter(confirmed_at__isnull=False).exists():
        yield Blocker("cost_disclosure_missing", "客户尚未确认综合融资成本明示表")


def _contract_is_signed(application: "LoanApplication") -> Iterable[Blocker]:
    contract = getattr(application, "contract", None)
    if contract is None or contract.signed_at is None:
        yield Blocker("contract_not_signed", "合同尚未签署")
        return
    if application.approved_amount is not None and contract.amount > application.approved_amount:
        yield Blocker("contract_exceeds_approval", "合同金额超过批复金额")
    if application.approved_term_months is not None and contract.term_months > application.approved_term_months:
        yield Blocker("contract_exceeds_approval", "合同期限超过批复期限")


def _money_has_moved(application: "LoanApplication") -> Iterable[Blocker]:
    if not application.payments.filter(state="SUCCEEDED", contract__amount__gte=F("amount")).exists():
        yield Blocker("payment_not_confirmed", "核心系统尚未确认放款成功")


def _no_payment_is_open(application: "LoanApplication") -> Iterable[Blocker]:
    if application.payments.filter(state__in=["SENT", "PENDING", "UNKNOWN", "SUCCEEDED"]).exists():
        yield Blocker("payment_under_way", "放款支付已发出，不能退回")


def _no_money_has_moved(application: "LoanApplication") -> Iterable[Blocker]:
    if application.payments.filter(state="SUCCEEDED").exists():
        yield Blocker("money_has_moved", "贷款资金已发放，不能撤回申请")


def _conditions_are_met(application: "LoanApplication") -> Iterable[Blocker]:
    for row in application.conditions_precedent.filter(met_at__isnull=True):
        yield Blocker("condition_unmet", f"放款条件未落实：{row.text}", f"conditions.{row.pk}")


def conditions_are_confirmed(application: "LoanApplication") -> Iterable[Blocker]:
    """Conditions precedent that nobody independent has confirmed."""
    for row in application.conditions_precedent.filter(confirmed_at__isnull=True):
        yield Blocker("condition_unconfirmed", f"放款条件未确认：{row.text}", f"conditions.{row.pk}")


def is_returned_to(application: "LoanApplication", step: Step) -> bool:
    """Whether the case was sent back to this step and has not been handed in again."""
    return application.state == State.RETURNED and (
        application.return_items.filter(round=application.returns, step=step).exists()
    )


def _returned_steps_were_done_again(application: "LoanApplication") -> Iterable[Blocker]:
    """What the case was returned to has been done anew since, where it leaves a row of its own."""
    since = application.state_since
    checked = application.identity_checks.filter(passed=True, at__gte=since).exists()
    if is_returned_to(application, Step.IDENTITY_CHECK) and not checked:
        yield Blocker("step_not_done_again", "申请被退回至身份核验，请重新核验", "identity")
    found = getattr(application, "due_diligence", None)
    stale = found is None or found.reported_at < since
    if is_returned_to(application, Step.DUE_DILIGENCE) and stale:
        yield Blocker("step_not_done_again", "申请被退回至尽职调查，请重新提交调查报告", "due_diligence")


_SUBMISSION: tuple[Guard, ...] = (
    limits.broken_by,
    gates.parties,
    gates.identity,
    gates.identity_paper,
    gates.report,
    gates.investigation,
    form_gates.unfinished,
    form_gates.unsettled,
    _papers_for_submission,
    hard_rules.on_submission,
)

_EACH_DRAW: tuple[Guard, ...] = (
    _cost_was_disclosed,
    _contract_is_signed,
    _conditions_are_met,
    collateral.unregistered,
    _papers_for_money,
    hard_rules.on_disbursement,
)

#: What each move needs of the file. A move that is not named needs nothing but its state.
GUARDS: dict[str, tuple[Guard, ...]] = {
    "accept": (limits.broken_by, form_gates.unsettled, admission.against),
    "verify_identity": (gates.parties, gates.identity, gates.identity_paper),
    "authorize_credit": (gates.parties, gates.identity, gates.authorization),
    "investigate": (gates.parties, gates.report),
    "submit": _SUBMISSION,
    "resubmit": (*_SUBMISSION, gates.return_items, _returned_steps_were_done_again),
    "pass_to_approval": (_opinion_is_written,),
    "return_for_correction": (_may_still_return,),
    "approve": (hard_rules.on_approval,),
    "begin_contract": (_approval_is_valid, gates.identity, _cost_was_disclosed),
    "sign_contract": (_approval_is_valid, gates.identity, _cost_was_disclosed, _contract_is_signed),
    "request_disbursement": (_approval_is_valid, *_EACH_DRAW),
    "refuse_disbursement": (_no_payment_is_open,),
    "withdraw": (_no_money_has_moved,),
    "disburse": (_cost_was_disclosed, _contract_is_signed, conditions_are_confirmed, _money_has_moved),
    "expire_approval": (_approval_has_expired,),
}


# --- People --------------------------------------------------------------------------------------
#: Moves that the system makes by itself besides people: a job, or a provider's answer.
BY_SYSTEM = frozenset(
    {
        "verify_identity",
        "authorize_credit",
        "investigate",
        "sign_contract",  # the signing provider says that everybody has signed
        "disburse",
        "refuse_disbursement",  # core banking could not pay
        "cancel",
        "withdraw",  # the customer himself, over his link
        "escalate",  # a level that sleeps
        "fall_back",
        "expire_approval",
    }
)
_LEAD_ONLY = frozenset(
    {
        "accept",
        "submit",
        "resubmit",
        "begin_contract",
        "sign_contract",
        "request_disbursement",
        "withdraw",
    }
)
_REVIEW = frozenset({"pass_to_approval", "return_for_correction", "reject"})
_APPROVAL = frozenset({"escalate", "approve", "return_for_correction", "reject"})
_MONEY = frozenset({"disburse", "refuse_disbursement"})
#: What is done at a desk by whoever took the case there, and by nobody else then.
_AT_A_DESK: dict[str, frozenset[str]] = {
    State.SUBMITTED: frozenset({"take_up_review"}),
    State.IN_APPROVAL: _APPROVAL,
    State.DISBURSING: _MONEY,
}
#: What an investigator of the case may not do in it.
_APART = frozenset({"take_up_review", "investigate"}) | _REVIEW | _APPROVAL | _MONEY
#: What nobody does on papers that he entered himself.
_DECIDING = _APART - {"investigate"}
#: What nobody does for himself or his family: besides deciding, taking the case up and handing it in.
_KEEPING_OUT = _APART | {"accept", "submit", "resubmit"}


def of_person(application: "LoanApplication", move: str, by: "Staff | None") -> list[Blocker]:
    """Why this person may not make this move in this case. None is the system."""
    if by is None:
        return [] if move in BY_SYSTEM else [Blocker("person_required", "该操作须由人员办理")]
    return list(_against(application, move, by))


def _against(application: "LoanApplication", move: str, by: "Staff") -> Iterable[Blocker]:
    yield from _not_in_charge(application, move, by)
    yield from conflicts_of(application, move, by)


def conflicts_of(application: "LoanApplication", move: str, by: "Staff") -> Iterable[Blocker]:
    """Why the person must keep out of this move, whatever his role: another part in the case, or his family in it."""
    investigators = {application.investigator_id, application.co_investigator_id}
    if move in _APART and by.pk in investigators:
        yield Blocker("separation_of_duties", "本笔调查人员不得办理审查、审批、征信查询或放款")
    elif move in _DECIDING and by.pk in conflicts.entered_by(application):
        yield Blocker("separation_of_duties", "录入过本笔申请或其资料的人员不得办理审查、审批或放款")
    if application.state == State.IN_APPROVAL and move in _APPROVAL and by.pk == application.reviewer_id:
        yield Blocker("separation_of_duties", "审查人不得审批同一笔申请")
    if move in _MONEY and by.pk in {application.reviewer_id, application.approver_id}:
        yield Blocker("separation_of_duties", "审查人、审批人不得办理同一笔放款")
    if move in _KEEPING_OUT and by.pk in conflicts.relatives(application):
        yield Blocker("relative_of_customer", "本人或近亲属的贷款应当回避，请由他人办理")


def _not_in_charge(application: "LoanApplication", move: str, by: "Staff") -> Iterable[Blocker]:
    """The role may, but in this case, or at this stage of it, it is somebody else's turn."""
    leads = by.pk == application.investigator_id
    if move in _AT_A_DESK.get(application.state, ()) and application.assignee_id not in (None, by.pk):
        yield Blocker("taken_by_another", "该申请已由同岗位其他人员领取，如需办理请由主管改派")
    if move in _LEAD_ONLY and not leads:
        yield Blocker("not_in_charge", "只有本笔主办客户经理可以办理")
    if move == "cancel" and not leads and not by.has_role(Role.BRANCH_MANAGER):
        yield Blocker("not_in_charge", "只有本笔主办客户经理或行长可以撤销申请")
    if application.state == State.UNDER_REVIEW and move in _REVIEW and by.pk != application.reviewer_id:
        yield Blocker("not_in_charge", "该申请由其他审查人员办理")
    if application.state == State.IN_APPROVAL and move in _APPROVAL and not by.has_role(Role.APPROVER):
        yield Blocker("not_in_charge", "该申请已进入审批，由有权审批人办理")
