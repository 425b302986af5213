"""Payments and accounts, as the core banking system's books have them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

ORDER_FIELDS = ("amount", "currency", "loan_account", "payee_name", "payee_account", "purpose")

SUCCESS, PENDING, FAILED = "SUCCESS", "PENDING", "FAILED"
MATCH, NAME_MISMATCH, NOT_FOUND, CLOSED = "MATCH", "NAME_MISMATCH", "NOT_FOUND", "CLOSED"

REASONS = {
    NOT_FOUND: "收款账户不存在",
    NAME_MISMATCH: "收款户名不符",
    CLOSED: "收款账户已销户",
}
_BY_ENDING = {"404": NOT_FOUND, "409": NAME_MISMATCH, "410": CLOSED}


@dataclass
class Payment:
    """One payment order and what became of it."""

    client_ref: str
    order: dict[str, str]
    serial_no: str
    status: str
    reason: str
    received_at: str
    settles_as: str = ""
    settles_because: str = ""
    settles_at: float | None = None
    """Seconds since 1970; None while PENDING: when told."""

    def shown(self) -> dict[str, Any]:
        """As the bank sees it."""
        return {
            "client_ref": self.client_ref,
            "serial_no": self.serial_no,
            "status": self.status,
            "reason": self.reason,
            "amount": self.order["amount"],
            "currency": self.order["currency"],
            "received_at": self.received_at,
        }

    def event(self) -> dict[str, Any]:
        """As the journal keeps it."""
        return {"event": "payment", **asdict(self)}


@dataclass(frozen=True)
class Account:
    """A registered payee account; `state` is OPEN, CLOSED or NOT_FOUND."""

    account: str
    name: str
    state: str = "OPEN"


def checked(number: str, name: str, registered: Account | None) -> str:
    """MATCH, NAME_MISMATCH, NOT_FOUND or CLOSED for an account number and the name it should belong to."""
    if registered is None:
        return _BY_ENDING.get(number[-3:], MATCH)
    if registered.state != "OPEN":
        return registered.state
    return MATCH if registered.name == name else NAME_MISMATCH
