"""Showing the statement of all-in financing cost, and the customer's confirmation before any contract.

What was shown, when, for how long it was read and who signed stays as a row; the contract is possible only on the
terms that were shown (金规〔2026〕2号, from 2026-08-01). On site the customer signs; online he has to read for a while,
by the server's clock and not by what a phone says, and confirms with a code sent to him.
"""

from dataclasses import asdict, dataclass

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.problems import Conflict, NotFound
from loans import one_time_codes, statement
from loans.leading import lead_only, touch
from loans.models import CostDisclosure, LoanApplication, OneTimeCode
from loans.refusals import refuse
from loans.signing import Signature, affix
from loans.states import State
from loans.terms import Choice, LoanTerms, chosen
from loans.transitions import hold, subject_of
from organization.models import Staff

_CODE = OneTimeCode.Purpose.CONFIRM_COST
_SHOWN_IN = (State.APPROVED, State.CONTRACTING)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """That the customer read the table with this digest, and signed on site or with a code of his own."""

    sha256: str
    signature: Signature


@transaction.atomic
def show(application: LoanApplication, choice: Choice, *, by: Staff) -> CostDisclosure:
    """The statement for the terms the customer wants, recorded as shown. The same one shown again is one row, whose
    reading begins anew until it is confirmed.

    Raises `not_in_charge` (403), `not_approved` (409), `terms_exceed_approval` (422)."""
    held = hold(application.pk)
    lead_only(held, "loan.disclose_cost", by)
    _require_approved(held)
    terms = chosen(held, choice)
    found = statement.of(held, terms, clock.today())
    shown = held.cost_disclosures.filter(sha256=found.sha256).order_by("shown_at").first()
    if shown is None:
        return _record(held, terms, found, by)
    if shown.confirmed_at is None:
        shown.shown_at = clock.now()
        shown.save(update_fields=["shown_at"])
        audit.record(by=by, action="loan.show_cost", subject=subject_of(held), sha256=found.sha256)
    return shown


@transaction.atomic
def confirm(application: LoanApplication, reading: Reading, *, by: Staff) -> CostDisclosure:
    """The customer has read and signs. Confirming again what is confirmed changes nothing.

    Raises `not_in_charge` (403), `not_approved` (409), `disclosure_not_shown` (409), `read_too_briefly` (422: online,
    less time has passed since it was shown than reading takes)."""
    held = hold(application.pk)
    lead_only(held, "loan.disclose_cost", by)
    return confirm_held(held, reading, by=by)


def confirm_held(held: LoanApplication, reading: Reading, *, by: Staff | None) -> CostDisclosure:
    """The confirmation itself, of a case that is held: `by` the RM in charge, or None for the customer behind his
    link. Raises what `confirm` raises of the case."""
    _require_approved(held)
    shown = _shown(held, reading.sha256)
    if shown.confirmed_at is None:
        _confirm(shown, held, reading, by)
    return shown


def send_code(application: LoanApplication, sha256: str, *, by: Staff, ip: str | None) -> int:
    """Send the customer the code to confirm online with; how many seconds until the next.

    Raises `not_in_charge` (403), `not_approved`, `disclosure_not_shown` (409), `mobile_missing` (422),
    TooMany (429)."""
    lead_only(application, "loan.disclose_cost", by)
    return send_code_to(application, sha256, ip=ip)


def send_code_to(application: LoanApplication, sha256: str, *, ip: str | None) -> int:
    """Send it, whoever asks. Raises what `send_code` raises of the case."""
    _require_approved(application)
    shown = _shown(application, sha256)
    mobile = application.customer.mobile
    if not mobile:
        raise refuse("mobile_missing", "客户没有登记手机号，请现场签字确认", "code")
    return one_time_codes.send(_CODE, subject=subject_of_code(shown), mobile=mobile, ip=ip)


def redeem_code(application: LoanApplication, sha256: str, code: str, *, by: Staff, ip: str | None) -> OneTimeCode:
    """The code as evidence. Raises what `send_code` does, `read_too_briefly` (422: the code stays good), and
    CodeRefused."""
    lead_only(application, "loan.disclose_cost", by)
    return redeem_code_of(application, sha256, code, ip=ip)


