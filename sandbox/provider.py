"""The shape every stand-in has: operations over a state that is the sum of its journal's events."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.calls import Answer, Call, Refused
from sandbox.clock import Clock, wall
from sandbox.faults import Fault, FaultPlan
from sandbox.journal import Journal
from sandbox.outgoing import Outgoing
from sandbox.received import ReceivedLog, readable, starred
from sandbox.settings import SandboxSettings

_HOLDING = ("timeout_before", "timeout_after", "slow")


@dataclass
class Surroundings:
    """What the stand-ins share."""

    settings: SandboxSettings
    faults: FaultPlan
    log: ReceivedLog
    outgoing: Outgoing
    clock: Clock = field(default_factory=Clock)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when calls held back by a fault are to be let go; those that come later wait for the next one."""

    def let_go(self) -> None:
        """Release the calls that a fault holds back now."""
        self.released.set()
        self.released = asyncio.Event()


@dataclass(frozen=True)
class Operation:
    """One thing a provider does for the bank."""

    name: str
    method: str
    path: str
    run: Callable[[Call], Answer]


class Provider(ABC):
    """A stand-in. State changes by events only: `record` writes one to the journal and applies it, and after
    a restart the journal's events are applied again. Runs in one event loop, hence without locks."""

    name: ClassVar[str]
    operation_faults: ClassVar[Mapping[str, tuple[str, ...]]]
    """Operation → kinds of faults of it alone, besides the common ones; seen to by `call.suffers(…)`."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.journal = Journal(around.settings.data, self.name)
        self.forget()
        for event in self.journal.events():
            self.apply(event)

    @abstractmethod
    def operations(self) -> tuple[Operation, ...]:
        """What the bank may call."""

    @abstractmethod
    def apply(self, event: Mapping[str, Any]) -> None:
        """Change the state by one event."""

    @abstractmethod
    def forget(self) -> None:
        """Begin with an empty state."""

    @abstractmethod
    def refusal(self, code: str) -> Answer:
        """The provider's own way to refuse with `code`."""

    def refused(self, refused: Refused) -> Answer:
        """How a refusal is told."""
        return Answer({"code": refused.code, "message": refused.message}, refused.status)

    def control(self) -> list[BaseRoute]:
        """Routes below /_sandbox/<name>, for whoever sets the scene."""
        return []

    def pages(self) -> list[BaseRoute]:
        """Routes for people, beside the operations."""
        return []

    def resume(self) -> None:  # noqa: B027  most providers promise nothing
        """After a restart: take up what was promised."""

    async def begin(self) -> None:  # noqa: B027  most providers speak HTTP alone
        """Open the doors that are not HTTP, if there are any."""

    async def end(self) -> None:  # noqa: B027  as above
        """Close them."""

    def record(self, event: dict[str, Any]) -> None:
        """Let `event` happen, and remember it."""
        self.journal.write(event)
        self.apply(event)

    def reset(self) -> None:
        """Forget everything, also what the journal holds."""
        self.journal.clear()
        self.forget()

    def routes(self) -> list[BaseRoute]:
        """The operations as HTTP."""
        return [
            *(Route(each.path, self._endpoint(each), methods=[each.method]) for each in self.operations()),
            *self.pages(),
        ]

    def _endpoint(self, operation: Operation) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            released, fault = self.around.released, self.around.faults.take(self.name, operation.name)
            call = Call(
                body=await request.body(),
                headers=request.headers,
                query=request.query_params,
                path=request.path_params,
                fault=fault,
            )
            answer = None
            if fault is None or fault.kind not in ("timeout_before", "http", "error"):
                answer = self._do(operation, call)
            self._note(operation, request, call, answer)
            if fault is not None and fault.kind in _HOLDING:
                await _hold(request, released, fault.seconds)
            return self._spoiled(fault, answer)

        return endpoint

    def _do(self, operation: Operation, call: Call) -> Answer:
        try:
            return operation.run(call)
        except Refused as refused:
            return self.refused(refused)

    def _note(self, operation: Operation, request: Request, call: Call, answer: Answer | None) -> None:
        self.around.log.note(
            at=wall().isoformat(),
            provider=self.name,
            operation=operation.name,
            method=request.method,
            path=request.url.path,
            query=starred(call.query),
            body=readable(call.body),
            status=answer.status if answer else None,
            answer=starred(answer.content) if answer else None,
            fault=call.fault.kind if call.fault else None,
        )

    def _spoiled(self, fault: Fault | None, answer: Answer | None) -> Response:
        """The answer on its way out, as the fault has it."""
        kind = fault.kind if fault else ""
        if fault and kind == "http":
            said = str(fault.detail.get("body", "upstream unavailable\n"))
            return Response(said, fault.status, media_type="text/plain")
        if fault and kind == "error":
            answer = self.refusal(fault.code)
        if answer is None or kind == "timeout_after":
            return Response(status_code=504)
        whole = answer.encoded()
        sent = whole[: len(whole) // 2] if kind == "malformed" else whole
        return Response(sent, answer.status, answer.headers, media_type="application/json")


async def _hold(request: Request, released: asyncio.Event, seconds: float | None) -> None:
    """Keep the caller waiting: until the time is over, the caller has gone, or all are let go."""
    waits = [asyncio.create_task(released.wait()), asyncio.create_task(_gone(request))]
    _, pending = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
