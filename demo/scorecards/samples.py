"""Samples with a known end, read from published data sets and told in the bank's own facts.

An attribute comes in only where the bank has it on the day of the decision. Sex, schooling, family and nationality,
which the sets hold too, are not read at all.
"""

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

#: Taiwan dollars of 2005 to a yuan of 2005.
_TWD_A_YUAN = 4
_MONTHS = ("PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6")
_LOOK_BACK = timedelta(days=180)
_LEAST_HISTORY = timedelta(days=90)
_DAYS_A_MONTH = 30.4375


@dataclass(frozen=True)
class Sample:
    """One debtor: what was known of him, and whether he went bad. `key` decides in which part he falls."""

    key: str
    facts: dict[str, float]
    is_bad: bool


# --- Card holders, Taiwan 2005 -------------------------------------------------------------------
def card_holders(folder: Path) -> Iterator[Sample]:
    """Six months of payments on a card and whether the next was missed (`card_default`): as a bureau tells them."""
    for row in _rows(folder / "card_default" / "card_default.csv.gz", ","):
        behind = [max(int(row[month]), 0) for month in _MONTHS]
        limit = float(row["LIMIT_BAL"])
        yield Sample(
            key=f"card_default/{row['ID']}",
            facts={
                "bureau_overdue_accounts": float(behind[0] > 0),
                "bureau_worst_overdue": float(max(behind)),
                "bureau_overdue_months": float(sum(months > 0 for months in behind)),
                "card_utilisation": 100 * max(float(row["BILL_AMT1"]), 0) / limit,
                "card_limit": limit / _TWD_A_YUAN,
            },
            is_bad=row["default.payment.next.month"] == "1",
        )


# --- Borrowers of a bank, Czechia 1993–98 --------------------------------------------------------
@dataclass(frozen=True)
class _Movement:
    on: date
    is_credit: bool
    amount: float
    balance: float


def borrowers(folder: Path) -> Iterator[Sample]:
    """Loans with their known end and the account's movements in the half year before (`berka`): as the bank itself
    sees its customer. Loans on accounts younger than three months tell nothing and are left out."""
    histories = _histories(folder)
    for loan in _rows(folder / "berka" / "loan.asc.gz", ";"):
        granted_on, instalment = _day(loan["date"]), float(loan["payments"])
        before = [each for each in histories[loan["account_id"]] if each.on < granted_on]
        recent = [each for each in before if each.on >= granted_on - _LOOK_BACK]
        if not recent or granted_on - before[0].on < _LEAST_HISTORY:
            continue
        months = min(granted_on - before[0].on, _LOOK_BACK).days / _DAYS_A_MONTH
        inflow = sum(each.amount for each in recent if each.is_credit) / months
        balances = [each.balance for each in recent]
        yield Sample(
            key=f"berka/{loan['loan_id']}",
            facts={
                "lowest_balance_to_instalment": min(balances) / instalment,
                "average_balance_to_instalment": sum(balances) / len(balances) / instalment,
                "instalment_to_inflow": 100 * instalment / max(inflow, 1.0),
            },
            is_bad=loan["status"] in "BD",
        )


def _histories(folder: Path) -> dict[str, list[_Movement]]:
    """Every account's movements, each once, the oldest first; two files tell them, in two languages."""
    told: dict[str, dict[str, _Movement]] = defaultdict(dict)
    for name, credit in (("trans.asc.gz", "PRIJEM"), ("trans_before_loan.csv.gz", "credit")):
        for row in _rows(folder / "berka" / name, ";"):
            movement = _Movement(_day(row["date"]), row["type"] == credit, float(row["amount"]), float(row["balance"]))
            told[row["account_id"]][row["trans_id"]] = movement
    ordered = {account: sorted(rows.values(), key=lambda each: each.on) for account, rows in told.items()}
    return defaultdict(list, ordered)


def _day(text: str) -> date:
    return date(1900 + int(text[:2]), int(text[2:4]), int(text[4:]))


def _rows(path: Path, delimiter: str) -> Iterator[dict[str, str]]:
    content = gzip.decompress(path.read_bytes()).decode()
    return iter(csv.DictReader(io.StringIO(content), delimiter=delimiter))
