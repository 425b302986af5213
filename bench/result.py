"""What a benchmark says at its end: one line of JSON, and whether its goal was met."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the caller chose."""

    customers: int = 10_000
    loans: int = 100
    clients: int = 4
    notices: int = 2_000
    sockets: int = 200
    kills: int = 1
    quiet: bool = False


@dataclass(frozen=True, kw_only=True)
class Result:
    """A figure against its goal. `smaller_is_better` tells which side of the goal is good."""

    name: str
    value: float
    unit: str
    goal: float
    smaller_is_better: bool = True
    also_ok: bool = True
    """Whether what the benchmark promises besides its figure holds too."""
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the goal is met."""
        reached = self.value <= self.goal if self.smaller_is_better else self.value >= self.goal
        return reached and self.also_ok

    def line(self) -> str:
        """The last line that a benchmark prints."""
        shown = {"name": self.name, "value": round(self.value, 3), "unit": self.unit, "goal": self.goal}
        return json.dumps(shown | {"ok": self.ok, "detail": self.detail}, ensure_ascii=False)
