"""Where a borrower lives or works against where the bank may lend: regional banks do not lend across their area.

Places are asked in order: where he says that he lives, his address, the business, the collateral, his identity
number. One place inside is enough; only where places are known and none of them lies inside is the case refused.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from aladdin import areas, clock
from loans.blocker import Blocker
from loans.codes import Step

if TYPE_CHECKING:
    from loans.models import LoanApplication

_UNKNOWN = "99"  # the area that no place has


def outside(application: "LoanApplication") -> Iterable[Blocker]:
    """A reason where every place that is known lies outside; nothing where the bank has set no area."""
    from loans.models import LendingArea  # noqa: PLC0415  the machine asks before the models are loaded

    allowed = dict(LendingArea.objects.on(clock.today()).values_list("code", "name"))
    if not allowed:
        return
    places = [(label, code) for label, code in _places(application) if code]
    if not places or any(areas.within(code, wide) for _, code in places for wide in allowed):
        return
    told = "、".join(f"{label}{areas.name_of(code)}" for label, code in places)
    detail = f"{told}均不在本行放贷区域内（{'、'.join(allowed.values())}），不得跨区域发放贷款"
    yield Blocker("outside_lending_area", detail, "residence_area")


def _places(application: "LoanApplication") -> Iterator[tuple[str, str]]:
    customer = application.customer
    yield "常住地", application.residence_area
    yield "客户地址", areas.of_address(customer.address)
    yield from _of_business(application)
    yield from _of_collateral(application)
    if customer.kind == "PERSON":
        code = customer.identity_no[:6]
        yield "证件地区", "" if code.startswith(_UNKNOWN) else code


def _of_business(application: "LoanApplication") -> Iterator[tuple[str, str]]:
    business = getattr(application, "business", None)
    if business is not None:
        yield "经营地", business.premises_area_code or areas.of_address(business.premises_address)


def _of_collateral(application: "LoanApplication") -> Iterator[tuple[str, str]]:
    if Step.COLLATERAL in application.product_version.steps:
        for row in application.collaterals.all():
            yield "押品所在地", areas.of_address(row.location)
