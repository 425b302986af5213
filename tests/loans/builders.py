"""Customers, pictures and cases for tests of lending. A `Case` is moved by its people's phones, step by step."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from aladdin import clock
from crm.customers import enter
from crm.models import Customer
from loans import products
from loans.decision import scorecards
from loans.decision import shipped as decision_rules
from loans.models import ApprovalAuthority, LoanApplication, LoanProduct
from organization.models import Staff
from tests.world import Bank, Phone

API = "/api/v1"
APPLICATIONS = f"{API}/loan-applications"
TODAY_CARD = "2036-01-01"

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RECORDED = 202  # whose card the recorded readings show (`recorded_lines.json`)
_numbers = (number for number in count(1) if number % 1000 != _RECORDED)
_shades = count(1)


def identity_no(born: date = date(1990, 3, 15), sequence: int | None = None) -> str:
    """A number of the area that no place has, with its check digit; a new one at each call."""
    sequence = next(_numbers) if sequence is None else sequence
    body = f"999999{born:%Y%m%d}{sequence % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def customer_of(rm: Staff, *, name: str = "张三丰", born: date = date(1990, 3, 15)) -> Customer:
    """A person whom the RM manages from today on."""
    mobile = f"138{next(_numbers):08d}"
    customer, _ = enter(kind="PERSON", name=name, identity_no=identity_no(born), mobile=mobile, by=rm)
    return customer


def picture(name: str = "picture.jpg", *, size: tuple[int, int] = (640, 480), kind: str = "JPEG") -> SimpleUploadedFile:
    """A photograph, unlike any other."""
    shade = next(_shades)
    image = Image.new("RGB", size, (shade % 256, shade // 256 % 256, 180))
    ImageDraw.Draw(image).text((20, 20), f"No. {shade}", fill="white")
    sheet = io.BytesIO()
    image.save(sheet, kind)
    return SimpleUploadedFile(name, sheet.getvalue(), content_type=f"image/{kind.lower()}")


def signature() -> SimpleUploadedFile:
    """Strokes on white."""
    shade = next(_shades)
    image = Image.new("RGB", (400, 160), "white")
    ImageDraw.Draw(image).line([(20, 120), (120 + shade % 60, 30), (220, 130), (360, 40)], fill="black", width=5)
    sheet = io.BytesIO()
    image.save(sheet, "PNG")
    return SimpleUploadedFile("signature.png", sheet.getvalue(), content_type="image/png")


def shelf(bank: Bank) -> None:
    """The products, and who may approve how much."""
    if not LoanProduct.objects.exists():
        products.seed()
        decision_rules.seed()
        scorecards.seed()
    for staff, level, most in ((bank.approver, 1, 300_000), (bank.senior_approver, 2, 1_000_000)):
        ApprovalAuthority.objects.create(
            staff=staff, level=level, max_amount=Decimal(most), effective_from=date(2020, 1, 1)
        )


#: A consumption loan that anybody would take up.
TERMS: dict[str, Any] = {
    "amount": "100000.00",
    "term_months": 12,
    "purpose": "HOME_IMPROVEMENT",
    "purpose_note": "新房装修",
    "repayment_method": "EQUAL_INSTALLMENT",
    "repayment_day": 15,
    "occupation": "EMPLOYED",
    "marital_status": "SINGLE",
    "employer": "廊坊某科技有限公司",
    "monthly_income": "20000.00",
    "monthly_debt": "1500.00",
    "identity_is_long_term": True,
}
FINDINGS: dict[str, Any] = {
    "visit": "ON_SITE",
    "place": "廊坊市广阳区客户住所",
    "interview": "客户陈述借款用于新房装修，收入稳定。",
    "purpose_evidence": "装修合同",
    "monthly_income": "20000.00",
    "monthly_outgo": "6000.00",
    "monthly_debt": "1500.00",
    "opinion": "RECOMMEND",
    "opinion_text": "收入稳定，用途真实，同意上报。",
}


@dataclass
class Case:
    """One application and the phones of its people. Each step answers 2xx or the test fails there."""

    bank: Bank
    run_jobs: Callable[[], int]
    customer: Customer
    id: str = ""
    phones: dict[str, Phone] = field(default_factory=dict)

    def phone(self, staff: Staff) -> Phone:
        """The person's phone, signed in once."""
        return self.phones.setdefault(staff.employee_no, Phone(staff))

    @property
    def rm(self) -> Phone:
        return self.phone(self.bank.rm)

    @property
    def url(self) -> str:
        return f"{APPLICATIONS}/{self.id}"

    @property
    def row(self) -> LoanApplication:
        found: LoanApplication = LoanApplication.objects.get(pk=self.id)
        return found

    def upload(self, path: str, *, by: Staff | None = None, **form: Any) -> Any:
        """A multipart POST."""
        return self.phone(by or self.bank.rm).post(f"{self.url}/{path}", form, format="multipart")

    def post(self, path: str, data: Any = None, *, by: Staff | None = None) -> Any:
        """A JSON POST."""
        return self.phone(by or self.bank.rm).post(f"{self.url}/{path}", data or {})

    # --- Steps -----------------------------------------------------------------------------------
    def draft(self, **terms: Any) -> "Case":
        said = {
            "customer": str(self.customer.pk),
            "product": "PERSONAL_CONSUMPTION",
            "co_investigator": str(self.bank.co_rm.pk),
            **TERMS,
            **terms,
        }
        self.id = done(self.rm.post(APPLICATIONS, {k: v for k, v in said.items() if v is not None}))["id"]
        return self

    def accept(self) -> "Case":
        done(self.post("accept"))
        return self

    def verify(self) -> "Case":
        assert done(self.upload("identity-checks", face=picture("face.jpg")))["passed"]
        return self

    def sign(self) -> Any:
        text = done(self.rm.get(f"{self.url}/credit-consent-text"))
        return self.upload("credit-authorizations", signature=signature(), text_sha256=text["sha256"], place="广阳支行")

    def authorize(self) -> "Case":
        done(self.sign())
        return self

    def query(self) -> "Case":
        done(self.post("credit-reports", {"reason": "02"}, by=self.bank.query_officer))
        self.run_jobs()
        return self

    def investigate(self) -> "Case":
        for kind in ("ID_CARD", "ID_CARD", "INC_PROOF"):
            done(self.upload("materials", type=kind, file=picture()))
        visited_at = (clock.now() - timedelta(hours=1)).isoformat()
        done(self.post("due-diligence", {**FINDINGS, "visited_at": visited_at}))
        self.answer_findings()
        done(self.post("due-diligence/confirm", {"note": "属实"}, by=self.bank.co_rm))
        return self

    def answer_findings(self) -> None:
        """A says how each serious contradiction comes about."""
        for each in done(self.rm.get(f"{self.url}/findings")):
            if each["is_open"]:
                said = {"fingerprint": each["fingerprint"], "answer": "已向客户核实，差异原因属实"}
                done(self.post(f"findings/{each['code']}/answer", said))

    def submit(self) -> "Case":
        done(self.post("submit"))
        return self

    def to(self, state: str) -> "Case":
        """Walk from nothing to a state of the intake."""
        for reached, step in (
            ("DRAFT", self.draft),
            ("ACCEPTED", self.accept),
            ("ID_VERIFIED", self.verify),
            ("CREDIT_AUTHORIZED", self.authorize),
            ("INVESTIGATING", self.query),
            ("READY", self.investigate),
            ("SUBMITTED", self.submit),
        ):
            step()
            if reached == state:
                return self
        raise ValueError(f"{state} lies beyond the intake")


def done(answer: Any) -> Any:
    """The content of an answer that must be a success."""
    assert 200 <= answer.status_code < 300, answer.content.decode()
    return answer.json()


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer that must be this refusal, with a Chinese message."""
    content: dict[str, Any] = answer.json()
    assert (answer.status_code, content.get("code")) == (status, code), content
    assert any("\u4e00" <= char <= "\u9fff" for char in content["detail"]), content
    return content
