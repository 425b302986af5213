"""The demo bank of `bin/run`: two cities, five sub-branches, customers with a month and a half of movements.

Everything comes in through the doors that the real bank uses. What needs the outside (loans) is opened over the API
by `demo.loans` once the servers run.
"""

from collections.abc import Callable
from datetime import timedelta

from django.core.management import call_command
from django.db import transaction

from aladdin import clock, partitions
from crm import feeds
from demo import synthetic
from demo.staffing import (
    DEMO_PASSWORD,
    JOINED_ON,
    DemoBank,
    counties,
    found_head_office,
    open_city,
    open_team,
    seat_approvers,
)
from loans import products
from organization.models import Branch, Staff

CUSTOMERS = 240
#: (area code of the city, its name, RMs in each of its sub-branches)
CITIES = [("1310", "廊坊", (5, 4, 4)), ("1301", "石家庄", (4, 3))]
#: Who signs in to look around, and as what.
SIGN_INS = [
    ("R00101", "客户经理 RM（主办 A 角）", "手机 API"),
    ("R00102", "客户经理 RM（协办 B 角）", "手机 API"),
    ("M00001", "支行行长 Branch manager", "/console/"),
    ("C01001", "分行行长 City branch manager", "/console/"),
    ("C01002", "征信查询员 Credit query officer", "手机 API"),
    ("C01003", "审查岗 Reviewer", "手机 API"),
    ("C01004", "审批人 Approver", "手机 API"),
    ("C01005", "放款审核岗 Disbursement officer", "手机 API"),
    ("H00001", "总行零售 Head office", "/console/"),
    ("A00001", "系统管理员 Administrator", "/admin/"),
]


def load(progress: Callable[[str], None]) -> bool:
    """Load the demo bank unless there is a bank already; whether it was loaded now."""
    if Branch.objects.exists():
        return False
    today = clock.today()
    partitions.ensure_months(today - timedelta(days=120), today + timedelta(days=100))
    progress("机构与员工 · the tree and its people")
    with transaction.atomic():
        bank = _found()
    progress("客户与流水 · customers and their movements")
    teams = [team for city in bank.cities for team in city.teams]
    homes = [synthetic.Home(team.branch.code, rm.employee_no) for team in teams for rm in team.rms]
    for content in synthetic.files(CUSTOMERS, homes, last=today - timedelta(days=1)):
        feeds.load(content)
    return True


def _found() -> DemoBank:
    call_command("seed_parameters", verbosity=0)
    call_command("seed_notice_templates", verbosity=0)
    call_command("seed_decisions", verbosity=0)
    products.seed()
    bank = found_head_office()
    team = 0
    for number, (code, name, sizes) in enumerate(CITIES, start=1):
        city = open_city(bank, number=number, name=name, area_code=f"{code}00")
        for (area_code, area), rms in zip(counties(code), sizes, strict=False):
            team += 1
            open_team(city, number=team, name=area, area_code=area_code, rms=rms)
    seat_approvers(bank, JOINED_ON)
    return bank


def sign_ins() -> list[str]:
    """Lines that say who may sign in where; none where this is not the demo bank or the replay."""
    known = {staff.employee_no: staff for staff in Staff.objects.filter(employee_no__in=[no for no, *_ in SIGN_INS])}
    rows = [(no, known[no].name, what, where) for no, what, where in SIGN_INS if no in known]
    if not rows:
        return []
    lines = [f"  {no}  {name}  {what}  → {where}" for no, name, what, where in rows]
    return [f"演示登录 Demo sign-ins（密码 password: {DEMO_PASSWORD}）", *lines]
