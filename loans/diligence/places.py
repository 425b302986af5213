"""Where the registered address of a case lies: asked once of the map service, kept by the address's digest."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from aladdin.crypto import blind_index
from aladdin.jobs import later
from loans.diligence import traits
from loans.gateways import geocoder
from loans.gateways.geocoder import Level, Location
from loans.gateways.signed_calls import NoAnswer
from loans.models import LoanApplication, LocatedAddress

Place: TypeAlias = tuple[Decimal, Decimal]
_EXACT = (Level.BUILDING, Level.STREET)
TRIES = 5


@dataclass(frozen=True)
class Located:
    """A registered address: what it is, and where."""

    what: str
    place: Place


def registered(application: LoanApplication) -> Located | None:
    """Where the registered address lies; None where that is not known exactly enough to measure from."""
    what, address = address_of(application)
    row = LocatedAddress.objects.filter(index=_index(address), level__in=_EXACT).first() if address else None
    if row is None or row.latitude is None or row.longitude is None:
        return None
    return Located(what, (row.latitude, row.longitude))


def address_of(application: LoanApplication) -> tuple[str, str]:
    """The registered address and what it is: where the business is, else where the customer lives."""
    business = getattr(application, "business", None)
    if business is not None and business.premises_address:
        return "登记经营地址", business.premises_address
    return "客户预留地址", application.customer.address


def where(row: object) -> Place | None:
    """Where a picture was taken or a visit was made, in degrees; None where nobody noted it."""
    latitude, longitude = getattr(row, "latitude", None), getattr(row, "longitude", None)
    return None if latitude is None or longitude is None else (latitude, longitude)


def ask(application: LoanApplication) -> None:
    """Have the registered address looked up, unless it was; where there are pictures to measure from."""
    _, address = address_of(application)
    if not address or not application.materials.standing().filter(type="SITE_PHOTO").exists():
        return
    if not LocatedAddress.objects.filter(index=_index(address)).exists():
        application_id = str(application.pk)
        later("loans.locate_address", dedupe=f"locate:{application_id}", application_id=application_id)


def locate(application_id: UUID, attempt: int = 1) -> None:
    """Ask the map service. One that does not answer is asked again some times, and then not known."""
    application = LoanApplication.objects.select_related("customer").get(pk=application_id)
    _, address = address_of(application)
    if not address or LocatedAddress.objects.filter(index=_index(address)).exists():
        return
    try:
        found = geocoder.locate(address)
    except NoAnswer:
        if attempt < TRIES:
            wait = timedelta(minutes=2**attempt)
            later("loans.locate_address", wait=wait, application_id=str(application_id), attempt=attempt + 1)
        return
    _keep(address, found)


def _keep(address: str, found: Location) -> None:
    LocatedAddress.objects.get_or_create(
        index=_index(address),
        defaults={"level": found.level, "latitude": found.latitude, "longitude": found.longitude},
    )


def _index(address: str) -> str:
    return blind_index("located_address", traits.normal(address))
