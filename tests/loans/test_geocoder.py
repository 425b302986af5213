"""The map service's answers as the bank understands them; whatever is not understood is no answer."""

from decimal import Decimal

import pytest

from loans.gateways import geocoder
from loans.gateways.geocoder import Level
from loans.gateways.signed_calls import NoAnswer
from tests.sandbox_server import Sandbox


def test_a_place_and_a_place_that_is_not_known(sandbox: Sandbox) -> None:
    said = {"address": "新华路12号", "latitude": "39.5239", "longitude": "116.6838"}
    sandbox.set_scene("geocoder/places", said)
    found = geocoder.locate("新华路12号")
    assert (found.level, found.latitude, found.longitude) == (
        Level.BUILDING,
        Decimal("39.523900"),
        Decimal("116.683800"),
    )
    assert geocoder.locate("无此地").level == Level.UNKNOWN


@pytest.mark.parametrize("fault", ["timeout_before", "error", "http", "malformed", "limit"])
def test_whatever_goes_wrong_is_no_answer(sandbox: Sandbox, fault: str) -> None:
    sandbox.fault("geocoder", "geocode", fault)
    with pytest.raises(NoAnswer):
        geocoder.locate("新华路12号")
    sandbox.heal()


@pytest.mark.parametrize("place", [{"latitude": "91", "longitude": "0"}, {"latitude": "north", "longitude": "0"}])
def test_a_place_that_is_none_is_no_answer(sandbox: Sandbox, place: dict[str, str]) -> None:
    sandbox.set_scene("geocoder/places", {"address": "新华路12号", **place})
    with pytest.raises(NoAnswer):
        geocoder.locate("新华路12号")
