"""Disbursement (放款): the RM asks, an independent officer releases, core banking pays, the account is opened.

A payment is written together with the job that sends it, under a reference for which core banking pays at most
once. What became of it is learnt from the answer, from the core's call, or by asking; never by sending again.
"""

from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction

from aladdin import audit, clock
from aladdin.jobs import later
from aladdin.money import yuan
from aladdin.problems import Conflict, NotFound, NotPermitted
from crm.ownership import shares_on
from loans import accounts, blockers, conditions_precedent, contract, draws, numbers, payment_mode
from loans.blocker import Blocker
from loans.codes import Stage
from loans.decision import support
from loans.gateways.core_banking import Outcome, PaymentResult
from loans.leading import touch
from loans.models import Contract, Draw, LoanAccount, LoanApplication, Payment
from loans.models.application import LoanApplicationQuerySet
from loans.reading import undisturbed
from loans.reasons import RefusalReason, in_words
from loans.review import free_for, investigated_by
from loans.states import State
from loans.transitions import check_move, hold, move, subject_of
from organization.models import Staff
from performance import ledger

P = Payment.State
OPEN = (P.SENT, P.PENDING, P.UNKNOWN)


class PaymentContradicted(Exception):
    """Core banking tells another end of a payment than it told before: a person has to look."""


# --- Asking --------------------------------------------------------------------------------------
@transaction.atomic
def request(application: LoanApplication, *, by: Staff, conditions_met: str = "") -> LoanApplication:
    """The RM asks for the money, saying how the approval's conditions were met: CONTRACTED → DISBURSING. Of a contract
    in parts it is the first draw.

    Raises `transition_blocked` (409) with `condition_unmet`, `approval_expired`, `overdue_at_bank`,
    `entrusted_payment_required`, `payment_split_suspected`, `draw_too_early`, `draw_condition_unmet` and what else is
    missing."""
    held = hold(application.pk)
    check_move(held, "request_disbursement", by)
    if conditions_met:
        conditions_precedent.meet_all(held, evidence=conditions_met, by=by)
    signed: Contract | None = getattr(held, "contract", None)
    draw = draws.next_of(signed)
    with undisturbed():
        found = blockers.of_file(held, "request_disbursement")
        require_none(held, "申请放款", [*found, *against_paying(held, signed, draw, evidence=conditions_met)])
        if draw is not None:
            draws.move(held, draw, "request", by=by, requester=by, evidence=conditions_met)
        move(held, "request_disbursement", by=by, reason=conditions_met[:500])
        support.keep(held, Stage.DISBURSEMENT, by=by)
    return held


def queue(staff: Staff) -> LoanApplicationQuerySet:
    """Cases that wait for this officer: in his scope, no part of his own in them, no payment under way."""
    visible: LoanApplicationQuerySet = LoanApplication.objects.visible_to(staff)
    waiting = visible.filter(free_for(staff), state=State.DISBURSING).exclude(investigated_by(staff))
    mine = waiting.exclude(reviewer=staff).exclude(approval_decisions__by=staff)
    return mine.exclude(payments__state__in=OPEN)


# --- Releasing -----------------------------------------------------------------------------------
@transaction.atomic
def release(application: LoanApplication, *, by: Staff) -> Payment:
    """An officer without any part in the case checks again and releases the money.

    Raises `separation_of_duties` (403), `payment_under_way`, `transition_blocked` (409)."""
    held = hold(application.pk)
    check_move(held, "disburse", by)
    require_independent(held, by)
    require_no_open_payment(held)
    signed: Contract | None = getattr(held, "contract", None)
    draw = draws.in_hand(signed)
    with undisturbed():
        found = [*blockers.of_file(held, "request_disbursement"), *blockers.conditions_are_confirmed(held)]
        evidence = draw.evidence if draw else ""
        require_none(held, "放款", [*found, *against_paying(held, signed, draw, evidence=evidence)])
    if draw is not None:
        draws.move(held, draw, "release", by=by, officer=by)
    payment = order(held, contract.of(held), by, draw)
    touch(held)
    return payment


