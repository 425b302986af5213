"""A synthetic bank of any size: customers, accounts and movements as feed files, all following from a seed.

Shapes are those of a city bank: most balances small, a few large; salaries in, rent and cash out; now and then a
large withdrawal. For benchmarks (`--customers N`) and, small, for the demo bank.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from aladdin.clock import SHANGHAI
from demo import names
from demo.feed_file import Row, feed_file

#: Days of movements behind the last date.
HISTORY_DAYS = 45
MOVEMENTS_A_DAY = 0.35
YOUNGEST_DAYS = 21 * 365
BIRTHDAYS = 47 * 365
PER_BIRTHDAY = 1000
STRIDE = 7919
SEXES = {"M": "MALE", "F": "FEMALE"}


@dataclass(frozen=True)
class Home:
    """Who looks after a customer, and where."""

    branch_code: str
    employee_no: str


@dataclass(frozen=True)
class Person:
    """One made-up customer."""

    number: int
    sex: str
    birth_on: date
    serial: int
    opened_on: date
    home: Home
    wealth: Decimal

    @property
    def cif_no(self) -> str:
        return f"S{self.number:08d}"

    @property
    def account_no(self) -> str:
        return f"9559{self.number:010d}"

    @property
    def name(self) -> str:
        return names.person_name(f"synthetic {self.number}", self.sex)


def people(count: int, homes: Sequence[Home], *, last: date) -> Iterator[Person]:
    """`count` customers, dealt to the homes by turns; one in fifteen is new within the history."""
    first = last - timedelta(days=HISTORY_DAYS)
    for number in range(1, count + 1):
        draw = random.Random(f"person {number}")
        # A walk through all (day of birth, serial) that repeats none, so that no two identity numbers are equal.
        slot = number * STRIDE % (BIRTHDAYS * PER_BIRTHDAY)
        birth_on = last - timedelta(days=YOUNGEST_DAYS + slot // PER_BIRTHDAY)
        opened = first + timedelta(days=draw.randrange(HISTORY_DAYS)) if draw.random() < 1 / 15 else first
        wealth = Decimal(round(draw.lognormvariate(10, 1.4))).quantize(Decimal("0.01"))
        serial = slot % PER_BIRTHDAY // 2
        yield Person(number, "MF"[slot % 2], birth_on, serial, opened, homes[number % len(homes)], wealth)


def customer_row(person: Person) -> Row:
    identity = names.identity_number(person.birth_on, person.sex, person.serial)
    return [
        person.cif_no, "PERSON", person.name, identity, names.mobile(person.number), "", person.birth_on,
        SEXES[person.sex], person.home.branch_code, person.home.employee_no, person.opened_on,
    ]  # fmt: skip


def account_row(person: Person) -> Row:
    opened = datetime.combine(person.opened_on, time(8, 30), tzinfo=SHANGHAI).isoformat()
    return [
        person.account_no, person.cif_no, "DEMAND", "MONTHLY", person.home.branch_code, person.opened_on,
        person.wealth, opened, "",
    ]  # fmt: skip


def movements(person: Person, *, last: date) -> Iterator[tuple[date, Row]]:
    """The person's movements from the day after opening to `last`, each with its balance."""
    draw = random.Random(f"movements {person.number}")
    balance = person.wealth
    day = person.opened_on + timedelta(days=1)
    while day <= last:
        if draw.random() < MOVEMENTS_A_DAY or day.day == 10:
            row, balance = _movement(person, draw, day, balance)
            yield day, row
        day += timedelta(days=1)


def _movement(person: Person, draw: random.Random, day: date, balance: Decimal) -> tuple[Row, Decimal]:
    salary = day.day == 10
    is_credit = salary or balance < 10 or draw.random() < 0.45
    weight = 0.6 if draw.random() < 0.02 else 0.08
    amount = Decimal(round(draw.uniform(0.01, weight) * float(max(balance, Decimal(3000))), 2)).quantize(
        Decimal("0.01")
    )
    amount = max(amount, Decimal("1.00"))
    if not is_credit:
        amount = max(min(amount, balance), Decimal("0.01"))
    balance += amount if is_credit else -amount
    operation, purpose = ("TRANSFER_IN", "SALARY" if salary else "") if is_credit else ("TRANSFER_OUT", "")
    moment = datetime.combine(day, time(9, 0), tzinfo=SHANGHAI) + timedelta(minutes=draw.randrange(480))
    row = [
        f"S{person.number}-{day:%Y%m%d}", person.account_no, day, moment.isoformat(),
        "CREDIT" if is_credit else "DEBIT", amount, balance, operation, purpose, "", "", "",
    ]  # fmt: skip
    return row, balance


def files(count: int, homes: Sequence[Home], *, last: date) -> Iterator[bytes]:
    """Feed files of the whole bank: by date customers, accounts, movements, in the order the door takes them."""
    everyone = list(people(count, homes, last=last))
    booked: dict[date, list[Row]] = {}
    for person in everyone:
        for day, row in movements(person, last=last):
            booked.setdefault(day, []).append(row)
    for day in sorted({person.opened_on for person in everyone} | booked.keys()):
        new = [person for person in everyone if person.opened_on == day]
        if new:
            yield feed_file("customers", day, [customer_row(person) for person in new])
            wealth = sum((person.wealth for person in new), Decimal(0))
            yield feed_file("accounts", day, [account_row(person) for person in new], [wealth])
        if rows := booked.get(day):
            yield feed_file("transactions", day, rows, [_total(rows, "CREDIT"), _total(rows, "DEBIT")])


def _total(rows: Sequence[Row], direction: str) -> Decimal:
    return sum((Decimal(str(row[5])) for row in rows if row[4] == direction), Decimal("0.00"))
