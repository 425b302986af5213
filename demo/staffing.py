"""The people and the tree of a demo bank: every branch has its manager and its RMs, every city its credit desk."""

import csv
import gzip
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache

from django.contrib.auth.hashers import make_password

from aladdin import clock
from demo import names, source
from loans import authority
from loans.codes import ApprovalLevel
from organization.models import Branch, Staff
from organization.people import give_roles
from organization.roles import Role
from organization.tree import open_branch

DEMO_PASSWORD = "aladdin-demo-1"  # noqa: S105  printed on the start screen on purpose
JOINED_ON = date(2020, 3, 2)

_P = Staff.Position
#: Every city branch's desk: number suffix, position, role, what the sign-in list calls it.
CITY_DESK = [
    ("01", _P.MANAGER, Role.BRANCH_MANAGER),
    ("02", _P.CREDIT, Role.CREDIT_QUERY_OFFICER),
    ("03", _P.CREDIT, Role.REVIEWER),
    ("04", _P.CREDIT, Role.APPROVER),
    ("05", _P.OPERATIONS, Role.DISBURSEMENT_OFFICER),
    ("06", _P.CREDIT, Role.POST_LOAN_REVIEWER),
]
HEAD_DESK = [
    ("01", _P.HEAD_OFFICE, Role.RETAIL_HQ),
    ("02", _P.HEAD_OFFICE, Role.AUDITOR),
    ("03", _P.CREDIT, Role.APPROVER),
    ("04", _P.HEAD_OFFICE, Role.PRODUCT_MANAGER),
]
#: The cities of the model bank's region that the source's eight regions become.
CITY_OF_REGION = {
    "Prague": ("1310", "廊坊"),
    "central Bohemia": ("1301", "石家庄"),
    "south Bohemia": ("1201", "天津"),
    "west Bohemia": ("1101", "北京"),
    "north Bohemia": ("1306", "保定"),
    "east Bohemia": ("1302", "唐山"),
    "south Moravia": ("1309", "沧州"),
    "north Moravia": ("1304", "邯郸"),
}


@dataclass
class Team:
    """A sub-branch with its manager and its RMs."""

    branch: Branch
    manager: Staff
    rms: list[Staff]


@dataclass
class City:
    """A branch (分行) with its credit desk and the sub-branches below."""

    branch: Branch
    desk: dict[Role, Staff]
    teams: list[Team] = field(default_factory=list)


@dataclass
class DemoBank:
    """Head office, its desk, its cities."""

    head: Branch
    desk: dict[Role, Staff]
    cities: list[City] = field(default_factory=list)


@cache
def _password_hash() -> str:
    """One hash for all: each costs a tenth of a second on purpose, and the password is the same."""
    return make_password(DEMO_PASSWORD)


def employ(
    employee_no: str, branch: Branch, position: Staff.Position, roles: Iterable[Role], **fields: object
) -> Staff:
    """A demo employee; the sex of the name and the mobile follow from the number."""
    sex = "F" if int(employee_no[1:]) % 2 else "M"
    staff: Staff = Staff.objects.create(
        employee_no=employee_no,
        password=_password_hash(),
        name=names.person_name(f"staff {employee_no}", sex),
        branch=branch,
        position=position,
        mobile=names.mobile(90_000_000 + int(employee_no[1:])),
        joined_on=JOINED_ON,
        **fields,
    )
    give_roles(staff, roles, by=None)
    return staff


def found_head_office() -> DemoBank:
    """Head office and its desk, and the three administrators."""
    head = open_branch(code="0000", name="阿拉丁银行总行", kind=Branch.Kind.HEAD_OFFICE)
    desk = {role: employ(f"H000{suffix}", head, position, [role]) for suffix, position, role in HEAD_DESK}
    employ("A00001", head, _P.HEAD_OFFICE, [Role.SYS_ADMIN], is_staff=True, is_superuser=True)
    employ("A00002", head, _P.HEAD_OFFICE, [Role.SEC_ADMIN], is_staff=True)
    employ("A00003", head, _P.HEAD_OFFICE, [Role.AUDIT_ADMIN], is_staff=True)
    return DemoBank(head, desk)


def seat_approvers(bank: DemoBank, since: date) -> None:
    """City approvers have the last word at outlet level, head office's above them, from `since` on."""
    with clock.at(datetime.combine(since, time(8, 0), tzinfo=clock.SHANGHAI)):
        for city in bank.cities:
            authority.grant_standard(city.desk[Role.APPROVER], ApprovalLevel.OUTLET)
        for level in (ApprovalLevel.CENTRE, ApprovalLevel.HEAD_OFFICE):
            authority.grant_standard(bank.desk[Role.APPROVER], level)


def open_city(bank: DemoBank, *, number: int, name: str, area_code: str) -> City:
    """City `number` (1–99) below head office, with its credit desk."""
    branch = open_branch(
        code=f"{number:02d}00", name=f"{name}分行", kind=Branch.Kind.BRANCH, below=bank.head, area_code=area_code
    )
    desk = {role: employ(f"C{number:02d}0{suffix}", branch, position, [role]) for suffix, position, role in CITY_DESK}
    city = City(branch, desk)
    bank.cities.append(city)
    return city


def open_team(city: City, *, number: int, name: str, area_code: str, rms: int) -> Team:
    """Sub-branch `number` (unique in the bank, 1–999) of a city with a manager and `rms` RMs."""
    code = f"{city.branch.code[:2]}{number:03d}"
    branch = open_branch(
        code=code, name=f"{name}支行", kind=Branch.Kind.SUB_BRANCH, below=city.branch, area_code=area_code
    )
    manager = employ(f"M{number:05d}", branch, _P.MANAGER, [Role.BRANCH_MANAGER])
    people = [employ(f"R{number:03d}{one:02d}", branch, _P.RM, [Role.RM]) for one in range(1, rms + 1)]
    team = Team(branch, manager, people)
    city.teams.append(team)
    return team


@cache
def counties(city_code: str) -> list[tuple[str, str]]:
    """(division code, name) of every county-level division of a city."""
    with gzip.open(source.DATA / "areas.csv.gz", "rt", encoding="utf-8-sig", newline="") as lines:
        return [(row["code"], row["name"]) for row in csv.DictReader(lines) if row["cityCode"] == city_code]
