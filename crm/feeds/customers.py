"""`customers`: who the bank's customers are, as the core banking system knows them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from aladdin.crypto import blind_index
from crm.batching import batches
from crm.feeds import fields
from crm.feeds.fields import LineRejected
from crm.feeds.kinds import Kind, Merged
from crm.identifiers import InvalidIdentifier
from crm.identity import Identity, checked_identity, checked_mobile
from crm.models import Customer, Ownership
from crm.new_customers import credit_new_customers

CIF_NO = re.compile(r"[A-Za-z0-9-]{1,20}", re.ASCII)
BRANCH_CODE = re.compile(r"[A-Za-z0-9]{1,12}", re.ASCII)
EMPLOYEE_NO = re.compile(r"[A-Za-z0-9]{0,12}", re.ASCII)
_KINDS = frozenset(Customer.Kind.values)
_SEXES = frozenset([*Customer.Sex.values, ""])


@dataclass(frozen=True, slots=True)
class Row:
    """One line, checked."""

    line_no: int
    cif_no: str
    name: str
    identity: Identity
    mobile: str
    address: str
    branch_code: str
    managing_rm: str
    opened_on: date
    digest: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the bank already knows about a line: the branch, the RM, the customer by either number."""

    line_no: int
    branch_id: UUID | None
    staff_id: UUID | None
    customer_id: UUID | None
    customer_kind: str | None
    digest: str | None
    data_key: str | None
    other_id: UUID | None
    other_cif_no: str | None
    other_data_key: str | None
    is_managed: bool


def read(line_no: int, values: Mapping[str, str], business_date: date) -> Row:
    """One customer. Raises LineRejected."""
    kind = fields.choice(values["kind"], "客户类型", _KINDS)
    try:
        identity = checked_identity(kind, fields.text(values["identity_no"], "证件号码", longest=40), on=business_date)
        mobile = checked_mobile(values["mobile"])
    except InvalidIdentifier as invalid:
        raise LineRejected(invalid.code, invalid.message_zh) from invalid
    _check_agreement(identity, values)
    return Row(
        line_no=line_no,
        cif_no=fields.matching(values["cif_no"], "客户号", CIF_NO),
        name=fields.text(values["name"], "名称", longest=100),
        identity=identity,
        mobile=mobile,
        address=fields.text(values["address"], "地址", longest=200, may_be_empty=True),
        branch_code=fields.matching(values["branch_code"], "机构号", BRANCH_CODE),
        managing_rm=_employee_no(values["managing_rm"]),
        opened_on=fields.day_until(values["opened_on"], "开户日期", business_date),
        digest=blind_index("fed_customer", "\x1f".join(values.values())),
    )


def _employee_no(value: str) -> str:
    return fields.matching(value, "客户经理工号", EMPLOYEE_NO) if value else ""


def _check_agreement(identity: Identity, values: Mapping[str, str]) -> None:
    sex = fields.choice(values["sex"], "性别", _SEXES)
    birth_on = fields.day(values["birth_on"], "出生日期") if values["birth_on"] else None
    if (sex and sex != identity.sex) or (birth_on and birth_on != identity.birth_on):
        raise LineRejected("identity_contradicts", "出生日期或性别与证件号码不符")


def merge(rows: Iterable[Row], business_date: date) -> Merged:
    """New customers in, changed ones brought up to date, those who said the same before left."""
    merged = Merged()
    new: list[Customer] = []
    for batch in batches(_first_of_each(rows, merged)):
        new += _merge(batch, business_date, merged)
    credit_new_customers(new)
    return merged


def _merge(batch: Sequence[Row], business_date: date, merged: Merged) -> list[Customer]:
    """One portion; those who are new to the core banking system.

    Whom an RM enters in this very moment is met by the insert, and is a known customer the second time round."""
    new: list[Customer] = []
    waiting = batch
    while waiting:
        with connection.cursor() as cursor:
            known = _known(cursor, waiting)
            writable = [row for row in waiting if _may_be_written(row, known[row.line_no], merged)]
            sealed = [(row, _sealed(row, known[row.line_no])) for row in writable]
            written = _write(cursor, [customer for _, customer in sealed])
        pairs = [(customer, known[row.line_no]) for row, customer in sealed if customer.pk in written]
        waiting = [row for row, customer in sealed if customer.pk not in written]
        merged.loaded += len(pairs)
        _own(pairs, business_date)
        new += [customer for customer, what in pairs if what.customer_id is None]
    return new


def _first_of_each(rows: Iterable[Row], merged: Merged) -> Iterator[Row]:
    """Later lines of the same customer are rejected: which of the two is right nobody can tell."""
    seen: set[str] = set()
    for row in rows:
        if row.cif_no in seen or row.identity.index in seen:
            merged.reject(row.line_no, "repeated_in_file", "同一客户在文件中重复出现")
        else:
            seen |= {row.cif_no, row.identity.index}
            yield row


def _known(cursor: Any, rows: Sequence[Row]) -> dict[int, Known]:
    cursor.execute(_STAGING)
    cursor.execute("TRUNCATE incoming_customer")
    with cursor.copy("COPY incoming_customer FROM STDIN") as copy:
        for row in rows:
            copy.write_row((row.line_no, row.cif_no, row.identity.index, row.branch_code, row.managing_rm))
    cursor.execute(_LOCK)
    cursor.execute(_KNOWN)
    return {known[0]: Known(*known) for known in cursor.fetchall()}


