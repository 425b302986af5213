"""The people beside the borrower: entered by investigator A while the file is his, checked like the borrower."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from aladdin import audit, clock, parameters
from aladdin.api.concurrency import check_version
from aladdin.problems import Conflict, NotFound, Problem
from crm.identifiers import InvalidIdentifier, age_on
from crm.identity import checked_identity, checked_mobile
from crm.models import Customer
from loans import gates, hard_rules, intake, investigation, obligors
from loans.codes import MaritalStatus, PartyRole, Relation
from loans.leading import lead_only, touch
from loans.models import LoanApplication, LoanParty
from loans.refusals import refuse, refuse_any
from loans.states import EDITABLE, State
from loans.transitions import advance, hold, subject_of
from organization.models import Staff

ADULT = 18
#: What may be filled in besides the identity number; the sealed ones are written through their descriptors.
FIELDS = frozenset(
    {
        "relation",
        "name",
        "mobile",
        "employer",
        "monthly_income",
        "identity_expires_on",
        "identity_is_long_term",
        "is_obligor",
    }
)
_PAST_ACCEPTANCE = (State.ID_VERIFIED, State.CREDIT_AUTHORIZED, State.INVESTIGATING)


@transaction.atomic
def add(
    application: LoanApplication,
    *,
    by: Staff,
    role: str,
    identity_no: str,
    party_id: UUID | None = None,
    **filled: Any,
) -> tuple[LoanParty, bool]:
    """Enter a person beside the borrower, and whether he is new; a case past acceptance goes back to it, since
    he has yet to be checked.

    `party_id` may be made on the phone: the same entry under it again gives the first. Raises `not_editable`,
    `party_known`, `spouse_entered_already`, `representative_entered_already`, `too_many_parties`, `id_taken` (409),
    `party_is_borrower`, `party_under_age`, `borrower_not_married`, `no_firm_to_represent`, `customer_blacklisted`
    (422), the codes of `crm.identifiers` (400)."""
    held = _open(application, by)
    if party_id and (known := _known(held, party_id, role)):
        return known, False
    if held.parties.standing().count() >= parameters.integer("loan.parties_per_application"):
        raise Conflict("too_many_parties", "该申请的关联人数已达上限")
    party = LoanParty(application=held, role=role, created_by=by)
    if party_id:
        party.id = party_id
    party.give_key()
    _identify(party, identity_no)
    _fill(party, filled)
    _keep_out(party)
    _insert(party)
    _follow_up(held, party, "add", by=by)
    return party, True


def _known(held: LoanApplication, party_id: UUID, role: str) -> LoanParty | None:
    known = LoanParty.objects.filter(pk=party_id).first()
    if known is None:
        return None
    if (known.application_id, known.role) != (held.pk, role) or known.removed_at is not None:
        raise Conflict("id_taken", "该标识已被使用，请重新生成")
    return known


@transaction.atomic
def edit(
    application: LoanApplication, party_id: UUID, *, by: Staff, version: int | None = None, **filled: Any
) -> LoanParty:
    """Change what is given. The identity number is fixed once it was verified or signed for.

    Raises NotFound, `stale` (412), `not_editable`, `party_identity_fixed` (409) and what `add` raises."""
    held = _open(application, by)
    party = _one(held, party_id)
    check_version(party, version)
    number = filled.pop("identity_no", None)
    if number is not None:
        _change_number(party, number)
    _fill(party, filled)
    if number is not None:
        _keep_out(party)
    party.version += 1
    _insert(party)
    _follow_up(held, party, "edit", by=by)
    return party


@transaction.atomic
def remove(application: LoanApplication, party_id: UUID, *, by: Staff) -> None:
    """Take a person out of the file. His row stays with what he signed; he no longer counts. Raises NotFound."""
    held = _open(application, by)
    party = _one(held, party_id)
    party.removed_at, party.removed_by = clock.now(), by
    party.save(update_fields=["removed_at", "removed_by"])
    _follow_up(held, party, "remove", by=by)


# --- The parts of it -----------------------------------------------------------------------------
def _open(application: LoanApplication, by: Staff) -> LoanApplication:
    held = hold(application.pk)
    lead_only(held, "loan.edit", by)
    if held.state not in EDITABLE:
        detail = f"当前状态“{State(held.state).label}”不能变更关联人"
        raise Conflict("not_editable", detail, state=held.state)
    return held


def _one(held: LoanApplication, party_id: UUID) -> LoanParty:
    found = held.parties.standing().filter(pk=party_id).first()
    if found is None:
        raise NotFound("没有找到该关联人")
    return found


def _change_number(party: LoanParty, number: str) -> None:
    if party.identity_checks.filter(passed=True).exists() or party.credit_authorizations.exists():
        raise Conflict("party_identity_fixed", "该关联人已核验身份或签署授权，证件号码不能修改，请移除后重新录入")
    _identify(party, number)


def _identify(party: LoanParty, number: str) -> None:
    """Seal the number, and find out whether he is the bank's customer. Raises what `add` says of persons."""
    try:
        identity = checked_identity("PERSON", number, on=clock.today())
    except InvalidIdentifier as invalid:
        raise _invalid("identity_no", invalid) from invalid
    if identity.index == party.application.customer.identity_index:
        raise refuse("party_is_borrower", "关联人不能是借款人本人", "identity_no")
    party.identify(identity)
    if age_on(party.birth_on, clock.today()) < ADULT:
        raise refuse("party_under_age", "关联人须年满18周岁", "identity_no")
    party.customer = Customer.objects.filter(identity_index=identity.index).first()


