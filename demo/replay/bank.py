"""The tree and the people of the replay: a district of the source becomes a sub-branch, a region a city branch."""

from collections import Counter

from django.core.management import call_command
from django.db import transaction

from demo import source
from demo.replay import product
from demo.staffing import (
    CITY_OF_REGION,
    JOINED_ON,
    City,
    DemoBank,
    counties,
    found_head_office,
    open_city,
    open_team,
    seat_approvers,
)
from loans.models import LoanProduct
from organization.models import Branch, Staff

#: One RM looks after about so many accounts; two at least, since A and B of a case are two people.
ACCOUNTS_PER_RM = 60
LEAST_RMS = 2


class OtherBank(Exception):
    """The replay is a bank of its own; it does not mix with what is there."""


def found() -> bool:
    """Found the bank unless it stands already; whether it was founded now.

    Raises OtherBank where the database holds another one."""
    if Branch.objects.exists():
        if not LoanProduct.objects.filter(code=product.CODE).exists():
            raise OtherBank("此数据库中已有另一家银行，重放需要自己的数据库。This database holds another bank.")
        return False
    with transaction.atomic():
        _found()
    return True


def _found() -> None:
    call_command("seed_parameters", verbosity=0)
    call_command("seed_notice_templates", verbosity=0)
    call_command("seed_decisions", verbosity=0)
    bank = found_head_office()
    size = Counter(account.district for account in source.accounts().values())
    cities: dict[str, City] = {}
    for district in sorted(source.districts().values(), key=lambda one: one.number):
        city = cities.get(district.region) or _open_city(bank, cities, district.region)
        place = len(city.teams)
        area_code, name = counties(CITY_OF_REGION[district.region][0])[place]
        rms = max(LEAST_RMS, round(size[district.number] / ACCOUNTS_PER_RM))
        open_team(city, number=district.number, name=name, area_code=area_code, rms=rms)
    seat_approvers(bank, JOINED_ON)
    product.publish()


def _open_city(bank: DemoBank, cities: dict[str, City], region: str) -> City:
    code, name = CITY_OF_REGION[region]
    cities[region] = open_city(bank, number=len(cities) + 1, name=name, area_code=f"{code}00")
    return cities[region]


def team_code(district: int) -> str:
    """The branch code of a district's sub-branch."""
    regions = list(dict.fromkeys(one.region for one in sorted(source.districts().values(), key=lambda d: d.number)))
    return f"{regions.index(source.districts()[district].region) + 1:02d}{district:03d}"


def rms_of(district: int) -> list[Staff]:
    """The RMs of a district's sub-branch, in the order of their numbers."""
    return list(
        Staff.objects.filter(branch__code=team_code(district), position=Staff.Position.RM).order_by("employee_no")
    )
