"""One loan from the first word to the money, told over the public API by the people whose steps they are.

The story goes on from wherever the application stands, so that one that was broken off is finished by telling it
again. Used by the demo bank, the replay and the benchmark `journey`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from demo import pictures
from demo.phone import Phone, Refused

#: What each step takes of people's time, in minutes: two hours in all.
MINUTES = {
    "draft": 0,
    "accept": 4,
    "verify_identity": 3,
    "authorize_credit": 3,
    "query_credit": 5,
    "investigate": 40,
    "submit": 5,
    "take_up_review": 10,
    "give_opinion": 15,
    "approve": 10,
    "sign_contract": 20,
    "request_disbursement": 5,
    "release": 5,
}
WAIT_SECONDS = 60.0
#: How long a phone waits before it looks again; each time twice as long, up to the last.
FIRST_LOOK_SECONDS, LAST_LOOK_SECONDS = 0.05, 0.8


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a customer wants, and what is known of him."""

    application_id: UUID
    customer_id: str
    borrower: str
    payee_name: str
    payee_account: str
    product: str
    amount: Decimal
    months: int
    purpose: str
    monthly_income: Decimal
    repayment_day: int = 15


@dataclass(frozen=True, kw_only=True)
class People:
    """Whose phones take part: A and B investigate, each other step is another person's."""

    investigator: Phone
    co_investigator: Phone
    co_investigator_id: str
    query_officer: Phone
    reviewer: Phone
    approvers: tuple[Phone, ...]
    disbursement_officer: Phone


class StoryStuck(Exception):
    """The application did not move on within the time that a step may take."""