@transaction.atomic
def refuse(application: LoanApplication, *, by: Staff, reason_code: str, note: str = "") -> LoanApplication:
    """The officer gives the request back: DISBURSING → CONTRACTED.

    Raises `separation_of_duties` (403), `transition_blocked` with `payment_under_way` (409)."""
    held = hold(application.pk)
    check_move(held, "refuse_disbursement", by)
    require_independent(held, by)
    reason = in_words(RefusalReason(reason_code), note)[:500]
    _give_back(held, by, reason, reason_code)
    return move(held, "refuse_disbursement", by=by, reason=reason, reason_code=reason_code)


def lock_of(payment: Payment) -> str:
    """Jobs about one payment run one after the other."""
    return f"payment:{payment.pk}"


def _give_back(held: LoanApplication, by: Staff | None, reason: str, reason_code: str = "") -> None:
    """Where the request was for a draw, the draw may be asked for again."""
    draw = draws.in_hand(Contract.objects.filter(application=held).first())
    if draw is not None:
        draws.move(held, draw, "refuse", by=by, reason=reason, reason_code=reason_code)


# --- Shared with later draws ---------------------------------------------------------------------
def require_independent(held: LoanApplication, by: Staff) -> None:
    """Besides reviewer and approver, nobody who decided on any level may pay out (invariant (b))."""
    if held.approval_decisions.filter(by=by).exists() or held.review_opinions.filter(by=by).exists():
        raise NotPermitted("separation_of_duties", "参与过本笔审查或审批的人员不得办理放款")


def require_no_open_payment(held: LoanApplication) -> None:
    """Raise `payment_under_way` (409): what became of the last one is known first."""
    if held.payments.filter(state__in=OPEN).exists():
        raise Conflict("payment_under_way", "放款支付已发出，请等待核心系统结果")


def require_none(held: LoanApplication, label: str, found: list[Blocker]) -> None:
    """Raise `transition_blocked` (409) with all that stands in the way."""
    if found:
        detail = f"暂不能“{label}”：" + "；".join(each.detail for each in found)
        reasons = [each.as_dict() for each in found]
        raise Conflict("transition_blocked", detail, state=held.state, blockers=reasons)


def against_paying(
    held: LoanApplication, signed: Contract | None, draw: Draw | None, *, evidence: str
) -> Iterable[Blocker]:
    """Whom the money may go to, and whether the draw's time has come. (What may have changed since the approval, the
    hard rules ask.)"""
    if signed is None:
        return
    ordered = draw or signed
    yield from payment_mode.against(held, ordered.amount, ordered.payee_name)
    if draw is not None:
        yield from draws.against(draw, evidence=evidence)


def order(held: LoanApplication, signed: Contract, by: Staff, draw: Draw | None) -> Payment:
    """Write the payment of the contract, or of one draw, with the job that sends it."""
    ordered = draw or signed
    payment = Payment(
        application=held,
        contract=signed,
        draw=draw,
        client_ref=numbers.payment_ref(),
        amount=ordered.amount,
        mode=payment_mode.mode_of(held, ordered.payee_name),
        payee_bank=ordered.payee_bank,
        released_by=by,
    )
    payment.payee_name, payment.payee_account = ordered.payee_name, ordered.payee_account
    payment.save(force_insert=True)
    audit.record(
        by=by, action="loan.release", subject=subject_of(held), payment=payment.client_ref, amount=str(payment.amount)
    )
    later("loans.send_payment", lock=lock_of(payment), payment_id=str(payment.pk))
    return payment


# --- What became of it ---------------------------------------------------------------------------
def settle_by_reference(client_ref: str, result: PaymentResult) -> Payment:
    """As `settle`, for the core's own call. Raises NotFound."""
    payment = Payment.objects.filter(client_ref=client_ref).first()
    if payment is None:
        raise NotFound("没有这笔支付")
    return settle(payment, result)


