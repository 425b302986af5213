"""Addresses and their places."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox.calls import Answer, Call, Refused
from sandbox.control import answering_errors
from sandbox.provider import Operation, Provider, Surroundings
from sandbox.signing import SignedDoor

LEVELS = ("BUILDING", "STREET", "DISTRICT")
_SOUTH_WEST, _SPAN = (39.48, 116.65), 0.08
_NUMBERED, _STREET = re.compile(r"\d+号"), re.compile("[路街道巷]")


class Geocoder(Provider):
    """See the package's docstring for its rules."""

    name: ClassVar[str] = "geocoder"
    operation_faults: ClassVar[Mapping[str, tuple[str, ...]]] = {"geocode": ("limit",)}

    def __init__(self, around: Surroundings) -> None:
        self._door = SignedDoor(around.settings.geocoder_key)
        super().__init__(around)

    def forget(self) -> None:
        self._places: dict[str, dict[str, Any]] = {}

    def apply(self, event: Mapping[str, Any]) -> None:
        self._places[event["address"]] = {name: event[name] for name in ("latitude", "longitude", "level")}

    def operations(self) -> tuple[Operation, ...]:
        return (Operation("geocode", "POST", "/geocode", self.geocode),)

    def refusal(self, code: str) -> Answer:
        return Answer({"code": code or "BUSY", "message": "地图服务繁忙"}, 503)

    def geocode(self, call: Call) -> Answer:
        """The place of an address."""
        self._door.check(call.headers, call.body)
        if call.suffers("limit"):
            raise Refused(429, "LIMIT", "超过每秒查询限额")
        if call.json().get("datum") != "WGS84":
            raise Refused(400, "DATUM_UNKNOWN", "坐标系须为 WGS84")
        address = call.text("address")
        place = self._places.get(address) or _place_of(address)
        if place is None:
            return Answer({"code": "NOT_FOUND", "message": "未找到该地址"})
        return Answer({"code": "OK", "message": "成功", **place})

    def control(self) -> list[BaseRoute]:
        return [Route("/places", answering_errors(self._say_where), methods=["POST"])]

    async def _say_where(self, request: Request) -> JSONResponse:
        asked = await request.json()
        if asked.get("level", "BUILDING") not in LEVELS:
            raise ValueError(f"level is one of {LEVELS}")
        event = {
            "address": str(asked["address"]),
            "latitude": str(asked["latitude"]),
            "longitude": str(asked["longitude"]),
            "level": asked.get("level", "BUILDING"),
        }
        self.record({"event": "place", **event})
        return JSONResponse(event, 201)


def _place_of(address: str) -> dict[str, str] | None:
    if address.startswith("无"):
        return None
    digest = hashlib.sha256(address.encode()).digest()
    north, east = (int.from_bytes(part, "big") / 2**32 * _SPAN for part in (digest[:4], digest[4:8]))
    level = "BUILDING" if _NUMBERED.search(address) else "STREET" if _STREET.search(address) else "DISTRICT"
    return {
        "latitude": f"{_SOUTH_WEST[0] + north:.6f}",
        "longitude": f"{_SOUTH_WEST[1] + east:.6f}",
        "level": level,
    }
