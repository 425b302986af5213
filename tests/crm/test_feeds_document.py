"""`docs/feeds.md` says what the code does: columns, reasons, and the example event."""

import json
import re
from pathlib import Path

import pytest

from crm.feeds import accounts, customers, transactions
from crm.feeds.kinds import Kind
from crm.models import Account
from tests.crm.builders import open_account, tell
from tests.world import Bank

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "feeds.md").read_text("utf-8")


@pytest.mark.parametrize("kind", [customers.KIND, accounts.KIND, transactions.KIND], ids=lambda kind: kind.name)
def test_the_columns_are_those_of_the_document(kind: Kind) -> None:
    chapter = DOCUMENT.split(f"### {kind.name}, version {kind.version}")[1].split("###")[0]
    assert tuple(re.findall(r"^\| \d+ \| `(\w+)` \|", chapter, re.MULTILINE)) == kind.columns
    totals = re.search(r"Trailer: `T,<lines>(.*?)`", chapter)
    assert totals is not None
    assert totals[1].count("<sum of") == len(kind.totals)


@pytest.mark.parametrize(
    "class_name,section", [("LineRejected", "Reasons of rejects"), ("FileRefused", "Refused whole")]
)
def test_every_reason_is_in_the_document(class_name: str, section: str) -> None:
    told = set(re.findall(r"`(\w+)`", DOCUMENT.split(section)[1].split("\n\n")[0]))
    sources = [path.read_text("utf-8") for path in (ROOT / "crm" / "feeds").glob("*.py")]
    raised = {code for source in sources for code in re.findall(rf'{class_name}\(\s*"(\w+)"', source)}
    if class_name == "LineRejected":
        raised |= {code for source in sources for code in re.findall(r'merged\.reject\(\w+(?:\.\w+)?, "(\w+)"', source)}
    assert len(raised) > 5
    assert raised <= told


def test_the_example_event_is_taken_in(bank: Bank) -> None:
    open_account(1, rm=bank.rm, account_no="6222020402000000016", account=16)
    example, *_ = re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)
    answer = tell(json.loads(example))
    assert (answer.status_code, answer.json()["outcome"]) == (200, "applied")
    assert str(Account.objects.get().balance) == "15000.00"
