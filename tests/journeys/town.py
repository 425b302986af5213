"""The town of the story: its morning, its people, and what outsiders see of it."""

from contextlib import ExitStack
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

from aladdin import clock
from aladdin.embedded.memory import wait_until
from organization.models import Branch, Staff
from tests.journeys.people import Approver, DisbursementOfficer, Person, QueryOfficer, RelationshipManager, Reviewer
from tests.loans.builders import identity_no
from tests.notifications.builders import Client
from tests.performance.builders import disburses
from tests.sandbox_server import Sandbox
from tests.world import Bank

SECONDS = 30.0
P = TypeVar("P", bound=Person)


class Morning:
    """A Tuesday morning at nine, when WeChat messages may leave. Every act takes two minutes."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 24, 9, tzinfo=clock.SHANGHAI)

    def goes_on(self) -> datetime:
        """The moment of the next act."""
        self._now += timedelta(minutes=2)
        return self._now


class Town:
    """Whoever takes part, at one server, on one morning."""

    def __init__(self, bank: Bank, address: str, sandbox: Sandbox) -> None:
        self.bank, self.address, self.sandbox = bank, address, sandbox
        self.morning = Morning()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()

    # --- People ----------------------------------------------------------------------------------
    def rm(self, staff: Staff) -> RelationshipManager:
        return self._at_work(RelationshipManager, staff)

    def query_officer(self) -> QueryOfficer:
        return self._at_work(QueryOfficer, self.bank.query_officer)

    def reviewer(self) -> Reviewer:
        return self._at_work(Reviewer, self.bank.reviewer)

    def approver(self) -> Approver:
        return self._at_work(Approver, self.bank.approver)

    def disbursement_officer(self) -> DisbursementOfficer:
        return self._at_work(DisbursementOfficer, self.bank.disbursement_officer)

    def _at_work(self, role: type[P], staff: Staff) -> P:
        person = role(staff, f"http://{self.address}", self.morning.goes_on)
        self._open.callback(person.goes_home)
        return person

    # --- Ears ------------------------------------------------------------------------------------
    def socket_of(self, staff: Staff) -> Client:
        """The person's phone on the notice stream."""
        return self._listening(staff, {"stream": "me"})

    def board_of(self, branch: Branch, *, watched_by: Staff) -> Client:
        """A manager's screen with the board of a branch."""
        return self._listening(watched_by, {"stream": f"branch:{branch.pk}"})

    def _listening(self, staff: Staff, stream: dict[str, Any]) -> Client:
        client = Client(self.address, staff, {})
        self._open.callback(client.hang_up)
        client.hello(stream)
        return client

    # --- The world outside -----------------------------------------------------------------------
    def somebody_without_debts(self) -> dict[str, str]:
        """A person whom the bureau knows nothing bad of, as the RM would enter him."""
        number = identity_no()
        self.sandbox.set_scene("bureau/subjects", {"identity_no": number, "history": "CLEAN"})
        return {"kind": "PERSON", "name": "张三丰", "identity_no": number, "mobile": "13800001234"}

    def follows_on_wechat(self, person: Person, openid: str) -> None:
        """The person follows the bank's account, and tells the bank that it is him."""
        self.sandbox.followers(openid, name=person.staff.name)
        person.binds_wechat(openid)

    def wechat_titles(self, openid: str, count: int) -> list[str]:
        """What the follower was told, in what words, once it is `count` messages."""
        wait_until(lambda: len(self.sandbox.messages(openid)) >= count, seconds=SECONDS)
        return [message["lines"][0][1] for message in self.sandbox.messages(openid)]

    def already_disbursed(self, staff: Staff, amount: str) -> None:
        """A colleague has brought a loan home before the story begins."""
        with clock.at(self.morning.goes_on()):
            disburses(staff, amount)
