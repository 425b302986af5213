"""The demo bank and the replay's bank come in through the bank's own doors, once."""

from collections import Counter
from itertools import islice

import pytest
from django.core.management import call_command

from crm import feeds as doors
from crm.models import Account, Customer, FeedFile
from demo import bank as demo_bank
from demo import source
from demo.replay import bank, feeds, product
from loans.models import LoanProduct
from organization.models import Branch, Staff
from performance import scores
from performance.models import LedgerEntry

pytestmark = pytest.mark.usefixtures("empty_database")


def test_the_demo_bank_loads_once_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_demo_bank")
    assert Customer.objects.count() == demo_bank.CUSTOMERS
    assert set(FeedFile.objects.values_list("state", flat=True)) == {FeedFile.State.LOADED}
    assert LedgerEntry.objects.filter(metric="DEPOSIT_NET_INCREASE").exists()
    assert not list(scores.check())
    before = (Branch.objects.count(), Staff.objects.count(), LedgerEntry.objects.count())

    call_command("load_demo_bank")
    assert (Branch.objects.count(), Staff.objects.count(), LedgerEntry.objects.count()) == before
    assert "there already" in capsys.readouterr().out


@pytest.fixture
def small_demo_bank(empty_database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_bank, "CUSTOMERS", 15)
    call_command("load_demo_bank")


@pytest.mark.usefixtures("small_demo_bank")
def test_everyone_on_the_start_screen_is_there() -> None:
    lines = demo_bank.sign_ins()
    assert len(lines) == 1 + len(demo_bank.SIGN_INS)


def test_the_replays_bank_is_the_sources_and_takes_its_files() -> None:
    assert bank.found()
    assert not bank.found()
    kinds = Counter(Branch.objects.values_list("kind", flat=True))
    assert kinds == {"HEAD_OFFICE": 1, "BRANCH": 8, "SUB_BRANCH": len(source.districts())}
    teams = Counter(Staff.objects.filter(position=Staff.Position.RM).values_list("branch", flat=True))
    assert min(teams.values()) >= bank.LEAST_RMS

    files = list(islice(feeds.nightly_files(), 12))
    for file in files:
        loaded = doors.load(file.content)
        assert (loaded.file.rejected, loaded.file.loaded) == (0, file.lines)
    assert Account.objects.count() == sum(file.lines for file in files if file.kind == "accounts")


@pytest.mark.usefixtures("small_demo_bank")
def test_the_replay_does_not_mix_with_another_bank() -> None:
    assert not LoanProduct.objects.filter(code=product.CODE).exists()
    with pytest.raises(bank.OtherBank):
        bank.found()
