"""Notices and stream clients for tests."""

import json
from contextlib import ExitStack, suppress
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from notifications.models import Notice, Stream
from notifications.notices import notify
from organization.models import DeviceToken, Staff
from organization.sign_in import sign_in
from tests.notifications import asyncapi
from tests.world import PASSWORD

VALUES = {"customer": "王小明", "application_no": "JK20261124001", "product": "经营贷", "amount": "200000.00"}
ANSWER_SECONDS = 5.0

#: For tests whose rows other connections must see. All apps are named so that the emptying afterwards may cascade
#: to a table that no model stands for.
COMMITTED = pytest.mark.django_db(transaction=True, available_apps=[each.name for each in apps.get_app_configs()])


def told(staff: Staff, event_key: str = "", *, kind: str = "loan.approved", **values: str) -> Notice:
    """The person is told of an approved loan, or of something else of a loan."""
    notice = notify(recipient=staff, kind=kind, event_key=event_key or str(uuid4()), values=VALUES | values)
    assert notice is not None
    return notice


def told_often(staff: Staff, count: int) -> list[Notice]:
    """The person is told of `count` loans, one after another."""
    return [told(staff) for _ in range(count)]


class Client:
    """A phone on the notice stream; with `headers`, a browser."""

    def __init__(self, address: str, staff: Staff | None, headers: dict[str, str]) -> None:
        self.device, self.token = str(uuid4()), ""
        if staff is not None and not headers:
            self.token = sign_in(employee_no=staff.employee_no, password=PASSWORD, device_id=self.device).token
        self._line = ExitStack()
        address = f"ws://{address}/ws/v1/stream"
        self._socket = self._line.enter_context(
            connect(address, additional_headers=headers, proxy=None, compression=None, max_queue=4)
        )

    def hello(self, *streams: dict[str, Any], token: str | None = None) -> dict[str, Any]:
        """Sign in, following one's own stream from now on unless told otherwise; returns the welcome."""
        self.say(
            type="hello",
            token=self.token if token is None else token,
            device_id=self.device,
            streams=list(streams) or [{"stream": "me"}],
        )
        return self.hear("welcome")

    def say(self, **message: Any) -> None:
        self.say_text(json.dumps(message, default=str))

    def say_text(self, text: str | bytes) -> None:
        self._socket.send(text)

    def hear(self, kind: str) -> dict[str, Any]:
        """The next message, which must be of this type."""
        heard: dict[str, Any] = json.loads(self._socket.recv(timeout=ANSWER_SECONDS))
        asyncapi.check_told(heard)
        assert heard["type"] == kind, heard
        return heard

    def hear_many(self, kind: str, count: int) -> list[int]:
        """The sequence numbers of the next `count` messages."""
        return [self.hear(kind)["sequence"] for _ in range(count)]

    def hear_end(self) -> int:
        """The code with which the server ends the connection, after whatever it still says."""
        self.hear_to_the_end()
        assert self._socket.close_code is not None
        return self._socket.close_code

    def hear_to_the_end(self) -> list[int]:
        """The sequence numbers of all that still comes until the connection ends."""
        heard = []
        with suppress(ConnectionClosed):
            while True:
                message = json.loads(self._socket.recv(timeout=ANSWER_SECONDS))
                heard.append(message.get("sequence"))
        return heard

    def sign_out(self) -> None:
        """The phone's token is withdrawn elsewhere."""
        DeviceToken.objects.filter(device_id=self.device).delete()

    def hang_up(self) -> None:
        self._line.close()


def stream_of(staff: Staff) -> Stream:
    """The person's stream as it stands."""
    return Stream.objects.get(staff=staff)
