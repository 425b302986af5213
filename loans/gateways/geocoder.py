"""Where an address lies, asked of the bank's own map service: addresses of customers go to nobody outside.

Coordinates are WGS-84, as phones measure them; a map in the national datum (GCJ-02) lies some 500 metres beside."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django.conf import settings
from django.db.models import TextChoices

from loans.gateways import signed_calls
from loans.gateways.signed_calls import NoAnswer, Provider

_PLACES = Decimal("0.000001")


class Level(TextChoices):
    """How exactly the place is known; only the first two say anything about a distance."""

    BUILDING = "BUILDING", "门牌"
    STREET = "STREET", "道路"
    DISTRICT = "DISTRICT", "区县"
    UNKNOWN = "UNKNOWN", "未找到"


@dataclass(frozen=True)
class Location:
    """A place, in degrees; None where the service knows none."""

    level: Level
    latitude: Decimal | None = None
    longitude: Decimal | None = None


def locate(address: str) -> Location:
    """Where the address lies. Raises NoAnswer where the service does not say."""
    answer = signed_calls.post(cast(Provider, settings.GEOCODER), "/geocode", {"address": address, "datum": "WGS84"})
    content = signed_calls.object_in(answer)
    if content.get("code") == "NOT_FOUND":
        return Location(Level.UNKNOWN)
    if not answer.is_success or content.get("code") != "OK" or content.get("level") not in Level.values:
        raise NoAnswer(str(content.get("message") or f"HTTP {answer.status_code}"))
    return Location(Level(content["level"]), _degrees(content, "latitude", 90), _degrees(content, "longitude", 180))


def _degrees(content: dict[str, Any], name: str, most: int) -> Decimal:
    try:
        found = Decimal(str(content.get(name)))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > most:
        raise NoAnswer(f"{name} is no place")
    return found.quantize(_PLACES)
