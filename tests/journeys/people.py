"""The people of the story: each has a phone, and does what his post does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile

from demo.phone import Phone, Timings
from loans import transitions
from loans.models import ApplicationTransition
from organization.models import Staff
from tests.loans.builders import FINDINGS, TERMS, picture, signature
from tests.loans.lending import OPINION, OWN_ACCOUNT
from tests.world import PASSWORD

API = "/api/v1"


@dataclass
class Loan:
    """The application that goes from hand to hand, and what of its log has been looked at."""

    id: UUID
    amount: str
    lead: "RelationshipManager"
    _looked_at: list[ApplicationTransition] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{API}/loan-applications/{self.id}"

    def has_moved(self, name: str, to: str, *, by: "Person | None") -> None:
        """The application is in this state, and one more row stands in the log: this move, from where the last one
        ended, of the file as it then was. `by` None is the system."""
        assert self.lead.reads(self)["state"] == to
        rows = list(ApplicationTransition.objects.filter(application=self.id).select_related("by").order_by("id"))
        before, row = self._looked_at, rows[-1]
        assert rows[:-1] == before, [each.name for each in rows]
        assert row.from_state == (before[-1].to_state if before else "")
        assert (row.name, row.to_state, row.by) == (name, to, by and by.staff)
        assert row.snapshot["application"]["state"] == to
        assert row.snapshot_sha256 == transitions.digest(row.snapshot)
        self._looked_at = rows


@dataclass
class Person:
    """Somebody with a phone at the bank's server; `moment` is when he does the next thing."""

    staff: Staff
    address: str
    moment: Callable[[], datetime]

    def __post_init__(self) -> None:
        self._phone = Phone(self.address, Timings()).sign_in(self.staff.employee_no, PASSWORD)

    @property
    def phone(self) -> Phone:
        return self._phone.at(self.moment())

    def goes_home(self) -> None:
        self._phone.http.close()

    def reads(self, loan: Loan) -> Any:
        """The whole file, as far as this person sees it."""
        return self.phone.get(loan.url)

    def binds_wechat(self, openid: str) -> None:
        self.phone.post(f"{API}/wechat-binding", {"openid": openid})

    def _sees_waiting(self, queue: str, loan: Loan) -> bool:
        waiting = self.phone.get(f"{API}/loan-queues/{queue}")["results"]
        return str(loan.id) in [row["id"] for row in waiting]