def redeem_code_of(application: LoanApplication, sha256: str, code: str, *, ip: str | None) -> OneTimeCode:
    """Redeem it, whoever asks. Raises what `redeem_code` raises of the case."""
    _require_approved(application)
    shown = _shown(application, sha256)
    _require_read(shown)
    mobile = application.customer.mobile
    return one_time_codes.redeem(_CODE, subject=subject_of_code(shown), mobile=mobile, code=code, ip=ip)


def subject_of_code(shown: CostDisclosure) -> str:
    """What a code confirms: this statement, and no other."""
    return f"cost-disclosure/{shown.pk}"


def _shown(held: LoanApplication, sha256: str) -> CostDisclosure:
    shown = held.cost_disclosures.filter(sha256=sha256).order_by("shown_at").first()
    if shown is None:
        raise Conflict("disclosure_not_shown", "该版本的综合融资成本明示表尚未向客户展示，请重新展示")
    return shown


def _seconds_read(shown: CostDisclosure) -> int:
    return max(0, int((clock.now() - shown.shown_at).total_seconds()))


def _require_read(shown: CostDisclosure) -> None:
    least = parameters.integer("loan.disclosure_read_seconds")
    if shown.confirmed_at is None and _seconds_read(shown) < least:
        left = least - _seconds_read(shown)
        raise refuse("read_too_briefly", f"客户须完整阅读明示表，至少{least}秒，还需{left}秒", "read_seconds")


def newest(application: LoanApplication) -> CostDisclosure | None:
    """The statement that the RM showed last: what the customer finds behind his link."""
    return application.cost_disclosures.order_by("-shown_at").first()


def opened(shown: CostDisclosure) -> None:
    """The customer has it before him from now on: his reading begins."""
    if shown.confirmed_at is None:
        shown.shown_at = clock.now()
        shown.save(update_fields=["shown_at"])


def latest(application: LoanApplication) -> CostDisclosure:
    """The confirmed statement, or the one shown last. Raises NotFound."""
    rows = application.cost_disclosures
    found = rows.filter(confirmed_at__isnull=False).order_by("-confirmed_at").first()
    found = found or rows.order_by("-shown_at").first()
    if found is None:
        raise NotFound("尚未展示综合融资成本明示表")
    return found


def confirmed_on(application: LoanApplication, terms: LoanTerms) -> CostDisclosure:
    """The customer's confirmation of exactly these terms.

    Raises `cost_disclosure_missing`, `disclosure_outdated` (409: other terms were shown)."""
    confirmed = application.cost_disclosures.filter(confirmed_at__isnull=False).order_by("-confirmed_at")
    for row in confirmed:
        day = clock.business_date(row.shown_at)
        if statement.of(application, terms, day).sha256 == row.sha256:
            return row
    if confirmed:
        raise Conflict("disclosure_outdated", "合同条件与客户确认的综合融资成本明示表不一致，请重新明示")
    raise Conflict("cost_disclosure_missing", "客户尚未确认综合融资成本明示表")


def _require_approved(application: LoanApplication) -> None:
    if application.state not in _SHOWN_IN:
        label = State(application.state).label
        raise Conflict("not_approved", f"当前状态“{label}”不能明示综合融资成本", state=application.state)


def _record(held: LoanApplication, terms: LoanTerms, found: statement.Statement, by: Staff) -> CostDisclosure:
    row = CostDisclosure.objects.create(
        application=held,
        table_version=statement.TABLE_VERSION,
        terms=statement.written(terms),
        items=[asdict(each) for each in found.items],
        contingent_items=[asdict(each) for each in found.contingent_items],
        annualised_cost=found.annualised_cost,
        sha256=found.sha256,
        shown_by=by,
    )
    audit.record(by=by, action="loan.show_cost", subject=subject_of(held), sha256=found.sha256)
    return row


def _confirm(shown: CostDisclosure, held: LoanApplication, reading: Reading, by: Staff | None) -> None:
    is_online = reading.signature.code is not None
    if is_online:
        _require_read(shown)
    affix(shown, reading.signature, application=held)
    shown.way = CostDisclosure.Way.ONLINE if is_online else CostDisclosure.Way.ON_SITE
    shown.read_seconds, shown.confirmed_at = _seconds_read(shown), clock.now()
    shown.save()
    touch(held)
    audit.record(by=by, action="loan.confirm_cost", subject=subject_of(held), sha256=shown.sha256, way=shown.way)
