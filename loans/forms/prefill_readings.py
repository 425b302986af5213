"""What the engine read from the customer's documents, once the RM has confirmed it: nothing of it is typed again."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from aladdin import areas
from loans.codes import Step
from loans.models import DocumentReading
from loans.ocr.fields import LONG_TERM

if TYPE_CHECKING:
    from loans.models import LoanApplication

Kind = DocumentReading.Kind
Read = dict[str, str]


def read_of(application: "LoanApplication", step: Step) -> Iterator[tuple[str, Any, DocumentReading]]:
    """(field, value, reading) of the borrower's confirmed documents, the newest of each kind."""
    readings = application.readings.filter(state=DocumentReading.State.CONFIRMED, party__isnull=True)
    newest = {reading.kind: reading for reading in readings.order_by("confirmed_at").prefetch_related("fields")}
    for kind, reading in newest.items():
        reading.application = application  # its key
        said = {field.name: field.confirmed for field in reading.fields.all()}
        for field, value in _TOLD.get((step, kind), _nothing)(said).items():
            if value not in (None, ""):
                yield field, value, reading


def _nothing(said: Read) -> dict[str, Any]:
    return {}


def _licence(said: Read) -> dict[str, Any]:
    term = said.get("term", "")
    return {
        "name": said.get("name"),
        "credit_code": said.get("code"),
        "legal_representative": said.get("representative"),
        "registered_on": said.get("founded"),
        "licence_is_long_term": True if term == LONG_TERM else None,
        "licence_expires_on": None if term == LONG_TERM else term,
        "premises_address": said.get("address"),
        "main_business": said.get("scope", "")[:200],
    }


def _person(said: Read) -> dict[str, Any]:
    area = areas.of_address(said.get("address", ""))
    return {"residence_area": area if areas.is_area(area) else None}


def _representative(said: Read) -> dict[str, Any]:
    return {"legal_representative": said.get("name"), "legal_representative_no": said.get("number")}


def _card(said: Read) -> dict[str, Any]:
    return {"payee_account": said.get("number"), "payee_bank": said.get("bank")}


_TOLD: dict[tuple[Step, str], Callable[[Read], dict[str, Any]]] = {
    (Step.BUSINESS_INFORMATION, Kind.LICENCE): _licence,
    (Step.BUSINESS_INFORMATION, Kind.IDENTITY_FRONT): _representative,
    (Step.APPLICANT, Kind.IDENTITY_FRONT): _person,
    (Step.APPLICANT, Kind.BANK_CARD): _card,
}
