"""Calls from a provider to the bank: result callbacks and events, delivered in the background."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from sandbox.clock import wall
from sandbox.received import ReceivedLog, readable

ANSWER_SECONDS = 5.0
#: Made once: loading the certificates takes longer than a whole call.
TLS = ssl.create_default_context()


@dataclass(frozen=True)
class Letter:
    """One call as it goes out."""

    url: str
    body: bytes
    headers: dict[str, str]


Write = Callable[[], Letter | None]


class Outgoing:
    """Sends letters, again after each pause in `pauses` while the bank does not answer 2xx."""

    def __init__(self, log: ReceivedLog) -> None:
        self._log = log
        self._under_way: set[asyncio.Task[None]] = set()

    def send(
        self,
        provider: str,
        write: Write,
        *,
        after: float = 0.0,
        pauses: Sequence[float] = (),
        heard: Callable[[str], None] | None = None,
    ) -> None:
        """Deliver what `write` composes in `after` seconds; anew for each attempt, as signatures age.

        None from `write`: there is nowhere to send it. `heard` is told the bank's answer."""
        task = asyncio.get_running_loop().create_task(self._deliver(provider, write, (after, *pauses), heard))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _deliver(
        self, provider: str, write: Write, pauses: Sequence[float], heard: Callable[[str], None] | None
    ) -> None:
        for pause in pauses:
            await asyncio.sleep(pause)
            letter = write()
            if letter is None:
                return
            answer = await self._attempt(provider, letter)
            if answer is not None:
                if heard is not None:
                    heard(answer)
                return

    async def _attempt(self, provider: str, letter: Letter) -> str | None:
        """The answer, or None where it was none that counts."""
        try:
            # The bank is on this machine, whatever proxy the environment names.
            async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False, verify=TLS) as client:
                answer = await client.post(letter.url, content=letter.body, headers=letter.headers)
            status, said = answer.status_code, answer.text
        except httpx.HTTPError as error:
            status, said = 0, type(error).__name__
        self._log.note(
            at=wall().isoformat(),
            provider=provider,
            operation="callback",
            method="POST",
            path=letter.url.partition("?")[0],
            body=readable(letter.body),
            status=status,
            answer=said[:200],
            fault=None,
        )
        return said if 200 <= status < 300 else None

    async def drain(self) -> None:
        """Wait until nothing is under way."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def cancel(self) -> None:
        """Drop everything under way."""
        for task in self._under_way:
            task.cancel()
        await self.drain()
