"""Entering a customer and keeping the entry right, as an RM does."""

from uuid import UUID

from django.db import IntegrityError, transaction

from aladdin import audit, clock
from aladdin.api.concurrency import check_version
from aladdin.problems import Conflict, NotFound, Problem
from crm import ownership
from crm.identifiers import InvalidIdentifier
from crm.identity import Identity, checked_identity, checked_mobile, identity_index
from crm.models import Customer
from organization import access
from organization.models import Staff


@transaction.atomic
def enter(
    *,
    kind: str,
    name: str,
    identity_no: str,
    mobile: str = "",
    address: str = "",
    by: Staff,
    customer_id: UUID | None = None,
) -> tuple[Customer, bool]:
    """Enter a customer whom `by` then manages; the customer and whether he is new.

    `customer_id` may be made on the phone: the same entry sent again under it gives the first. Raises the codes
    of `crm/identifiers.py` on their fields, `customer_known` (says only the unit), `id_taken`."""
    access.require(by, "customer.create")
    identity, number = _checked(kind, identity_no, mobile)
    if customer_id and (entered := _entered_before(customer_id, identity, by)):
        return entered, False
    _refuse_known(identity)
    customer = Customer(kind=kind, branch_id=by.branch_id, opened_on=clock.today(), source=Customer.Source.RM)
    if customer_id:
        customer.id = customer_id
    customer.give_key()
    customer.describe(name=name, mobile=number, address=address)
    customer.identify(identity)
    _insert(customer, identity)
    ownership.take(customer, by)
    audit.record(by=by, action="enter_customer", subject=f"customer/{customer.pk}")
    return customer, True


@transaction.atomic
def edit(
    customer_id: UUID,
    *,
    by: Staff,
    version: int | None = None,
    name: str | None = None,
    mobile: str | None = None,
    address: str | None = None,
) -> Customer:
    """Change what is given. Raises NotFound outside the person's scope, Stale, and `mobile_format`."""
    access.require(by, "customer.edit")
    customer = Customer.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=customer_id).first()
    if customer is None:
        raise NotFound
    check_version(customer, version)
    customer.describe(name=name, mobile=None if mobile is None else _normal_mobile(mobile), address=address)
    customer.version += 1
    customer.save()
    given = {"name": name, "mobile": mobile, "address": address}
    changed = [field for field, value in given.items() if value is not None]
    audit.record(by=by, action="edit_customer", subject=f"customer/{customer.pk}", fields=changed)
    return customer


def _normal_mobile(text: str) -> str:
    try:
        return checked_mobile(text)
    except InvalidIdentifier as invalid:
        raise _invalid({"mobile": invalid}) from invalid


def _checked(kind: str, identity_no: str, mobile: str) -> tuple[Identity, str]:
    """Both numbers in normal form; everything that is wrong is said at once."""
    wrong: dict[str, InvalidIdentifier] = {}
    identity, number = None, ""
    try:
        identity = checked_identity(kind, identity_no, on=clock.today())
    except InvalidIdentifier as invalid:
        wrong["identity_no"] = invalid
    try:
        number = checked_mobile(mobile)
    except InvalidIdentifier as invalid:
        wrong["mobile"] = invalid
    if identity is None or wrong:
        raise _invalid(wrong)
    return identity, number


def _invalid(wrong: dict[str, InvalidIdentifier]) -> Problem:
    """The first fault is the problem's, each is on its field."""
    first = next(iter(wrong.values()))
    return Problem(
        first.code, first.message_zh, errors={field: [invalid.message_zh] for field, invalid in wrong.items()}
    )


def _entered_before(customer_id: UUID, identity: Identity, by: Staff) -> Customer | None:
    """The person's own entry under this id; somebody else's, or another customer's, is a conflict."""
    known = Customer.objects.filter(pk=customer_id).first()
    if known is None:
        return None
    if known.identity_index != identity.index or not Customer.objects.visible_to(by).filter(pk=known.pk).exists():
        raise Conflict("id_taken", "该编号已被使用，请重新提交")
    return known


def _refuse_known(identity: Identity) -> None:
    """Who is known is not shown: only which unit keeps him."""
    known = Customer.objects.select_related("branch").filter(identity_index=identity.index).first()
    if known is not None:
        raise Conflict("customer_known", f"该客户已建档，归属{known.branch.name}", unit=known.branch.name)


def known_to(identity_no: str, *, by: Staff) -> Customer | None:
    """The customer with this number among those whom the person may see."""
    try:
        index = identity_index(checked_identity("PERSON", identity_no, on=clock.today()).number)
    except InvalidIdentifier:
        return None
    found: Customer | None = Customer.objects.visible_to(by).filter(identity_index=index).first()
    return found


def _insert(customer: Customer, identity: Identity) -> None:
    """The index decides between two who enter the same customer at once."""
    try:
        with transaction.atomic():
            customer.save(force_insert=True)
    except IntegrityError:
        _refuse_known(identity)
        raise
