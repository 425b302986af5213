"""The source's clients, accounts and bookings as nightly files, one business date after the other."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from itertools import groupby

from aladdin.clock import SHANGHAI
from demo import names, source
from demo.feed_file import feed_file
from demo.replay.bank import rms_of, team_code

SEXES = {"M": "MALE", "F": "FEMALE"}
#: The day's first booking of an account is stamped at nine; the next one a minute later.
FIRST_BOOKING = time(9, 0)


@dataclass(frozen=True)
class NightlyFile:
    """One file, ready to be sent."""

    kind: str
    business_date: date
    content: bytes
    lines: int


def nightly_files() -> Iterator[NightlyFile]:
    """Every file of every date, in the order the doors take them: customers, accounts, transactions."""
    customers, accounts, bookings = _clients_by_day(), _accounts_by_day(), _bookings_by_day()
    for day in sorted({*customers, *accounts, *bookings}):
        if people := customers.get(day):
            rows = [_customer_row(client, day) for client in people]
            yield NightlyFile("customers", day, feed_file("customers", day, rows), len(rows))
        if opened := accounts.get(day):
            rows = [_account_row(account) for account in opened]
            yield NightlyFile("accounts", day, feed_file("accounts", day, rows, [Decimal(0)]), len(rows))
        if booked := bookings.get(day):
            rows = [_booking_row(one, moment) for one, moment in booked]
            totals = [_sum(booked, "CREDIT"), _sum(booked, "DEBIT")]
            yield NightlyFile("transactions", day, feed_file("transactions", day, rows, totals), len(rows))


def cif_no(client: int) -> str:
    """The customer number of a client."""
    return f"B{client:06d}"


def account_no(account: int) -> str:
    """The account number of an account."""
    return f"9558{account:010d}"


@cache
def home_district() -> dict[int, int]:
    """client → the district that keeps him: where his account is, for owners and disponents alike."""
    return {held.client: source.accounts()[held.account].district for held in source.dispositions()}


@cache
def managing_rm(client: int) -> str:
    """The employee number of the RM who looks after the client: by turns within the sub-branch."""
    rms = _rm_numbers(home_district()[client])
    return rms[client % len(rms)]


@cache
def _rm_numbers(district: int) -> list[str]:
    return [rm.employee_no for rm in rms_of(district)]


@cache
def identity_numbers() -> dict[int, str]:
    """client → identity number; those of one birthday and sex are told apart by their order."""
    serials: dict[tuple[date, str], int] = defaultdict(int)
    numbers = {}
    for client in source.clients().values():
        key = (client.birth_on, client.sex)
        numbers[client.number] = names.identity_number(client.birth_on, client.sex, serials[key])
        serials[key] += 1
    return numbers


def person_name(client: int) -> str:
    """The made-up name of a client."""
    return names.person_name(f"client {client}", source.clients()[client].sex)


def _clients_by_day() -> dict[date, list[int]]:
    """A client becomes a customer on the day his account is opened."""
    days: dict[date, list[int]] = defaultdict(list)
    for held in source.dispositions():
        days[source.accounts()[held.account].opened_on].append(held.client)
    return days


def _accounts_by_day() -> dict[date, list[source.Account]]:
    days: dict[date, list[source.Account]] = defaultdict(list)
    for account in source.accounts().values():
        days[account.opened_on].append(account)
    return days


Booked = tuple[source.Transaction, datetime]


def _bookings_by_day() -> dict[date, list[Booked]]:
    """The bookings of each date with a moment each.

    The source has no time of day; within an account and a day they are put into the order in which the balances
    follow from each other, where there is one."""
    days: dict[date, list[Booked]] = defaultdict(list)
    balances: dict[int, Decimal] = {}
    ordered = sorted(source.transactions(), key=lambda one: (one.posted_on, one.account, one.number))
    for (day, account), group in groupby(ordered, key=lambda one: (one.posted_on, one.account)):
        moment = datetime.combine(day, FIRST_BOOKING, tzinfo=SHANGHAI)
        for index, one in enumerate(_in_chain(list(group), balances.get(account))):
            days[day].append((one, moment + timedelta(minutes=index)))
            balances[account] = one.balance
    return days


def _in_chain(left: list[source.Transaction], balance: Decimal | None) -> Iterator[source.Transaction]:
    while left:
        following = [one for one in left if balance is not None and balance + _signed(one) == one.balance]
        chosen = following[0] if following else left[0]
        left.remove(chosen)
        balance = chosen.balance
        yield chosen


def _signed(one: source.Transaction) -> Decimal:
    return one.amount if one.direction == "CREDIT" else -one.amount


def _sum(booked: list[Booked], direction: str) -> Decimal:
    return sum((one.amount for one, _ in booked if one.direction == direction), Decimal("0.00"))


def _customer_row(client: int, day: date) -> list[object]:
    person = source.clients()[client]
    branch = team_code(home_district()[client])
    return [
        cif_no(client),
        "PERSON",
        person_name(client),
        identity_numbers()[client],
        names.mobile(client),
        "",
        person.birth_on,
        SEXES[person.sex],
        branch,
        managing_rm(client),
        day,
    ]


def _account_row(account: source.Account) -> list[object]:
    others = [held.client for held in _disponents().get(account.number, [])]
    return [
        account_no(account.number),
        cif_no(source.owner_of()[account.number]),
        "DEMAND",
        account.fee_frequency,
        team_code(account.district),
        account.opened_on,
        "",
        "",
        " ".join(cif_no(client) for client in others),
    ]


@cache
def _disponents() -> dict[int, list[source.Disposition]]:
    found: dict[int, list[source.Disposition]] = defaultdict(list)
    for held in source.dispositions():
        if held.kind == "DISPONENT":
            found[held.account].append(held)
    return found


def _booking_row(one: source.Transaction, moment: datetime) -> list[object]:
    return [
        f"B{one.number}",
        account_no(one.account),
        one.posted_on,
        moment.isoformat(),
        one.direction,
        one.amount,
        one.balance,
        one.operation,
        one.purpose,
        one.counterparty[:2],
        one.counterparty[2:],
        "",
    ]
