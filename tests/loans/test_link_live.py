"""The RM watches on his phone, over WebSocket, how far his customer has come behind the link, and goes on himself."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from aladdin import clock
from loans.models import LoanApplication
from notifications import streams
from tests.conftest import run_due_jobs
from tests.loans.builders import Case, customer_of, done, identity_no, shelf
from tests.loans.conftest import clean_history
from tests.loans.visiting import API, Visitor, make_link, token_of
from tests.notifications.builders import COMMITTED, Client
from tests.notifications.conftest import committed, connect, server, server_address
from tests.sandbox_server import Sandbox
from tests.world import Bank

__all__ = ["committed", "connect", "server", "server_address"]

pytestmark = COMMITTED
Connect = Callable[..., Client]


@pytest.fixture
def case(bank: Bank, committed: None, sandbox: Sandbox) -> Case:
    shelf(bank)
    found = Case(bank, run_due_jobs, customer_of(bank.rm))
    clean_history(sandbox, found)
    return found


class Watched:
    """The RM's phone on the stream."""

    def __init__(self, phone: Client) -> None:
        self._phone = phone

    def notice(self) -> tuple[str, str]:
        """The next notice: its title and what it is about."""
        heard = self._phone.hear("notice")
        return heard["title"], heard["subject"]

    def steps(self) -> set[str]:
        """What the board says is done, after the worker's next round; nothing about the customer stands in it.

        A draft that is born moves the branch's pipeline besides."""
        run_due_jobs()
        heard = self._phone.hear("board")
        if heard["kind"] == "pipeline_changed":
            heard = self._phone.hear("board")
        assert heard["kind"] == "customer_link_moved"
        assert "欧阳小丽" not in str(heard)
        return {step for step, is_done in heard["payload"]["steps"].items() if is_done}

    def does(self, answer: Any) -> set[str]:
        """The customer does something that the RM only sees."""
        done(answer)
        return self.steps()


def test_step_by_step(case: Case, connect: Connect, sandbox: Sandbox) -> None:
    made = make_link(case)
    subject = f"loan-link/{made['link']['id']}"
    customer = Visitor(case, sandbox, token_of(made), "13700000001")
    done(customer.ask_for_code())
    code = customer.code()
    phone = connect(case.bank.rm)
    phone.hello({"stream": "me"}, {"stream": streams.key_of_branch(case.bank.rm.branch_id)})
    rm = Watched(phone)

    customer.session = done(customer.enter(code))["session"]
    assert rm.notice() == ("客户已打开申请链接", subject)
    assert rm.steps() == {"PHONE"}
    assert rm.does(customer.say_who("欧阳小丽", identity_no())) == {"PHONE", "APPLICANT"}
    assert rm.does(customer.post("form", {"amount": "80000.00"})) == {"PHONE", "APPLICANT"}


def test_signed_and_handed_in_the_rm_goes_on(case: Case, connect: Connect, sandbox: Sandbox) -> None:
    made = make_link(case, customer=str(case.customer.pk))
    customer = Visitor(case, sandbox, token_of(made), case.customer.mobile).open()
    for answer in (customer.fill_in(), customer.show_face()):
        done(answer)
    run_due_jobs()
    phone = connect(case.bank.rm)
    phone.hello({"stream": "me"})
    rm = Watched(phone)
    done(customer.sign())
    assert rm.notice()[0] == "客户已签征信授权"
    done(customer.post("hand-in"))
    assert rm.notice()[0] == "客户已提交申请"

    shown = done(case.rm.get(f"{API}/loan-links/{made['link']['id']}"))
    case.id = shown["application"]
    assert {each["step"]: each["is_done"] for each in shown["steps"]} == customer.steps()
    case.rm.patch(case.url, {"co_investigator": str(case.bank.co_rm.pk)}, etag=case.rm.get(case.url)["ETag"])
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert done(case.post("accept"))["state"] == "CREDIT_AUTHORIZED"
    assert LoanApplication.objects.get().investigator == case.bank.rm
    assert done(customer.get("progress"))["is_open"] is False