def _keep_out(party: LoanParty) -> None:
    """Raise the code of the hard rule that keeps this person out of any file: whoever is on the blacklist."""
    refuse_any(replace(each, field="identity_no") for each in hard_rules.on_person(party.application, party))


def _fill(party: LoanParty, filled: dict[str, Any]) -> None:
    if unknown := filled.keys() - FIELDS:
        raise ValueError(f"not to be filled in: {sorted(unknown)}")
    if "mobile" in filled:
        filled["mobile"] = _normal_mobile(filled["mobile"])
    for name, value in filled.items():
        setattr(party, name, value)
    if party.role == PartyRole.SPOUSE:
        party.relation = Relation.SPOUSE
    if party.role == PartyRole.LEGAL_REPRESENTATIVE:
        _require_firm(party)
        party.relation = Relation.LEGAL_REPRESENTATIVE
    party.is_obligor = _must_answer(party) or filled.get("is_obligor", _answers_unasked(party))
    status = party.application.marital_status
    if party.relation == Relation.SPOUSE and status not in ("", MaritalStatus.MARRIED):
        raise refuse("borrower_not_married", "借款人婚姻状况不是“已婚”，不能录入配偶", "relation")


def _must_answer(party: LoanParty) -> bool:
    """A spouse may only consent, unless the product makes the debt a common one; a firm's representative acts for the
    firm, and guarantees only where he says so."""
    if party.role == PartyRole.LEGAL_REPRESENTATIVE:
        return False
    return party.role != PartyRole.SPOUSE or obligors.asks_for_parties(party.application)


def _answers_unasked(party: LoanParty) -> bool:
    """What is taken where nothing was said, or nothing new."""
    if party.role == PartyRole.LEGAL_REPRESENTATIVE:
        return bool(party.is_obligor)
    return party.is_obligor is not False


def _require_firm(party: LoanParty) -> None:
    if party.application.customer.kind != obligors.FIRM:
        raise refuse("no_firm_to_represent", "个人借款没有法定代表人", "role")


def _normal_mobile(text: str) -> str:
    try:
        return checked_mobile(text)
    except InvalidIdentifier as invalid:
        raise _invalid("mobile", invalid) from invalid


def _invalid(field: str, invalid: InvalidIdentifier) -> Problem:
    return Problem(invalid.code, invalid.message_zh, errors={field: [invalid.message_zh]})


def _insert(party: LoanParty) -> None:
    """The database holds that nobody is entered twice, and that there is one spouse."""
    try:
        with transaction.atomic():
            party.save()
    except IntegrityError as error:
        if "one_spouse" in str(error):
            raise Conflict("spouse_entered_already", "已录入借款人的配偶") from error
        if "one_representative" in str(error):
            raise Conflict("representative_entered_already", "已录入企业的法定代表人") from error
        if "party_entered_once" in str(error):
            raise Conflict("party_known", "该人员已在本申请的关联人中") from error
        raise


def _follow_up(held: LoanApplication, party: LoanParty, verb: str, *, by: Staff) -> None:
    """Audit, undo B's confirmation, and let the case stand where its gates say."""
    audit.record(
        by=by, action=f"loan.{verb}_party", subject=subject_of(held), party=str(party.pk), role=str(party.role)
    )
    investigation.reopen(held)
    if held.state in _PAST_ACCEPTANCE and any(gates.identity(held)):
        intake.fall_back(held, reason=f"{party.title()}须先核验身份")
    elif not advance(held, by=by):
        touch(held)
