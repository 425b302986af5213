"""Customers, accounts, feed files and signed calls, in a line each."""

import gzip
import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.conf import settings
from rest_framework.test import APIClient

from aladdin import clock, signatures
from crm import customers
from crm.feeds import Loaded, load
from crm.identifiers import credit_check_character, identity_check_character, organisation_check_character
from crm.models import Account, Customer
from organization.models import Staff

FEEDS = "/api/v1/core-banking/feeds"
EVENTS = "/api/v1/core-banking/events"


def identity_no(number: int = 1, *, born: date = date(1980, 5, 17), male: bool = True) -> str:
    """A made-up person's: the unassigned area 999999 belongs to nobody."""
    first = f"999999{born:%Y%m%d}{2 * number + male:03d}"
    return first + identity_check_character(first)


def credit_code(number: int = 1) -> str:
    """A made-up firm's unified social credit code."""
    organisation = f"MA{number:06d}"
    first = f"91999999{organisation}{organisation_check_character(organisation)}"
    return first + credit_check_character(first)


def account_no(number: int = 1) -> str:
    return f"99{number:014d}"


def enter(by: Staff, *, number: int = 1, name: str = "王小明", **fields: Any) -> Customer:
    """A person entered by `by`, who then manages him."""
    customer, _ = customers.enter(
        kind="PERSON",
        name=name,
        identity_no=fields.pop("identity_no", identity_no(number)),
        mobile=fields.pop("mobile", f"138{number:08d}"),
        address=fields.pop("address", "河北省廊坊市广阳区新华路12号"),
        by=by,
    )
    assert not fields, f"unknown: {fields}"
    return customer


# --- Files --------------------------------------------------------------------------------------
def customer_line(number: int = 1, *, rm: Staff | None, branch: str = "1001", **changed: str) -> list[str]:
    values = {
        "cif_no": f"C{number:04d}",
        "kind": "PERSON",
        "name": "王小明",
        "identity_no": identity_no(number),
        "mobile": f"138{number:08d}",
        "address": "河北省廊坊市广阳区新华路12号",
        "birth_on": "",
        "sex": "",
        "branch_code": branch,
        "managing_rm": rm.employee_no if rm else "",
        "opened_on": f"{clock.today() - timedelta(days=30)}",
    }
    return list((values | changed).values())


def account_line(number: int = 1, *, cif: int | None = None, **changed: str) -> list[str]:
    values = {
        "account_no": account_no(number),
        "cif_no": f"C{number if cif is None else cif:04d}",
        "kind": "DEMAND",
        "fee_frequency": "MONTHLY",
        "branch_code": "1001",
        "opened_on": f"{clock.today() - timedelta(days=30)}",
        "balance": "",
        "balance_as_of": "",
        "disponents": "",
    }
    return list((values | changed).values())


def movement_line(
    reference: str, amount: str, *, account: int = 1, balance: str = "1000000.00", **changed: str
) -> list[str]:
    """A credit, or with `-` before the amount a debit, at noon of yesterday."""
    credit = not amount.startswith("-")
    day = f"{clock.today() - timedelta(days=1)}"
    values = {
        "reference": reference,
        "account_no": account_no(account),
        "posted_on": day,
        "occurred_at": f"{day}T12:00:00",
        "direction": "CREDIT" if credit else "DEBIT",
        "amount": amount.removeprefix("-"),
        "balance_after": balance,
        "operation": "TRANSFER_IN" if credit else "TRANSFER_OUT",
        "purpose": "",
        "counterparty_bank": "",
        "counterparty_account": "",
        "counterparty_name": "",
    }
    return list((values | changed).values())


def feed(kind: str, lines: Iterable[Sequence[str] | str], *totals: str, **told: Any) -> bytes:
    """The bytes of a file. Totals are added up from the lines unless given; a text stands for a damaged line."""
    data = [line if isinstance(line, str) else ",".join(["D", *line]) for line in lines]
    header = ",".join(
        ["H", kind, f"{told.get('day') or clock.today()}", told.get("version", "1"), *told.get("names", ())]
    )
    trailer = ",".join(["T", str(told.get("count", len(data))), *(totals or _totals(kind, lines))])
    return "\n".join([header, *data, trailer, ""]).encode(told.get("encoding", "utf-8"))


def _totals(kind: str, lines: Iterable[Sequence[str] | str]) -> list[str]:
    rows = [line for line in lines if not isinstance(line, str)]
    if kind == "accounts":
        return [str(sum(Decimal(row[6] or 0) for row in rows))]
    if kind == "transactions":
        return [str(sum(Decimal(row[5]) for row in rows if row[4] == way)) for way in ("CREDIT", "DEBIT")]
    return []


def open_account(customer_no: int = 1, *, rm: Staff | None, account: int | None = None, **changed: str) -> Account:
    """A customer and an account as the core banking system tells them, loaded from files."""
    number = customer_no if account is None else account
    load(feed("customers", [customer_line(customer_no, rm=rm)]))
    load(feed("accounts", [account_line(number, cif=customer_no, **changed)]))
    return Account.objects.select_related("customer").get(last4=account_no(number)[-4:])


def load_movements(*lines: Sequence[str] | str, **told: Any) -> Loaded:
    return load(feed("transactions", lines, **told))


def packed(content: bytes) -> bytes:
    return gzip.compress(content)


# --- Signed calls -------------------------------------------------------------------------------
def call(path: str, body: bytes, *, signed: dict[str, str] | None = None, name: str = "") -> Any:
    """POST as the core banking system does; `signed` instead of a fresh signature, `name` of the file."""
    key = settings.CORE_BANKING["SIGNING_KEY"]
    headers = (signatures.sign(key, body) if signed is None else signed) | {"X-File-Name": name}
    return APIClient().post(path, body, content_type="application/octet-stream", headers=headers)


def event(kind: str = "withdrawal", amount: str = "100.00", **changed: Any) -> dict[str, Any]:
    """An event about the first account, now."""
    return {
        "event_id": f"e-{uuid4()}",
        "kind": kind,
        "reference": f"R-{uuid4()}"[:40],
        "account_no": account_no(1),
        "occurred_at": clock.now().isoformat(),
        "amount": amount,
        "balance_after": "1000.00",
    } | changed


def tell(told: dict[str, Any]) -> Any:
    return call(EVENTS, json.dumps(told).encode())
