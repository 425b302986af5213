"""A customer's own phone: it opens the RM's link, reads the codes that arrive on it, and fills in what it shows."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from rest_framework.test import APIClient

from aladdin import clock
from organization.models import Staff
from tests.loans.builders import Case, done, picture, signature
from tests.sandbox_server import Sandbox

API = "/api/v1"
ENTRIES: dict[str, Any] = {
    "amount": "80000.00",
    "term_months": 24,
    "purpose": "HOME_IMPROVEMENT",
    "purpose_note": "厨房翻新",
    "repayment_method": "EQUAL_INSTALLMENT",
    "repayment_day": 20,
    "occupation": "EMPLOYED",
    "marital_status": "SINGLE",
    "employer": "廊坊某科技有限公司",
    "monthly_income": "15000.00",
    "monthly_debt": "0.00",
    "identity_is_long_term": True,
}


@dataclass
class Visitor:
    """Whoever holds the link's secret and a phone with this number."""

    case: Case
    sandbox: Sandbox
    token: str
    mobile: str
    device: str = field(default_factory=lambda: str(uuid4()))
    session: str = ""

    @property
    def client(self) -> APIClient:
        client = APIClient()
        headers = {"HTTP_X_DEVICE_ID": self.device}
        if self.session:
            headers["HTTP_AUTHORIZATION"] = f"Link {self.session}"
        client.credentials(**headers)
        return client

    # --- Opening ---------------------------------------------------------------------------------
    def ask_for_code(self, mobile: str = "") -> Any:
        return self.client.post(f"{API}/customer-links/{self.token}/code", {"mobile": mobile or self.mobile})

    def code(self) -> str:
        """The newest code that arrived on the phone; nothing where none did."""
        self.case.run_jobs()
        texts = self.sandbox.texts(self.mobile)
        found = re.findall(r"(?<!\d)\d{6}(?!\d)", texts[-1]["content"]) if texts else []
        return found[0] if found else ""

    def enter(self, code: str, mobile: str = "") -> Any:
        said = {"mobile": mobile or self.mobile, "code": code}
        return self.client.post(f"{API}/customer-links/{self.token}/session", said)

    def open(self) -> "Visitor":
        done(self.ask_for_code())
        self.session = done(self.enter(self.code()))["session"]
        return self

    # --- Behind the link -------------------------------------------------------------------------
    def get(self, door: str) -> Any:
        return self.client.get(f"{API}/customer-session/{door}")

    def post(self, door: str, said: dict[str, Any] | None = None) -> Any:
        return self.client.post(f"{API}/customer-session/{door}", said or {})

    def send(self, door: str, **form: Any) -> Any:
        return self.client.post(f"{API}/customer-session/{door}", form, format="multipart")

    def say_who(self, name: str, identity_no: str) -> Any:
        return self.post("applicant", {"name": name, "identity_no": identity_no})

    def fill_in(self, **said: Any) -> Any:
        return self.post("form", ENTRIES | said)

    def show_face(self) -> Any:
        return self.send("face", face=picture("face.jpg"))

    def read(self) -> str:
        """The digest of the text, and the time that reading it takes goes by in `sign`."""
        return str(done(self.get("consent"))["sha256"])

    def sign(self, *, after: int = 15, **said: Any) -> Any:
        """Read the consent for so many seconds, and sign it."""
        digest = self.read()
        with clock.at(clock.now() + timedelta(seconds=after)):
            return self.send("consent", **({"signature": signature(), "text_sha256": digest} | said))

    def file(self, kind: str) -> Any:
        return self.send("materials", type=kind, file=picture())

    def steps(self) -> dict[str, bool]:
        return {each["step"]: each["is_done"] for each in done(self.get("progress"))["steps"]}


def make_link(case: Case, *, by: Staff | None = None, **said: Any) -> dict[str, Any]:
    """A link of the RM's for the consumption loan, unless it is for an application that there is."""
    about = said if "application" in said else {"product": "PERSONAL_CONSUMPTION", **said}
    about = {name: value for name, value in about.items() if value is not None}
    made: dict[str, Any] = done(case.phone(by or case.bank.rm).post(f"{API}/loan-links", about))
    return made


def token_of(made: dict[str, Any]) -> str:
    return str(made["url"].rpartition("/")[2])


def visitor(case: Case, sandbox: Sandbox, *, mobile: str = "", **said: Any) -> Visitor:
    """The customer of the case with a link that was made for him."""
    made = make_link(case, **({"customer": str(case.customer.pk)} | said))
    return Visitor(case, sandbox, token_of(made), mobile or case.customer.mobile)