@dataclass
class LoanStory:
    """One application on its way. `begins` sets the clock of a replay; None lets it run by itself."""

    wish: Wish
    people: People
    begins: datetime | None = None
    _elapsed: timedelta = field(default_factory=timedelta)
    _level: int = 0

    def tell(self, until: str = "DISBURSED") -> str:
        """Do step after step until the application is in state `until`, or has ended; the state it is in."""
        state = self._state()
        while state != until and state in _STEPS:
            name, step = _STEPS[state]
            self._pass_time(name)
            told = step(self)
            state = told if told and told != state else self._moved_from(state)
        return state

    # --- Looking ---------------------------------------------------------------------------------
    def _state(self) -> str:
        found = self._at(self.people.investigator).get(
            "/api/v1/loan-applications", customer=self.wish.customer_id, limit=100
        )
        mine = [row for row in found["results"] if row["id"] == str(self.wish.application_id)]
        return str(mine[0]["state"]) if mine else ""

    def _moved_from(self, before: str) -> str:
        """The state after a step; the bureau's answer and the payment come from jobs, a little later."""
        end = time.monotonic() + WAIT_SECONDS
        pause = FIRST_LOOK_SECONDS
        while time.monotonic() < end:
            state = self._state()
            if state != before or before == "IN_APPROVAL":
                return state
            time.sleep(pause)
            pause = min(2 * pause, LAST_LOOK_SECONDS)
        raise StoryStuck(f"{self.wish.application_id} stays in {before}")

    def _pass_time(self, step: str) -> None:
        self._elapsed += timedelta(minutes=MINUTES[step])

    @property
    def _now(self) -> datetime | None:
        return self.begins and self.begins + self._elapsed

    def _at(self, phone: Phone) -> Phone:
        return phone.at(self._now)

    @property
    def _rm(self) -> Phone:
        return self._at(self.people.investigator)

    @property
    def _url(self) -> str:
        return f"/api/v1/loan-applications/{self.wish.application_id}"

    def _key(self, step: str) -> str:
        """A step told twice is one effect."""
        return f"{self.wish.application_id}-{step}"

    # --- The steps -------------------------------------------------------------------------------
    # Each tells the state that the answer says, where it says one; else somebody has to look.
    def draft(self) -> str:
        wish = self.wish
        body: dict[str, Any] = {
            "id": str(wish.application_id),
            "customer": wish.customer_id,
            "product": wish.product,
            "co_investigator": self.people.co_investigator_id,
            "amount": str(wish.amount),
            "term_months": wish.months,
            "purpose": wish.purpose,
            "repayment_method": "EQUAL_INSTALLMENT",
            "repayment_day": wish.repayment_day,
            "occupation": "EMPLOYED",
            "marital_status": "SINGLE",
            "employer": "燕赵商贸有限公司",
            "monthly_income": str(wish.monthly_income),
            "monthly_debt": "0.00",
            "identity_is_long_term": True,
        }
        return str(self._rm.post("/api/v1/loan-applications", body, key=self._key("draft"))["state"])

    def accept(self) -> str:
        return str(self._rm.post(f"{self._url}/accept", key=self._key("accept"))["state"])

    def verify_identity(self) -> None:
        face = pictures.face(self.wish.borrower)
        self._rm.send(f"{self._url}/identity-checks", files={"face": ("face.jpg", face, "image/jpeg")})

    def authorize_credit(self) -> None:
        text = self._rm.get(f"{self._url}/credit-consent-text")
        self._rm.send(
            f"{self._url}/credit-authorizations",
            files=self._signature("credit"),
            data={"text_sha256": text["sha256"], "place": "支行营业厅"},
            key=self._key("authorize"),
        )

    def query_credit(self) -> None:
        self._at(self.people.query_officer).post(
            f"{self._url}/credit-reports", {"reason": "02"}, key=self._key("query")
        )

    def investigate(self) -> str:
        """A brings the papers and reports, B confirms, A hands the file in."""
        for entry in self._rm.get(f"{self._url}/materials")["checklist"]:
            for page in range(entry["filed"], entry["pages"]):
                self._upload(entry["type"], page)
        self._talk()
        self._rm.post(f"{self._url}/cash-flow-sheets", self._cash_flow(), key=self._key("cash-flow"))
        self._rm.post(f"{self._url}/due-diligence", self._findings(), key=self._key("due-diligence"))
        self._answer_findings()
        self._at(self.people.co_investigator).post(
            f"{self._url}/due-diligence/confirm", {"note": "与主办共同到场，情况属实"}, key=self._key("confirm")
        )
        self._pass_time("submit")
        return str(self._rm.post(f"{self._url}/submit", key=self._key("submit"))["state"])

    def _talk(self) -> None:
        """A and B talk with the customer about whatever the product wants asked."""
        topics = self._rm.get(f"{self._url}/interviews")["topics_open"]
        if not topics:
            return
        began = (self._now or datetime.now().astimezone()) - timedelta(minutes=25)
        held = {
            "mode": "ON_SITE",
            "began_at": began.isoformat(),
            "ended_at": (began + timedelta(minutes=15)).isoformat(),
            "place": "客户住所",
            "with_colleague": True,
            "answers": [{"topic": topic, "answer": "客户如实陈述，与资料一致。"} for topic in topics],
        }
        self._rm.post(f"{self._url}/interviews", held, key=self._key("interview"))

    def _cash_flow(self) -> dict[str, Any]:
        income = self.wish.monthly_income
        return {
            "lines": [
                {"section": "INCOME", "source": "SALARY", "amount": str(income), "evidence": "收入证明与银行流水"},
                {"section": "OUTGO", "source": "LIVING", "amount": str((income / 5).quantize(Decimal("0.01")))},
                {"section": "ASSET", "source": "CASH", "amount": str(income * 3), "evidence": "存款证明"},
            ]
        }

    def _answer_findings(self) -> None:
        """What contradicts itself is cleared up with the customer before the file is handed in."""
        for each in self._rm.get(f"{self._url}/findings"):
            if each["is_open"]:
                said = {"fingerprint": each["fingerprint"], "answer": "已向客户核实并查验凭证，不影响还款能力。"}
                key = self._key(f"finding-{each['fingerprint'][:16]}")
                self._rm.post(f"{self._url}/findings/{each['code']}/answer", said, key=key)

    def take_up_review(self) -> str:
        claimed = self._at(self.people.reviewer).post(f"{self._url}/review/claim", key=self._key("claim"))
        return str(claimed["state"])

    def give_opinion(self) -> str:
        opinion = {"recommendation": "APPROVE", "opinion": "资料齐全，用途明确，还款来源可靠，同意报批。"}
        given = self._at(self.people.reviewer).post(f"{self._url}/review/opinion", opinion, key=self._key("opinion"))
        return str(given["state"])

    def approve(self) -> str | None:
        """Level by level: above one's authority the case goes up, and who has decided there has done so."""
        if self._level >= len(self.people.approvers):
            raise StoryStuck(f"{self.wish.application_id}: no approver has the authority")
        grant = {"amount": str(self.wish.amount), "term_months": self.wish.months, "opinion": "同意。"}
        approver, self._level = self.people.approvers[self._level], self._level + 1
        try:
            granted = self._at(approver).post(f"{self._url}/approve", grant, key=self._key(f"approve-{self._level}"))
        except Refused as refusal:
            if refusal.code not in ("separation_of_duties", "no_authority_at_level"):
                raise
            return None
        return str(granted["state"])

    def begin_contract(self) -> None:
        """The statement of cost is shown, read and signed; then the contract is drawn up."""
        shown = self._rm.post(f"{self._url}/cost-disclosure", {}, key=self._key("cost"))
        self._rm.send(
            f"{self._url}/cost-disclosure/confirm",
            files=self._signature("cost"),
            data={"sha256": shown["sha256"], "place": "支行营业厅"},
            key=self._key("cost-confirm"),
        )
        payee = {"payee_name": self.wish.payee_name, "payee_account": self.wish.payee_account}
        self._rm.post(f"{self._url}/contract", payee, key=self._key("contract"))

    def sign_contract(self) -> None:
        contract = self._rm.get(f"{self._url}/contract")
        self._rm.send(
            f"{self._url}/contract/sign",
            files=self._signature("contract"),
            data={
                "sha256": contract["sha256"],
                "recording_reference": f"SL-{self.wish.application_id}",
                "place": "支行营业厅",
            },
            key=self._key("sign"),
        )

    def request_disbursement(self) -> str:
        # A key of its own each time: after a failed payment the money is asked for anew.
        return str(self._rm.post(f"{self._url}/disbursement/request", {})["state"])

    def release(self) -> None:
        officer = self._at(self.people.disbursement_officer)
        officer.post(f"{self._url}/disbursement/release")

    # --- Papers ----------------------------------------------------------------------------------
    def _upload(self, kind: str, page: int) -> None:
        picture = pictures.paper(f"{kind} {page + 1}", str(self.wish.application_id))
        self._rm.send(
            f"{self._url}/materials",
            files={"file": (f"{kind.lower()}.jpg", picture, "image/jpeg")},
            data={"type": kind},
            key=self._key(f"{kind}-{page}"),
        )

    def _signature(self, what: str) -> dict[str, tuple[str, bytes, str]]:
        strokes = pictures.signature(f"{self.wish.borrower} {what}")
        return {"signature": ("signature.jpg", strokes, "image/jpeg")}

    def _findings(self) -> dict[str, Any]:
        visited = (self._now or datetime.now().astimezone()) - timedelta(minutes=20)
        return {
            "visit": "ON_SITE",
            "visited_at": visited.isoformat(),
            "place": "客户住所",
            "interview": "与客户面谈，收入稳定，借款用途真实，还款意愿良好。",
            "purpose_evidence": "购销合同与报价单",
            "opinion": "RECOMMEND",
            "opinion_text": "收入覆盖月供，同意上报。",
        }


Step = Callable[[LoanStory], str | None]
#: What is done in each state; no step, no story: the application has ended or waits for others.
_STEPS: dict[str, tuple[str, Step]] = {
    "": ("draft", LoanStory.draft),
    "DRAFT": ("accept", LoanStory.accept),
    "ACCEPTED": ("verify_identity", LoanStory.verify_identity),
    "ID_VERIFIED": ("authorize_credit", LoanStory.authorize_credit),
    "CREDIT_AUTHORIZED": ("query_credit", LoanStory.query_credit),
    "INVESTIGATING": ("investigate", LoanStory.investigate),
    "SUBMITTED": ("take_up_review", LoanStory.take_up_review),
    "UNDER_REVIEW": ("give_opinion", LoanStory.give_opinion),
    "IN_APPROVAL": ("approve", LoanStory.approve),
    "APPROVED": ("sign_contract", LoanStory.begin_contract),
    "CONTRACTING": ("sign_contract", LoanStory.sign_contract),
    "CONTRACTED": ("request_disbursement", LoanStory.request_disbursement),
    "DISBURSING": ("release", LoanStory.release),
}
