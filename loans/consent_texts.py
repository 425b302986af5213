"""The texts of the credit-bureau authorization: versions with a day from which they rule, rendered for one person."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import transaction

from aladdin import audit, clock, masking, parameters
from aladdin.problems import RuleBroken
from loans import obligors
from loans.codes import PartyRole
from loans.models import ConsentText
from loans.obligors import Obligor
from organization.access import require
from organization.models import Staff

_SHIPPED = Path(__file__).parent / "templates" / "loans" / "credit_authorization"
#: What the house ships: version → from when it rules.
_VERSIONS = {"2026-01": date(2020, 1, 1), "2026-01-E": date(2020, 1, 1)}
#: Those of them that a firm signs.
_OF_FIRMS = frozenset({"2026-01-E"})
_S = ConsentText.Signer
_BLANK = re.compile(r"\{\{\s*(\w+)\s*\}\}")
#: What a text may name, and what it must.
BLANKS = {
    "bank": "本行名称",
    "version": "文本版本",
    "name": "授权人姓名",
    "identity_no": "授权人证件号码（脱敏）",
    "part": "授权人身份（借款人、保证人等）",
    "borrower": "借款人姓名（脱敏）",
    "product": "产品名称",
    "application_no": "申请编号",
    "reason": "查询原因",
    "representative": "企业的法定代表人（仅企业）",
    "days": "授权有效天数",
}
_NEEDED = ("name", "identity_no", "reason", "days", "application_no")


class ConsentTextMissing(LookupError):
    """No text rules yet: a fault of configuration (`seed`)."""


@dataclass(frozen=True)
class RenderedText:
    """The clause as one person reads it, conspicuous and whole, with the digest that he signs."""

    row: ConsentText
    body: str
    sha256: str

    @property
    def version(self) -> str:
        return self.row.version


def in_force(on: date | None = None, *, signer: str = _S.PERSON) -> ConsentText:
    """The text that rules on a business date for persons, or for firms. Raises ConsentTextMissing."""
    rows = ConsentText.objects.filter(effective_from__lte=on or clock.today(), signer=signer)
    found = rows.order_by("-effective_from", "-id").first()
    if found is None:
        raise ConsentTextMissing("no text of the credit authorization: run seed_loan_products")
    return found


def rendered(obligor: Obligor) -> RenderedText:
    """What this person would sign today."""
    row = in_force(signer=_S.BUSINESS if obligor.is_firm else _S.PERSON)
    values = _values(obligor, row)
    body = _BLANK.sub(lambda blank: values[blank[1]], row.body)
    return RenderedText(row, body, hashlib.sha256(body.encode()).hexdigest())


def _values(obligor: Obligor, row: ConsentText) -> Mapping[str, str]:
    application, person = obligor.application, obligor.person
    acting = obligors.representative(application) if obligor.is_firm else None
    return {
        "bank": settings.BANK_NAME,
        "version": row.version,
        "name": person.name,
        "identity_no": masking.identity_number_for_owner(person.identity_no),
        "part": str(PartyRole(obligor.party.role).label) if obligor.party else "借款人",
        "borrower": application.customer.masked_name() if obligor.party else person.name,
        "product": application.product.name,
        "application_no": application.application_no,
        "reason": str(obligor.reason.label),
        "representative": acting.name if acting else "",
        "days": str(parameters.integer("loan.credit_authorization_valid_days")),
    }


# --- Keeping the texts ---------------------------------------------------------------------------
@transaction.atomic
def add(*, version: str, body: str, effective_from: date, by: Staff, signer: str = _S.PERSON) -> ConsentText:
    """Another version, from a coming day on. Raises `consent_text_too_early`, `consent_text_faulty` (422)."""
    require(by, "loan_product.edit")
    if effective_from <= clock.today():
        detail = "新文本须自明日或以后生效：今日已签署的须与当日文本一致"
        raise RuleBroken("consent_text_too_early", detail, errors={"effective_from": [detail]})
    if faults := list(faults_of(body)):
        raise RuleBroken("consent_text_faulty", "；".join(faults), errors={"body": faults})
    row = _insert(version, body, effective_from, signer)
    audit.record(by=by, action="add_consent_text", subject=f"consent-text/{row.pk}", version=version, sha256=row.sha256)
    return row


def faults_of(body: str) -> Iterable[str]:
    """What is wrong with a text: blanks that nobody fills, and those that it must have."""
    named = set(_BLANK.findall(body))
    for name in sorted(named - BLANKS.keys()):
        yield f"未知的占位符“{name}”"
    for name in _NEEDED:
        if name not in named:
            yield f"缺少“{BLANKS[name]}”（{{{{ {name} }}}}）"
    if re.search(r"[{}]", _BLANK.sub("", body)):
        yield "大括号未成对"


def seed() -> None:
    """The texts that the house ships; what is there stays."""
    for version, day in _VERSIONS.items():
        if not ConsentText.objects.filter(version=version).exists():
            signer = _S.BUSINESS if version in _OF_FIRMS else _S.PERSON
            _insert(version, (_SHIPPED / f"{version}.txt").read_text(encoding="utf-8").strip(), day, signer)


def _insert(version: str, body: str, effective_from: date, signer: str) -> ConsentText:
    row = ConsentText(version=version, body=body, effective_from=effective_from, signer=signer)
    row.seal_digest()
    row.save(force_insert=True)
    return row
