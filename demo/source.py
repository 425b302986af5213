"""The replay's source: the Czech bank of the PKDD'99 Discovery Challenge, read from `demo/data`.

Dates come back moved forward by a fixed number of weeks, so that weekdays keep and the last event lies in the recent
past. Dates of birth stand five years earlier besides: the youngest borrower of the source is 13, and a minor may not
borrow under Chinese law.
"""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
WEEKS_FORWARD = 1458
WEEKS_OF_BIRTH_BACK = 261


@dataclass(frozen=True)
class District:
    """One of the 77 districts: becomes a sub-branch."""

    number: int
    name: str
    region: str


@dataclass(frozen=True)
class Client:
    """A client with date of birth and sex, as the birth number says them."""

    number: int
    birth_on: date
    sex: str
    district: int


@dataclass(frozen=True)
class Account:
    """An account; fee_frequency is MONTHLY, WEEKLY or PER_TRANSACTION."""

    number: int
    district: int
    fee_frequency: str
    opened_on: date


@dataclass(frozen=True)
class Disposition:
    """Who may use an account: OWNER or DISPONENT."""

    client: int
    account: int
    kind: str


@dataclass(frozen=True)
class Transaction:
    """One booking; direction CREDIT or DEBIT, amount and balance in yuan."""

    number: int
    account: int
    posted_on: date
    direction: str
    operation: str
    purpose: str
    amount: Decimal
    balance: Decimal
    counterparty: str


@dataclass(frozen=True)
class Loan:
    """A loan with its known end: A finished, B finished unpaid, C running well, D running in debt."""

    number: int
    account: int
    granted_on: date
    amount: Decimal
    months: int
    payment: Decimal
    status: str


#: Control totals of the source, as its description gives them (computed there in decimal arithmetic).
CONTROL: dict[str, int | Decimal] = {
    "accounts": 4_500,
    "accounts.MONTHLY": 4_167,
    "accounts.WEEKLY": 240,
    "accounts.PER_TRANSACTION": 93,
    "owners": 4_500,
    "disponents": 869,
    "transactions": 46_997,
    "transactions.accounts": 1_229,
    "credits": 21_821,
    "credits.amount": Decimal("176961254.80"),
    "debits": 25_176,
    "debits.amount": Decimal("137664492.00"),
    "loans": 682,
    "loans.amount": Decimal(103_261_740),
    "loans.A": 203,
    "loans.B": 31,
    "loans.C": 403,
    "loans.D": 45,
}

_FEES = {"POPLATEK MESICNE": "MONTHLY", "POPLATEK TYDNE": "WEEKLY", "POPLATEK PO OBRATU": "PER_TRANSACTION"}
_OPERATIONS = {
    "VKLAD": "CASH_DEPOSIT",
    "VYBER": "CASH_WITHDRAWAL",
    "PREVOD NA UCET": "TRANSFER_OUT",
    "PREVOD Z UCTU": "TRANSFER_IN",
    "VYBER KARTOU": "CARD_WITHDRAWAL",
    "": "BOOKING",
}
_PURPOSES = {
    "UROK": "INTEREST",
    "SANKC. UROK": "PENALTY_INTEREST",
    "SLUZBY": "FEE",
    "POJISTNE": "INSURANCE",
    "SIPO": "HOUSEHOLD",
    "DUCHOD": "PENSION",
    "UVER": "LOAN_PAYMENT",
    "": "",
}


def _rows(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(DATA / f"{name}.asc.gz", "rt", encoding="ascii", newline="") as lines:
        yield from csv.DictReader(lines, delimiter=";")


def _day(text: str) -> date:
    return date(1900 + int(text[:2]), int(text[2:4]), int(text[4:6]))


def moved(day: date) -> date:
    """A date of the source on the calendar of the replay."""
    return day + timedelta(weeks=WEEKS_FORWARD)


def _born(birth_number: str) -> tuple[date, str]:
    month = int(birth_number[2:4])
    sex, month = ("F", month - 50) if month > 50 else ("M", month)
    born = date(1900 + int(birth_number[:2]), month, int(birth_number[4:]))
    return moved(born) - timedelta(weeks=WEEKS_OF_BIRTH_BACK), sex


@cache
def districts() -> dict[int, District]:
    return {int(row["A1"]): District(int(row["A1"]), row["A2"], row["A3"]) for row in _rows("district")}


@cache
def clients() -> dict[int, Client]:
    return {
        (number := int(row["client_id"])): Client(number, *_born(row["birth_number"]), int(row["district_id"]))
        for row in _rows("client")
    }


@cache
def accounts() -> dict[int, Account]:
    return {
        (number := int(row["account_id"])): Account(
            number, int(row["district_id"]), _FEES[row["frequency"]], moved(_day(row["date"]))
        )
        for row in _rows("account")
    }


@cache
def dispositions() -> list[Disposition]:
    return [Disposition(int(row["client_id"]), int(row["account_id"]), row["type"]) for row in _rows("disp")]


@cache
def owner_of() -> dict[int, int]:
    """account → the client who owns it."""
    return {held.account: held.client for held in dispositions() if held.kind == "OWNER"}


@cache
def transactions() -> list[Transaction]:
    """In the order of the source's dates; withdrawals typed `VYBER` are debits too."""
    return sorted(
        (
            Transaction(
                int(row["trans_id"]),
                int(row["account_id"]),
                moved(_day(row["date"])),
                "CREDIT" if row["type"] == "PRIJEM" else "DEBIT",
                _OPERATIONS[row["operation"]],
                _PURPOSES[row["k_symbol"].strip()],
                Decimal(row["amount"]),
                Decimal(row["balance"]),
                f"{row['bank']}{row['account']}",
            )
            for row in _rows("trans")
        ),
        key=lambda booked: (booked.posted_on, booked.number),
    )


@cache
def loans() -> list[Loan]:
    """In the order they were granted."""
    return sorted(
        (
            Loan(
                int(row["loan_id"]),
                int(row["account_id"]),
                moved(_day(row["date"])),
                Decimal(row["amount"]),
                int(row["duration"]),
                Decimal(row["payments"]),
                row["status"],
            )
            for row in _rows("loan")
        ),
        key=lambda loan: (loan.granted_on, loan.number),
    )
