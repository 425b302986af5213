"""Paying early: what it would take, the wish for it, and its execution when core banking says that the money came."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.calendar import add_months
from aladdin.money import yuan
from aladdin.problems import Conflict, NotFound
from loans import accounts, numbers, schedules
from loans.models import LoanAccount, Prepayment, Repayment, ScheduleVersion
from loans.refusals import refuse
from loans.repayment import CAN_SHORTEN, Prepaid, Running, Way, prepay
from organization.access import require
from organization.models import Staff

State = Prepayment.State
Cause = ScheduleVersion.Cause
_LAPSES_AFTER = timedelta(days=3)


# --- What it would take --------------------------------------------------------------------------
def simulate(account: LoanAccount, *, way: str, amount: Decimal | None, on: date) -> tuple[Running, Prepaid]:
    """What is to come on that day, all that is due before being paid, and what paying early would make of it.

    Raises `loan_ended`, `nothing_to_prepay` (409), `prepayment_date_unfit`, `prepayment_amount_unfit`,
    `method_cannot_be_shortened` (422)."""
    if account.status in (LoanAccount.Status.SETTLED, LoanAccount.Status.WRITTEN_OFF):
        raise Conflict("loan_ended", "该借据已结清或核销", state=account.status)
    _require_day(on)
    before = schedules.running(account, on)
    if before is None:
        raise Conflict("nothing_to_prepay", "该日之后已无未到期的还款")
    _require_fit(before, way, amount)
    percent = fee_percent(account, on)
    return before, prepay(before, way=Way(way), amount=amount or Decimal(0), on=on, fee_percent=percent)


def fee_percent(account: LoanAccount, on: date) -> Decimal:
    """The contract's fee on a day, in percent of what is paid early: none once the loan has run long enough."""
    agreement = account.agreement
    free_after = agreement.prepayment_free_after_months
    if free_after is not None and on >= add_months(account.disbursed_on, free_after):
        return Decimal(0)
    return agreement.prepayment_fee_percent


def _require_day(on: date) -> None:
    today = clock.today()
    latest = today + timedelta(days=parameters.integer("loan.prepayment_ahead_days"))
    if not today <= on <= latest:
        raise refuse("prepayment_date_unfit", f"提前还款日须在今日至{latest:%Y-%m-%d}之间", "on")


def _require_fit(before: Running, way: str, amount: Decimal | None) -> None:
    if way == Way.WHOLE:
        return
    if amount is None or not 0 < amount < before.balance:
        detail = f"部分提前还款金额须大于零且小于未到期本金{yuan(before.balance)}元"
        raise refuse("prepayment_amount_unfit", detail, "amount")
    if way == Way.SHORTEN and before.agreement.method not in CAN_SHORTEN:
        raise refuse("method_cannot_be_shortened", "该还款方式只能减少每期还款，不能缩短期限", "way")


# --- The wish ------------------------------------------------------------------------------------
@transaction.atomic
def request(
    account: LoanAccount, *, way: str, amount: Decimal | None, on: date, by: Staff, asked_by: str = "RM", note: str = ""
) -> Prepayment:
    """Put the wish on record, as quoted for its day. Raises what `simulate` raises, and `loan_overdue`,
    `prepayment_pending` (409)."""
    require(by, "loan.prepay")
    held = accounts.hold(account.pk)
    if held.instalments.current().filter(due_on__lt=clock.today(), paid_on__isnull=True).exists():
        raise Conflict("loan_overdue", "该借据有逾期未还的本息，请先还清")
    if held.prepayments.filter(state=State.REQUESTED).exists():
        raise Conflict("prepayment_pending", "该借据已有待执行的提前还款申请")
    _, quoted = simulate(held, way=way, amount=amount, on=on)
    wish = Prepayment.objects.create(
        account=held,
        request_no=numbers.prepayment_no(),
        way=way,
        on=on,
        principal=quoted.principal,
        interest=quoted.interest,
        fee=quoted.fee,
        asked_by=asked_by,
        requested_by=by,
        note=note,
    )
    audit.record(
        by=by, action="loan.request_prepayment", subject=f"loan-account/{held.pk}", way=way, total=str(quoted.total)
    )
    return wish


