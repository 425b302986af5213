"""How far two places on the earth are apart."""

from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

_EARTH_METRES = 6_371_000


def metres(one: tuple[Decimal, Decimal], other: tuple[Decimal, Decimal]) -> int:
    """Between two places given as latitude and longitude in degrees, along the surface (haversine), in metres.

    >>> metres((Decimal("39.904200"), Decimal("116.407400")), (Decimal("39.523900"), Decimal("116.683800")))
    48448
    """
    (north, east), (other_north, other_east) = ((radians(lat), radians(lon)) for lat, lon in (one, other))
    chord = sin((other_north - north) / 2) ** 2 + cos(north) * cos(other_north) * sin((other_east - east) / 2) ** 2
    return round(2 * _EARTH_METRES * asin(sqrt(min(1.0, chord))))