def _may_be_written(row: Row, known: Known, merged: Merged) -> bool:
    """Whether the line is new or changed; counts it or rejects it where it is not."""
    if known.branch_id is None:
        merged.reject(row.line_no, "branch_unknown", "机构号不存在")
    elif row.managing_rm and known.staff_id is None:
        merged.reject(row.line_no, "staff_unknown", "客户经理工号不存在或已离职")
    elif known.other_id and known.other_id != known.customer_id and (known.customer_id or known.other_cif_no):
        merged.reject(row.line_no, "identity_taken", "证件号码已属于另一客户号")
    elif known.customer_kind not in (None, row.identity.kind):
        merged.reject(row.line_no, "kind_differs", "客户类型与已有记录不同")
    elif known.digest == row.digest:
        merged.unchanged += 1
    else:
        return True
    return False


def _sealed(row: Row, known: Known) -> Customer:
    """The customer with the line's values sealed: a new one, or one that is known by either number."""
    assert known.branch_id is not None  # noqa: S101  narrows the type: such lines are rejected before
    customer = Customer(
        cif_no=row.cif_no,
        kind=row.identity.kind,
        branch_id=known.branch_id,
        opened_on=row.opened_on,
        source=Customer.Source.FEED.value,
        fed_digest=row.digest,
    )
    if known_id := known.customer_id or known.other_id:
        customer.id = known_id
        customer.data_key_sealed = known.data_key or known.other_data_key or ""
    else:
        customer.give_key()
    customer.describe(name=row.name, mobile=row.mobile, address=row.address)
    customer.identify(row.identity)
    return customer


def _write(cursor: Any, customers: Sequence[Customer]) -> set[UUID]:
    """Bring the known up to date and insert the new; the ids that were written."""
    if not customers:
        return set()
    cursor.execute(_SEALED_STAGING)
    cursor.execute("TRUNCATE sealed_customer")
    names = [field.attname for field in Customer._meta.concrete_fields]
    with cursor.copy(f"COPY sealed_customer ({', '.join(names)}) FROM STDIN") as copy:
        for customer in customers:
            copy.write_row([getattr(customer, name) for name in names])
    changing = ", ".join(f"{name} = told.{name}" for name in names if name not in _KEPT)
    cursor.execute(_UPDATE.format(changing=changing))
    written = {row[0] for row in cursor.fetchall()}
    cursor.execute(_INSERT.format(names=", ".join(names)))
    return written | {row[0] for row in cursor.fetchall()}


def _own(pairs: Sequence[tuple[Customer, Known]], business_date: date) -> None:
    """The RM whom the line names, for who is in nobody's care: a new customer's from the day he was opened."""
    Ownership.objects.bulk_create(
        [
            Ownership(
                customer=customer,
                staff_id=known.staff_id,
                role=Ownership.Role.MANAGING,
                share=1,
                effective_from=customer.opened_on if known.customer_id is None else business_date,
            )
            for customer, known in pairs
            if known.staff_id and not known.is_managed
        ],
        batch_size=2_000,
    )


_KEPT = {"id", "data_key_sealed", "source", "created_at", "version"}
_STAGING = """
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_customer (
    line_no integer PRIMARY KEY, cif_no text, identity_index text, branch_code text, managing_rm text
) ON COMMIT DELETE ROWS
"""
_SEALED_STAGING = """
CREATE TEMPORARY TABLE IF NOT EXISTS sealed_customer (LIKE crm_customer) ON COMMIT DELETE ROWS
"""
_UPDATE = """
UPDATE crm_customer customer SET {changing}, version = customer.version + 1
FROM sealed_customer told WHERE customer.id = told.id RETURNING customer.id
"""
_INSERT = """
INSERT INTO crm_customer ({names}) SELECT {names} FROM sealed_customer told
WHERE NOT EXISTS (SELECT FROM crm_customer known WHERE known.id = told.id)
ON CONFLICT DO NOTHING RETURNING id
"""
_LOCK = """
SELECT FROM crm_customer WHERE cif_no IN (SELECT cif_no FROM incoming_customer)
    OR identity_index IN (SELECT identity_index FROM incoming_customer)
ORDER BY id FOR NO KEY UPDATE
"""
_KNOWN = """
SELECT told.line_no, branch.id, staff.id,
    customer.id, coalesce(customer.kind, other.kind), customer.fed_digest, customer.data_key_sealed,
    other.id, other.cif_no, other.data_key_sealed,
    EXISTS (
        SELECT FROM crm_ownership ownership
        WHERE ownership.customer_id = coalesce(customer.id, other.id) AND ownership.effective_to IS NULL
    )
FROM incoming_customer told
LEFT JOIN organization_branch branch ON branch.code = told.branch_code
LEFT JOIN organization_staff staff ON staff.employee_no = told.managing_rm AND staff.is_active
LEFT JOIN crm_customer customer ON customer.cif_no = told.cif_no
LEFT JOIN crm_customer other ON other.identity_index = told.identity_index
"""

KIND = Kind(
    name="customers",
    label="客户",
    version="1",
    columns=(
        "cif_no",
        "kind",
        "name",
        "identity_no",
        "mobile",
        "address",
        "birth_on",
        "sex",
        "branch_code",
        "managing_rm",
        "opened_on",
    ),
    read=read,
    merge=merge,
)
