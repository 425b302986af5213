"""Boxes behind an SMTP server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from email.message import EmailMessage
from functools import partial
from typing import Any, ClassVar

from aiosmtpd.smtp import SMTP
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox.calls import Answer
from sandbox.clock import wall
from sandbox.control import answering_errors
from sandbox.mail import page
from sandbox.mail.reports import report
from sandbox.mail.smtp import TAKEN, Handler, parts_of
from sandbox.mail.state import LATER, STATES, Boxes, Piece
from sandbox.outgoing import Letter
from sandbox.provider import Operation, Provider
from sandbox.signing import signed_headers

_ATTEMPTS = (0.0, 0.2, 1.0)
_FAULTS = ("busy", "refused", "drop_after", "drop_before")


class Mail(Provider):
    """See the package's docstring for its rules."""

    name: ClassVar[str] = "mail"
    operation_faults: ClassVar[Mapping[str, tuple[str, ...]]] = {"mail": _FAULTS}
    _server: asyncio.Server | None = None

    def forget(self) -> None:
        self._boxes = Boxes()

    def apply(self, event: Mapping[str, Any]) -> None:
        fields = {name: value for name, value in event.items() if name != "event"}
        if event["event"] == "box":
            self._boxes.states[fields["address"]] = fields["state"]
        else:
            self._boxes.mails.append(Piece(**fields))

    def operations(self) -> tuple[Operation, ...]:
        return ()

    def pages(self) -> list[BaseRoute]:
        return page.routes(self.around, lambda: self._boxes)

    def refusal(self, code: str) -> Answer:
        return Answer({"code": code}, 500)

    # --- SMTP ------------------------------------------------------------------------------------
    async def begin(self) -> None:
        """Listen on the loopback address."""
        make = partial(SMTP, Handler(self), enable_SMTPUTF8=True, hostname="mx.sandbox")
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(make, "127.0.0.1", self.around.settings.mail_port)

    async def end(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    def greet(self, address: str) -> str:
        """The answer to a recipient; empty where mail for him is taken."""
        return self._boxes.answer_at_once(address.lower())

    def take(self, address: str, sender: str, message: EmailMessage) -> str:
        """A mail for one box."""
        fault = self.around.faults.take(self.name, "mail")
        kind = fault.kind if fault else ""
        self._note_mail(address, message, kind)
        if kind == "busy":
            return "451 4.3.0 Try again later"
        if kind == "refused":
            return "554 5.7.1 Message refused"
        if kind == "drop_before":
            return ""
        self._put(address.lower(), sender, message)
        return "" if kind == "drop_after" else TAKEN

    def _put(self, address: str, sender: str, message: EmailMessage) -> None:
        text, html = parts_of(message)
        state = self._boxes.states.get(address, "ok")
        headers = {name: str(value) for name, value in message.items()}
        mail = Piece(
            number=len(self._boxes.mails) + 1,
            address=address,
            sender=sender,
            subject=str(message.get("Subject", "")),
            text=text,
            html=html,
            headers=headers,
            taken_at=self.around.clock.seconds(),
            arrived=state not in ("bounces", "bounces_full"),
        )
        self.record({"event": "mail", **asdict(mail)})
        if state in LATER:
            action, status = LATER[state]
            domain = address.rpartition("@")[2]
            self._send_back(report(address=address, action=action, status=status, headers=headers, domain=domain))

    def _send_back(self, body: bytes) -> None:
        settings = self.around.settings

        def write() -> Letter | None:
            if not settings.mail_callback:
                return None
            signed = signed_headers(settings.mail_bounce_key, body) | {"Content-Type": "message/rfc822"}
            return Letter(settings.mail_callback, body, signed)

        self.around.outgoing.send(self.name, write, pauses=_ATTEMPTS)

    def _note_mail(self, address: str, message: EmailMessage, fault: str) -> None:
        self.around.log.note(
            at=wall().isoformat(),
            provider=self.name,
            operation="mail",
            method="DATA",
            path=address,
            body=str(message.get("Subject", "")),
            status=None,
            answer=None,
            fault=fault or None,
        )

    # --- Setting the scene -----------------------------------------------------------------------
    def control(self) -> list[BaseRoute]:
        return [
            Route("/boxes", answering_errors(self._set_box), methods=["POST"]),
            Route("/mails", answering_errors(self._list_mails), methods=["GET"]),
            Route("/port", answering_errors(self._tell_port), methods=["GET"]),
        ]

    async def _set_box(self, request: Request) -> JSONResponse:
        asked = await request.json()
        if asked["state"] not in STATES:
            raise ValueError(f"state is one of {STATES}")
        self.record({"event": "box", "address": str(asked["address"]).lower(), "state": asked["state"]})
        return JSONResponse(asked, 201)

    async def _list_mails(self, request: Request) -> JSONResponse:
        found = self._boxes.arrived(request.query_params.get("address"))
        return JSONResponse({"mails": [asdict(each) for each in found]})

    async def _tell_port(self, _request: Request) -> JSONResponse:
        port = self._server.sockets[0].getsockname()[1] if self._server else 0
        return JSONResponse({"port": port})
