"""The fault plan: which of the next calls go wrong, and how."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

COMMON = ("timeout_before", "timeout_after", "error", "http", "slow", "malformed")
"""Faults every operation can have; see `Fault`."""

ANY = "*"
_SECONDS = {"slow": 2.0, "pending": 1.0}
_HANGING_SECONDS = 60.0


@dataclass
class Fault:
    """One entry of the plan.

    `timeout_before` answers never and does nothing, `timeout_after` does its work and then answers never,
    `error` refuses in the provider's own words (`code`), `http` answers `status` with `body`, `slow` answers after
    `seconds`, `malformed` does its work and answers half of it. Others belong to one provider."""

    provider: str
    operation: str
    kind: str
    times: int | None = 1
    """How many calls it spoils; None: every one until the sandbox is reset."""
    rate: float = 1.0
    """The share of calls it spoils, diced with `seed`."""
    seconds: float | None = _HANGING_SECONDS
    """How long it lasts; None: until somebody ends it."""
    status: int = 500
    code: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    """What is only known to the provider, e.g. `reason`."""
    dice: random.Random = field(default_factory=random.Random, repr=False)

    def strikes(self, provider: str, operation: str) -> bool:
        """Whether this call is spoiled."""
        meant = provider == self.provider and self.operation in (ANY, operation)
        return meant and (self.rate >= 1.0 or self.dice.random() < self.rate)


class FaultPlan:
    """Faults in the order they were planned; each call takes the first that strikes it."""

    def __init__(self, known: Mapping[str, Mapping[str, tuple[str, ...]]]) -> None:
        self._known = known
        self._planned: list[Fault] = []

    def plan(self, order: Mapping[str, Any]) -> None:
        """Add a fault. Raises ValueError, naming what is known, for anything else."""
        fault = _fault_of(order)
        operations = self._known.get(fault.provider)
        if operations is None:
            raise ValueError(f"provider is one of {sorted(self._known)}")
        if fault.operation != ANY and fault.operation not in operations:
            raise ValueError(f"operation is one of {sorted(operations)} or {ANY!r}")
        kinds = (*COMMON, *operations.get(fault.operation, ()))
        if fault.kind not in kinds:
            raise ValueError(f"fault is one of {sorted(kinds)}")
        self._planned.append(fault)

    def take(self, provider: str, operation: str) -> Fault | None:
        """The fault that spoils this call, if any; used up by it."""
        fault = next((each for each in self._planned if each.strikes(provider, operation)), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            self._planned = [each for each in self._planned if each.times is None or each.times > 0]
        return fault

    def clear(self) -> None:
        """Let everything go well again."""
        self._planned.clear()

    def __len__(self) -> int:
        return len(self._planned)


def _fault_of(order: Mapping[str, Any]) -> Fault:
    rest = dict(order)
    kind, times = str(rest.pop("fault", "")), rest.pop("times", 1)
    seconds = rest.pop("seconds", _SECONDS.get(kind, _HANGING_SECONDS))
    fault = Fault(
        provider=str(rest.pop("provider", "")),
        operation=str(rest.pop("operation", ANY)),
        kind=kind,
        times=None if times is None else int(times),
        rate=float(rest.pop("rate", 1.0)),
        seconds=None if seconds is None else float(seconds),
        status=int(rest.pop("status", 500)),
        code=str(rest.pop("code", "")),
        dice=random.Random(rest.pop("seed", 1)),  # noqa: S311  a repeatable plan, no secret
    )
    fault.detail = rest
    if fault.times is not None and fault.times < 1:
        raise ValueError("times is at least 1, or null for ever")
    return fault
