"""The schedule of a loan account: opened with the money, and followed by a version of its own for every change.

No line is ever rewritten: a version replaces what was still to come by lines of its own, and says from which day, at
which rate and why.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from aladdin import clock, parameters
from aladdin.calendar import add_months
from loans.models import Contract, LoanAccount, ProductFee, RepaymentAgreement, RepaymentInstalment, ScheduleVersion
from loans.repayment import Instalment, Method, Running, still_to_come
from loans.terms import of_contract
from organization.models import Staff

Cause = ScheduleVersion.Cause
_COPIED = (
    "day_count",
    "holidays",
    "interest_follows",
    "remainder",
    "groups",
    "interest_between",
    "repricing",
    "prepayment_free_after_months",
)


# --- Opening -------------------------------------------------------------------------------------
def open_schedule(account: LoanAccount) -> ScheduleVersion:
    """What was agreed, the first version, and its lines, which begin on the day of disbursement."""
    contract = account.contract
    _agree(account, contract)
    terms = replace(of_contract(contract), amount=account.principal, term_months=account.term_months)
    lines = terms.schedule(account.disbursed_on)
    first = ScheduleVersion.objects.create(
        account=account,
        version=1,
        cause=Cause.OPENING,
        effective_from=account.disbursed_on,
        rate=account.rate,
        method=account.repayment_method,
        principal=account.principal,
        first_number=1,
        flat_base=account.principal if account.repayment_method == Method.FLAT_INTEREST else None,
        matures_on=lines[-1].due_on,
    )
    _write(first, lines)
    return first


def _agree(account: LoanAccount, contract: Contract) -> RepaymentAgreement:
    """The account's own copy, with the parameters of the day on which the contract was signed."""
    version = contract.application.product_version
    rule, signed_on = version.repayment, clock.business_date(contract.signed_at or clock.now())
    grace = parameters.integer("loan.grace_days", signed_on) if rule.grace_days is None else rule.grace_days
    fee = version.fees.filter(when=ProductFee.When.PREPAYMENT, basis=ProductFee.Basis.PERCENT).order_by("id").first()
    agreement = RepaymentAgreement(
        account=account,
        repayment_day=contract.repayment_day,
        payment_months=contract.payment_months,
        grace_days=grace,
        lpr_tenor=version.lpr_tenor,
        spread_bp=contract.spread_bp,
        overdue_surcharge=parameters.decimal("loan.overdue_surcharge", signed_on),
        misuse_surcharge=parameters.decimal("loan.misuse_surcharge", signed_on),
        prepayment_fee_percent=fee.value if fee else Decimal(0),
        **{name: getattr(rule, name) for name in _COPIED},
    )
    if contract.spread_bp is None:
        agreement.repricing = agreement.Repricing.FIXED
    agreement.next_repricing_on = repricing_after(agreement, account.disbursed_on)
    agreement.save(force_insert=True)
    return agreement


def repricing_after(agreement: RepaymentAgreement, on: date) -> date | None:
    """The next day after `on` on which the rate follows the LPR; None where it is fixed, or the loan ends before."""
    account = agreement.account
    if agreement.repricing == agreement.Repricing.JANUARY:
        following = date(on.year + 1, 1, 1)
    elif agreement.repricing == agreement.Repricing.ANNIVERSARY:
        years = on.year - account.disbursed_on.year
        following = add_months(account.disbursed_on, 12 * years)
        if following <= on:
            following = add_months(account.disbursed_on, 12 * (years + 1))
    else:
        return None
    return following if following < account.matures_on else None


# --- Changing ------------------------------------------------------------------------------------
def running(account: LoanAccount, on: date) -> Running | None:
    """What is still to come on a day, as the version in force has it; None where nothing is."""
    agreement = account.agreement.in_figures()
    lines = still_to_come(agreement, in_figures(account.instalments.current()), on)
    if not lines:
        return None
    version = latest(account)
    in_first_period = lines[0].number == version.first_number
    return Running(
        agreement=agreement,
        lines=lines,
        rate=version.rate,
        since=version.since if in_first_period else None,
        carried=version.carried if in_first_period else Decimal(0),
        flat_base=version.flat_base,
    )


def latest(account: LoanAccount) -> ScheduleVersion:
    """The version in force."""
    return account.schedules.latest("version")


def follow(
    account: LoanAccount,
    before: Running,
    after: Running | None,
    *,
    cause: str,
    on: date,
    by: Staff | None = None,
    lpr: Decimal | None = None,
    note: str = "",
) -> ScheduleVersion:
    """Write the next version from a day on: what was to come `before` gives way to what comes `after`, if anything.

    The account takes rate and maturity from it."""
    earlier = latest(account)
    first = before.lines[0].number
    lines = list(after.lines) if after else []
    version = ScheduleVersion.objects.create(
        account=account,
        version=earlier.version + 1,
        cause=cause,
        effective_from=on,
        rate=after.rate if after else before.rate,
        lpr=lpr,
        method=account.repayment_method,
        principal=after.balance if after else Decimal(0),
        first_number=first,
        since=after.since if after else None,
        carried=after.carried if after else Decimal(0),
        flat_base=after.flat_base if after else None,
        matures_on=lines[-1].due_on if lines else on,
        note=note[:200],
        created_by=by,
    )
    account.instalments.current().filter(number__gte=first).update(superseded_by=version)
    _write(version, lines)
    account.rate = version.rate
    account.matures_on = max(version.matures_on, account.disbursed_on + timedelta(days=1))
    return version


def _write(version: ScheduleVersion, lines: Iterable[Instalment]) -> None:
    RepaymentInstalment.objects.bulk_create(
        [
            RepaymentInstalment(
                account=version.account,
                schedule=version,
                number=line.number,
                due_on=line.due_on,
                principal=line.principal,
                interest=line.interest,
            )
            for line in lines
        ]
    )


def in_figures(lines: Iterable[RepaymentInstalment]) -> list[Instalment]:
    """Lines of one schedule as the arithmetic takes them."""
    rows = list(lines)
    left = sum((row.principal for row in rows), Decimal(0))
    found = []
    for row in rows:
        left -= row.principal
        found.append(Instalment(row.number, row.due_on, row.principal, row.interest, left))
    return found


# --- Looking back --------------------------------------------------------------------------------
def lines_of(account: LoanAccount, version: int | None = None) -> list[RepaymentInstalment]:
    """The schedule that rules, or as a version had it: its own lines, and before them what earlier ones had left."""
    if version is None:
        return list(account.instalments.current())
    known = list(account.schedules.filter(version__lte=version).order_by("version"))
    found: dict[int, RepaymentInstalment] = {}
    for each in known:
        found = {number: line for number, line in found.items() if number < each.first_number}
        found |= {line.number: line for line in each.lines.all()}
    return [found[number] for number in sorted(found)]