@transaction.atomic
def settle(payment: Payment, result: PaymentResult) -> Payment:
    """Take in what core banking says; the same said again changes nothing.

    Raises PaymentContradicted where a payment that ended one way is said to have ended the other."""
    held = hold(payment.application_id)  # before the payment: everybody locks in this order
    ours = Payment.objects.select_for_update().get(pk=payment.pk)
    if result.outcome is Outcome.SUCCESS and result.serial_no and not _has_ended(ours, P.SUCCEEDED):
        _succeed(held, ours, result.serial_no)
    elif result.outcome is Outcome.FAILED and not _has_ended(ours, P.FAILED):
        _fail(held, ours, result.reason or "核心系统未说明原因")
    elif result.outcome is Outcome.PENDING and ours.state in OPEN:
        ours.state = P.PENDING
        ours.save(update_fields=["state"])
    # anything else tells nothing: the payment stays as it is, and is asked for again
    return ours


def _has_ended(payment: Payment, as_told: P) -> bool:
    """Whether the payment has ended already, and as told."""
    if payment.state in OPEN:
        return False
    if payment.state != as_told:
        raise PaymentContradicted(f"{payment.client_ref}: {payment.state}, now told {as_told}")
    return True


def _succeed(held: LoanApplication, payment: Payment, serial_no: str) -> None:
    """The money is out: account and schedule, credit to the RMs, the last move, and the first check."""
    payment.state, payment.core_serial_no, payment.settled_at = P.SUCCEEDED, serial_no, clock.now()
    payment.save()
    is_first = held.state == State.DISBURSING
    account = accounts.open_account(payment, clock.today())
    ledger.post(_credits(account, is_loan=is_first))  # before the notices of the move
    reason = f"核心流水号{serial_no}，借据{account.account_no}"
    if payment.draw_id is not None:
        draw = draws.held(held, payment.draw_id)
        draws.move(held, draw, "pay", by=None, reason=reason, is_later=not is_first)
    if is_first:
        move(held, "disburse", by=None, reason=reason, officer=payment.released_by)
    later("postloan.plan_first_check", loan_account_id=str(account.pk))


def _fail(held: LoanApplication, payment: Payment, reason: str) -> None:
    """Nothing was paid: back to CONTRACTED, a later draw to its plan, from where the RM may ask again (then under a
    new reference)."""
    payment.state, payment.failure, payment.settled_at = P.FAILED, reason[:200], clock.now()
    payment.save()
    is_first = held.state == State.DISBURSING
    said = f"支付{yuan(payment.amount)}元失败：{reason}"[:200]
    if payment.draw_id is not None:
        draws.move(held, draws.held(held, payment.draw_id), "fail", by=None, reason=said, is_later=not is_first)
    if is_first:
        move(held, "refuse_disbursement", by=None, reason=said)


def _credits(account: LoanAccount, *, is_loan: bool) -> list[ledger.Entry]:
    """Amount and count, by the shares of the day; to the RM in charge where the customer is in nobody's care. The
    draws of one contract are one loan, counted with the first."""
    day, now = account.disbursed_on, clock.now()
    shares = shares_on([account.customer_id], day).get(account.customer_id, [])
    credited = [(each.staff_id, each.share) for each in shares] or [(account.application.investigator_id, Decimal(1))]
    amounts = [("LOAN_DISBURSED", account.principal), *([("LOAN_COUNT", Decimal(1))] if is_loan else [])]
    return [
        ledger.Entry(
            metric=metric,
            staff_id=staff_id,
            amount=amount,
            business_date=day,
            source=f"loan/{account.pk}",
            occurred_at=now,
            share=share,
            customer_id=account.customer_id,
        )
        for metric, amount in amounts
        for staff_id, share in credited
    ]
