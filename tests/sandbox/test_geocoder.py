"""The map service that stands in: places from addresses, and how it refuses."""

from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import CREDENTIALS, Visitor

KEY = CREDENTIALS.geocoder_key


async def ask(visitor: Visitor, address: str, **said: str) -> httpx.Response:
    return await visitor.signed_post("/geocoder/geocode", {"address": address, "datum": "WGS84"} | said, key=KEY)


@pytest.mark.parametrize(
    "address,level",
    [("廊坊市广阳区新华路12号", "BUILDING"), ("廊坊市广阳区新华路", "STREET"), ("廊坊市广阳区", "DISTRICT")],
)
async def test_how_exactly_follows_from_the_address(visitor: Visitor, address: str, level: str) -> None:
    one, again = (await ask(visitor, address)).json(), (await ask(visitor, address)).json()
    assert one == again, "an address stays where it is"
    assert one["level"] == level
    assert 39.48 <= float(one["latitude"]) <= 39.56


async def test_one_may_say_where_an_address_lies(visitor: Visitor) -> None:
    said: dict[str, Any] = {"address": "某村", "latitude": "39.1", "longitude": "116.2", "level": "STREET"}
    await visitor.scene("geocoder/places", said)
    found = (await ask(visitor, "某村")).json()
    assert (found["latitude"], found["longitude"], found["level"]) == ("39.1", "116.2", "STREET")


async def test_what_it_does_not_know_and_what_it_refuses(visitor: Visitor) -> None:
    assert (await ask(visitor, "无此地")).json()["code"] == "NOT_FOUND"
    assert (await ask(visitor, "新华路", datum="GCJ02")).status_code == 400
    unsigned = await visitor.signed_post("/geocoder/geocode", {"address": "新华路"}, key="another key")
    assert unsigned.status_code == 401
