"""The tour of the README works as it is pasted."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as bank_settings
from django.core.management import call_command

from demo import bank as demo_bank
from tests.journeys.conftest import PROVIDER_SECONDS
from tests.notifications.builders import COMMITTED
from tests.notifications.conftest import committed, server, server_address
from tests.sandbox_server import Sandbox

__all__ = ["committed", "server", "server_address"]

pytestmark = [COMMITTED, pytest.mark.slow]
TOUR = bank_settings.ROOT / "docs" / "tour.sh"


@pytest.fixture
def answers(
    server: str,
    empty_database: None,
    sandbox: Sandbox,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> list[Any]:
    """What the bank says at each step of the tour."""
    settings.MEDIA_ROOT = tmp_path
    settings.IDENTITY_VERIFICATION = {**bank_settings.IDENTITY_VERIFICATION, "TIMEOUT": PROVIDER_SECONDS}
    monkeypatch.setattr(demo_bank, "CUSTOMERS", 40)
    call_command("load_demo_bank")
    told = subprocess.run(
        ["bash", str(TOUR)],
        cwd=bank_settings.ROOT,
        env=os.environ | {"BANK": f"http://{server}/api/v1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stderr == ""
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_every_step_answers_as_the_tour_says(answers: list[Any]) -> None:
    me, customers, customer, products, following, accepted, identity, grant, refusal, standing, notices = answers
    assert me["employee_no"] == "R00104"
    assert "*" in customers["results"][0]["name"]
    assert customer["id"] == customers["results"][0]["id"]
    assert "PERSONAL_CONSUMPTION" in {product["code"] for product in products}
    assert (following["state"], following["move"], following["blockers"]) == ("DRAFT", "accept", [])
    assert accepted["state"] == "ACCEPTED"
    assert (identity["passed"], identity["state"]) == (True, "ID_VERIFIED")
    assert grant["authorization_no"]
    assert (refusal["status"], refusal["code"]) == (409, "illegal_transition")
    assert standing["standing"]["place"]["employee_no"] == "R00104"
    latest = [notice["kind"] for notice in notices["results"][:2]]
    assert latest == ["loan.credit_authorized", "loan.accepted"]