class RelationshipManager(Person):
    """A, who leads a case, or B, who assists."""

    # --- Intake ----------------------------------------------------------------------------------
    def enters(self, customer: dict[str, str]) -> str:
        """The customer's id."""
        return str(self.phone.post(f"{API}/customers", customer)["id"])

    def draws_up(self, customer: str, *, amount: str, together_with: Person) -> Loan:
        said = {"product": "PERSONAL_CONSUMPTION", "co_investigator": str(together_with.staff.pk)}
        entered = {**TERMS, **said, "customer": customer, "amount": amount, "monthly_income": "60000.00"}
        drawn_up = self.phone.post(f"{API}/loan-applications", entered)
        return Loan(UUID(drawn_up["id"]), amount, lead=self)

    def accepts(self, loan: Loan) -> None:
        self.phone.post(f"{loan.url}/accept")

    def takes_a_picture_of_the_customer(self, loan: Loan) -> None:
        checked = self.phone.send(f"{loan.url}/identity-checks", files={"face": _sent(picture("face.jpg"))})
        assert checked["passed"], checked

    def lets_the_customer_authorize_the_query(self, loan: Loan) -> None:
        text = self.phone.get(f"{loan.url}/credit-consent-text")
        signed = {"text_sha256": text["sha256"], "place": "广阳支行"}
        self._signed_by_the_customer(f"{loan.url}/credit-authorizations", signed)

    # --- Investigation ---------------------------------------------------------------------------
    def brings_the_papers(self, loan: Loan) -> None:
        for entry in self.phone.get(f"{loan.url}/materials")["checklist"]:
            for _ in range(entry["pages"]):
                self.phone.send(f"{loan.url}/materials", files={"file": _sent(picture())}, data={"type": entry["type"]})

    def reports_his_visit(self, loan: Loan) -> None:
        visited_at = self.moment() - timedelta(hours=1)
        found = {**FINDINGS, "monthly_income": "60000.00", "visited_at": visited_at.isoformat()}
        self.phone.post(f"{loan.url}/due-diligence", found)

    def answers_what_contradicts(self, loan: Loan) -> None:
        for each in self.phone.get(f"{loan.url}/findings"):
            if each["is_open"]:
                said = {"fingerprint": each["fingerprint"], "answer": "已向客户核实，差异原因属实"}
                self.phone.post(f"{loan.url}/findings/{each['code']}/answer", said)

    def confirms_the_visit(self, loan: Loan) -> None:
        self.phone.post(f"{loan.url}/due-diligence/confirm", {"note": "属实"})

    def submits(self, loan: Loan) -> None:
        self.phone.post(f"{loan.url}/submit")

    # --- Contract --------------------------------------------------------------------------------
    def shows_the_customer_what_it_costs(self, loan: Loan) -> None:
        shown = self.phone.post(f"{loan.url}/cost-disclosure")
        read = {"sha256": shown["sha256"], "place": "广阳支行"}
        self._signed_by_the_customer(f"{loan.url}/cost-disclosure/confirm", read)

    def draws_up_the_contract(self, loan: Loan) -> None:
        self.phone.post(f"{loan.url}/contract", OWN_ACCOUNT)

    def lets_the_customer_sign_the_contract(self, loan: Loan) -> None:
        text = self.phone.get(f"{loan.url}/contract")
        how = {"recording_reference": "SL-20261124-0001", "place": "广阳支行"}
        self._signed_by_the_customer(f"{loan.url}/contract/sign", {**how, "sha256": text["sha256"]})

    def asks_for_the_money(self, loan: Loan) -> None:
        self.phone.post(f"{loan.url}/disbursement/request")

    def _signed_by_the_customer(self, path: str, said: dict[str, str]) -> None:
        self.phone.send(path, files={"signature": _sent(signature())}, data=said)

    # --- Afterwards ------------------------------------------------------------------------------
    def stands(self, metric: str = "LOAN_DISBURSED") -> Any:
        """Where he stands this month in his sub-branch."""
        return self.phone.get(f"{API}/performance/standing", metric=metric)["standing"]

    def entries(self) -> list[Any]:
        """The entries of this month behind his figures."""
        return list(self.phone.get(f"{API}/performance/entries")["results"])

    def loan_account(self, loan: Loan) -> Any:
        (found,) = self.phone.get(f"{API}/loan-accounts", application=str(loan.id))["results"]
        return found

    def schedule(self, account: Any) -> list[Any]:
        return list(self.phone.get(f"{API}/loan-accounts/{account['id']}/schedule"))

    def planned_checks(self, account: Any) -> list[Any]:
        return list(self.phone.get(f"{API}/post-loan-checks", loan_account=account["id"])["results"])


class QueryOfficer(Person):
    """Asks the credit bureau, which no RM may."""

    def queries_the_bureau(self, loan: Loan) -> None:
        self.phone.post(f"{loan.url}/credit-reports", {"reason": "02"})


class Reviewer(Person):
    """审查岗."""

    def finds_in_the_queue(self, loan: Loan) -> bool:
        return self._sees_waiting("review", loan)

    def claims(self, loan: Loan) -> None:
        self.phone.post(f"{loan.url}/review/claim")

    def recommends(self, loan: Loan) -> None:
        self.phone.post(f"{loan.url}/review/opinion", OPINION)


class Approver(Person):
    """有权审批人."""

    def finds_in_the_queue(self, loan: Loan) -> bool:
        return self._sees_waiting("approval", loan)

    def approves(self, loan: Loan) -> None:
        self.phone.post(f"{loan.url}/approve", {"amount": loan.amount, "term_months": 12, "opinion": "同意"})


class DisbursementOfficer(Person):
    """放款审核岗."""

    def finds_in_the_queue(self, loan: Loan) -> bool:
        return self._sees_waiting("disbursement", loan)

    def releases_the_money(self, loan: Loan) -> None:
        self.phone.post(f"{loan.url}/disbursement/release")


def _sent(file: SimpleUploadedFile) -> tuple[str, bytes, str]:
    return str(file.name), file.read(), str(file.content_type)