@transaction.atomic
def cancel(account: LoanAccount, prepayment_id: UUID, *, by: Staff) -> Prepayment:
    """The customer thought better of it. Raises NotFound, `prepayment_closed` (409)."""
    require(by, "loan.prepay")
    wish = account.prepayments.select_for_update().filter(pk=prepayment_id).first()
    if wish is None:
        raise NotFound("没有找到该提前还款申请")
    if wish.state != State.REQUESTED:
        raise Conflict("prepayment_closed", f"该申请{wish.get_state_display()}，不能取消", state=wish.state)
    _close(wish, State.CANCELLED)
    audit.record(by=by, action="loan.cancel_prepayment", subject=f"loan-account/{account.pk}", request=wish.request_no)
    return wish


def lapse() -> int:
    """Close wishes for which no money came; their number."""
    over = clock.today() - _LAPSES_AFTER
    past = Prepayment.objects.filter(state=State.REQUESTED, on__lt=over)
    return sum(_lapse(pk) for pk in list(past.values_list("pk", flat=True)))


@transaction.atomic
def _lapse(prepayment_id: UUID) -> bool:
    wish = Prepayment.objects.select_for_update().get(pk=prepayment_id)
    if wish.state != State.REQUESTED:
        return False
    _close(wish, State.LAPSED)
    return True


def _close(wish: Prepayment, state: str) -> None:
    wish.state, wish.closed_at = state, clock.now()
    wish.version += 1
    wish.save(update_fields=["state", "closed_at", "version"])


# --- Execution -----------------------------------------------------------------------------------
def execute(account: LoanAccount, row: Repayment, *, way: str = "") -> None:
    """The money of an early payment came: the next version of the schedule, and the wish is fulfilled.

    The core's figures rule: the principal is what it took. Where nobody here had asked, `way` says what becomes of the
    rest, else the term stays. The account is locked and saved by the caller. Raises `prepayment_unfit` (409)."""
    before = schedules.running(account, row.paid_on)
    principal = row.principal if row.principal is not None else row.amount
    if before is None or not 0 < principal <= before.balance:
        raise Conflict("prepayment_unfit", "提前还本金额与未到期本金不符，请核对后重发")
    wish = account.prepayments.filter(state=State.REQUESTED).first()
    said = Way(wish.way if wish else way or Way.LOWER)
    if principal == before.balance:
        said = Way.WHOLE
    elif said is Way.WHOLE or (said is Way.SHORTEN and before.agreement.method not in CAN_SHORTEN):
        said = Way.LOWER
    after = prepay(before, way=said, amount=principal, on=row.paid_on).after
    version = schedules.follow(
        account, before, after, cause=Cause.PREPAYMENT, on=row.paid_on, note=f"{said.value}，还本{yuan(principal)}元"
    )
    row.schedule = version
    if wish is not None:
        row.prepayment = wish
        _close(wish, State.EXECUTED)


def undo(account: LoanAccount, row: Repayment, on: date) -> None:
    """The money of an early payment was taken back: what was to come before is to come again, as a version of its own.

    Raises `prepayment_built_upon` (409): the schedule was changed again since, a person has to look."""
    made = row.schedule
    if made is None or schedules.latest(account).pk != made.pk:
        raise Conflict("prepayment_built_upon", "提前还款之后还款计划又有变更，请人工处理")
    earlier = account.schedules.get(version=made.version - 1)
    lines = list(made.superseded_lines.order_by("number"))
    in_first_period = earlier.first_number == made.first_number
    before = Running(
        agreement=account.agreement.in_figures(),
        lines=schedules.in_figures(lines),
        rate=earlier.rate,
        since=earlier.since if in_first_period else None,
        carried=earlier.carried if in_first_period else Decimal(0),
        flat_base=earlier.flat_base,
    )
    schedules.follow(account, before, before, cause=Cause.REVERSAL, on=on, note=f"冲正{row.reference}")
