"""Boxes and what arrived in them."""

from __future__ import annotations

from dataclasses import dataclass, field

STATES = ("ok", "unknown", "full", "greylisted", "policy", "bounces", "bounces_full", "late")
AT_ONCE = {
    "unknown": "550 5.1.1 The email account that you tried to reach does not exist",
    "full": "452 4.2.2 The recipient's inbox is out of storage space",
    "policy": "550 5.7.1 Message rejected by policy",
}
LATER = {"bounces": ("failed", "5.1.1"), "bounces_full": ("failed", "5.2.2"), "late": ("delayed", "4.4.1")}


@dataclass(frozen=True)
class Piece:
    """A mail that was taken; with `arrived` it lies in the box."""

    number: int
    address: str
    sender: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    taken_at: float
    arrived: bool = True


@dataclass
class Boxes:
    """All of it."""

    states: dict[str, str] = field(default_factory=dict)
    mails: list[Piece] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    """Addresses whose greylist knows us."""

    def answer_at_once(self, address: str) -> str:
        """What the server says to a recipient; empty where it takes mail for him."""
        state = self.states.get(address, "ok")
        if state == "greylisted" and address not in self.seen:
            self.seen.add(address)
            return "451 4.7.1 Greylisted, try again later"
        return AT_ONCE.get(state, "")

    def arrived(self, address: str | None = None) -> list[Piece]:
        """What lies in a box, or in all of them."""
        return [each for each in self.mails if each.arrived and address in (None, each.address)]
