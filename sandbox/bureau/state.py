"""What the bureau knows of a person: histories made from the identity number, and who asked before."""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sandbox.identity_number import is_number

NO_RECORD, CLEAN, PAST_OVERDUE = "NO_RECORD", "CLEAN", "PAST_OVERDUE"
OVERDUE, MUCH_QUERIED = "OVERDUE", "MUCH_QUERIED"
HISTORIES = (NO_RECORD, CLEAN, PAST_OVERDUE, OVERDUE, MUCH_QUERIED)
_SHARES = (14, 60, 12, 6, 8)

REASONS = frozenset(("01", "02", "03", "05", "08", "09", "16", "18", "19", "20", "21", "22", "23", "24", "25", "26"))
"""The central bank's codes of query reasons."""
APPROVAL_REASONS = frozenset(("02", "03", "08", "22", "24", "26"))
"""Those that other lenders see as a wish for credit."""

WINDOW = timedelta(days=90)
_LENDERS = ("某股份制银行", "某国有银行", "某城市商业银行", "某农村商业银行", "某消费金融公司")
FIRM = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
"""The form of a unified social credit code."""
_FIRMS_KINDS = (("流动资金贷款", 1_000_000, 12), ("固定资产贷款", 3_000_000, 60))
_KINDS = (("个人住房贷款", 800_000, 240), ("个人消费贷款", 120_000, 36), ("个人经营性贷款", 300_000, 36))


@dataclass(frozen=True)
class Query:
    """One query of a person's report."""

    on: str
    institution: str
    reason_code: str


@dataclass(frozen=True)
class Issued:
    """A report that was handed out, with what it was handed out for."""

    authorization_no: str
    identity_no: str
    reason_code: str
    report: dict[str, Any]


class CreditHistory:
    """A person's accounts and earlier queries, as of a day; the same number always has the same life."""

    def __init__(self, identity_no: str, history: str | None, on: date) -> None:
        seed = hashlib.sha256(identity_no.encode()).digest()
        self._dice = random.Random(seed)  # noqa: S311  made-up lives, no secret
        drawn = self._dice.choices(HISTORIES, _SHARES)[0]
        self._history, self._on = history or drawn, on
        self.is_firm = not is_number(identity_no)

    def accounts(self) -> list[dict[str, Any]]:
        """Loans, oldest first; the last one carries whatever is overdue."""
        if self._history == NO_RECORD:
            return []
        loans = [self._loan() for _ in range(self._dice.randint(1, 3))]
        if self._history == PAST_OVERDUE:
            loans[-1] |= {"overdue_months_24m": self._dice.randint(1, 3), "worst_overdue_months": 1}
        if self._history == OVERDUE:
            months = self._dice.randint(1, 4)
            late = Decimal(loans[-1]["monthly_payment"]) * months
            loans[-1] |= {"status": "逾期", "overdue_amount": f"{late:.2f}"}
            loans[-1] |= {"overdue_months_24m": months, "worst_overdue_months": months}
        return loans

    def queries(self) -> list[Query]:
        """Queries by others in the last three months."""
        count = self._dice.randint(7, 12) if self._history == MUCH_QUERIED else self._dice.randint(0, 2)
        if self._history == NO_RECORD:
            count = 0
        days = sorted(self._dice.sample(range(1, WINDOW.days), count), reverse=True)
        return [Query((self._on - timedelta(days=day)).isoformat(), self._dice.choice(_LENDERS), "02") for day in days]

    def card(self) -> dict[str, str]:
        """Credit cards: limit in total and what is used of it."""
        if self._history == NO_RECORD:
            return {"limit": "0.00", "used": "0.00"}
        limit = self._dice.randrange(10_000, 100_001, 5_000)
        return {"limit": f"{limit}.00", "used": f"{limit * self._dice.randint(0, 60) // 100}.00"}

    def _loan(self) -> dict[str, Any]:
        kind, largest, months = self._dice.choice(_FIRMS_KINDS if self.is_firm else _KINDS)
        amount = self._dice.randrange(largest // 10, largest + 1, 1_000)
        paid = self._dice.randint(1, months - 1)
        granted_on = self._on - timedelta(days=30 * paid)
        return {
            "institution": self._dice.choice(_LENDERS),
            "kind": kind,
            "granted_on": granted_on.isoformat(),
            "due_on": (granted_on + timedelta(days=30 * months)).isoformat(),
            "amount": f"{amount}.00",
            "balance": f"{amount * (months - paid) // months}.00",
            "monthly_payment": f"{amount * 106 // 100 // months}.00",
            "status": "正常",
            "overdue_amount": "0.00",
            "overdue_months_24m": 0,
            "worst_overdue_months": 0,
        }


def report_body(history: CreditHistory, asked_here: list[Query]) -> dict[str, Any]:
    """Summary, accounts and queries of a report."""
    accounts, card = history.accounts(), history.card()
    queries = [*history.queries(), *asked_here]
    overdue = [each for each in accounts if each["status"] == "逾期"]
    return {
        "summary": {
            "accounts": len(accounts),
            "overdue_accounts": len(overdue),
            "overdue_amount": _sum(overdue, "overdue_amount"),
            "overdue_months_24m": sum(each["overdue_months_24m"] for each in accounts),
            "worst_overdue_months": max((each["worst_overdue_months"] for each in accounts), default=0),
            "queries_3m": sum(each.reason_code in APPROVAL_REASONS for each in queries),
            "debt_balance": _sum(accounts, "balance"),
            "monthly_payment": _sum(accounts, "monthly_payment"),
            "card_limit": card["limit"],
            "card_used": card["used"],
        },
        "accounts": accounts,
        "queries": [asdict(each) for each in queries],
    }


def _sum(rows: list[dict[str, Any]], name: str) -> str:
    return f"{sum(Decimal(row[name]) for row in rows):.2f}"
