"""Notices on WebSockets: how long after the commit of an event its notice is on the phone.

Goal: 99 of 100 within 300 ms, at 200 notices a second with 2,000 sockets on two cores, by the processes that `bin/run`
starts. In the detail: how long a connection outlives the withdrawal of its sign-in (goal: a second).
"""

import asyncio
import os
import random
import sys
import time
from typing import Any

import orjson

from bench.mortal_bank import MortalBank, mortal_bank
from bench.phones import Phone, alive, until
from bench.result import Options, Result
from bench.writing import Orders, Written

NAME = "stream"
DESCRIPTION = "event commit to WebSocket: p50 and p99 with --sockets phones, 200 notices a second, --notices in all"
GOAL_MS = 300
RATE = 200.0
WARM_UP_SECONDS = 2
_LATE_SECONDS = 15.0
_REVOKED = 20


def run(options: Options) -> Result:
    """Connect everybody, tell them of events, and report the slowest hundredth."""
    people: list[Any] = []

    def prepared() -> None:
        from bench.listeners import gather  # noqa: PLC0415  models exist only once the bank's settings are in place

        people.extend(gather(options.sockets))

    with mortal_bank(prepared) as bank:
        return asyncio.run(_measure(bank, people, options))


async def _measure(bank: MortalBank, people: list[Any], options: Options) -> Result:
    async with alive(people, bank.url) as phones:
        await _tell(phones, int(RATE * WARM_UP_SECONDS), first=options.notices)
        before, begun = bank.seconds_of("web"), time.monotonic()
        written = await _tell(phones, options.notices)
        seconds = time.monotonic() - begun
        busy = bank.seconds_of("web") - before
        outlived = await _revoke(phones)
    arrived = {notice: at for phone in phones for notice, _, at in phone.shown}
    latencies = sorted((arrived[each.notice] - each.at) * 1000 for each in written if each.notice in arrived)
    detail = {
        "sockets": len(phones),
        "notices": len(written),
        "a_second": round(len(written) / seconds, 1),
        "lost": len(written) - len(latencies),
        "p50_ms": round(_at(latencies, 50), 1),
        "p99_ms": round(_at(latencies, 99), 1),
        "longest_ms": round(latencies[-1], 1),
        "web_processor": round(busy / seconds, 2),
        "outlived_revocation_ms": round(max(outlived) * 1000),
        "machine_load": os.getloadavg()[0],
    }
    value = _at(latencies, 99) if len(latencies) == len(written) else float("inf")
    return Result(name=NAME, value=value, unit="ms", goal=GOAL_MS, detail=detail)


async def _tell(phones: list[Phone], count: int, *, first: int = 0) -> list[Written]:
    """Have notices written, and wait until they have arrived, or are late."""
    ids = [str(phone.person.staff_id) for phone in phones]
    random.Random(7).shuffle(ids)
    shown = sum(len(phone.shown) for phone in phones)
    written = await write(Orders(people=ids, count=count, rate=RATE, first=first))
    await until(lambda: sum(len(phone.shown) for phone in phones) >= shown + count, seconds=_LATE_SECONDS)
    return written


async def write(orders: Orders) -> list[Written]:
    """Everything that the writing process wrote. Raises RuntimeError where it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.writing", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None  # noqa: S101  asked for above
    assert process.stdout is not None  # noqa: S101  likewise
    process.stdin.write(orders.line())
    await process.stdin.drain()
    written = [Written(**orjson.loads(line)) async for line in process.stdout]
    if await process.wait() != 0 or len(written) != orders.count:
        raise RuntimeError(f"only {len(written)} of {orders.count} notices were written")
    return written


async def _revoke(phones: list[Phone]) -> list[float]:
    """Sign some phones out elsewhere; the seconds for which each went on listening."""
    from asgiref.sync import sync_to_async  # noqa: PLC0415

    from organization.models import DeviceToken  # noqa: PLC0415

    outlived = []
    for phone in phones[:_REVOKED]:
        await asyncio.sleep(random.uniform(0, 0.5))
        await sync_to_async(DeviceToken.objects.filter(device_id=phone.person.device).delete)()
        withdrawn = time.monotonic()
        await _ended_since(phone, withdrawn)
        outlived.append(time.monotonic() - withdrawn)
    return outlived


async def _ended_since(phone: Phone, moment: float) -> None:
    await until(lambda: phone.ended_at > moment, seconds=_LATE_SECONDS)


def _at(rising: list[float], percent: int) -> float:
    """The value below which so many percent lie."""
    return rising[min(len(rising) - 1, len(rising) * percent // 100)] if rising else float("inf")
