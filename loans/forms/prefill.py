"""What the bank knows already, so that nothing is typed twice: of the customer, his earlier applications, his papers.

A source is a function here and a line in `SOURCES`, the better before the worse. Suggestions are offered for fields
that are empty; they are taken by name, so that a clear value need not travel to the phone and back.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aladdin.ids import uuid7
from loans.codes import Step
from loans.forms import documents
from loans.forms.module import StepModule, Values
from loans.states import State

if TYPE_CHECKING:
    from loans.models import LoanApplication
    from organization.models import Staff

#: What an earlier application tells of the customer; what he wants now is another matter.
_LASTING = {
    Step.APPLICANT: {
        "occupation",
        "marital_status",
        "employer",
        "residence_area",
        "monthly_income",
        "monthly_debt",
        "repayment_day",
        "identity_is_long_term",
        "identity_expires_on",
        "payee_name",
        "payee_account",
        "payee_bank",
    },
}


@dataclass(frozen=True)
class Suggestion:
    """A value for a field, or for a whole row (`field` is then the row's id in its source)."""

    field: str
    value: Any
    source: str
    source_label: str
    as_of: datetime | None


Source = Callable[["LoanApplication", StepModule, "Staff"], Iterable[Suggestion]]


def suggestions(application: "LoanApplication", module: StepModule, *, by: "Staff") -> list[Suggestion]:
    """The best suggestion for each field that is empty and that this product asks for."""
    asked = {field.name for field in documents.fields_of(application.product_version, module)}
    there = module.read(application)
    known = set() if module.rows else set(there.get("", {}))
    found: dict[str, Suggestion] = {}
    for source in SOURCES:
        for each in source(application, module, by):
            if each.field not in known and each.field not in found and (module.rows or each.field in asked):
                found[each.field] = each
    return [each for each in found.values() if not (module.rows and _is_there(each.value, there))]


def taken(found: Iterable[Suggestion], wanted: Iterable[str], module: StepModule) -> Values:
    """The document that takes the wanted suggestions; a row gets an id of its own."""
    by_field = {each.field: each.value for each in found}
    chosen = {name: by_field[name] for name in wanted if name in by_field}
    if module.rows:
        return {module.rows: [{"id": str(uuid7()), **value} for value in chosen.values()]}
    return chosen


def _is_there(value: Values, rows: dict[str, Values]) -> bool:
    """Whether a row like that is in the file already, by the number that tells it from others."""
    mark = "certificate_no" if "certificate_no" in value else "identity_no"
    return any(row.get(mark) == value.get(mark) for row in rows.values())


# --- Sources ------------------------------------------------------------------------------------
def _customer(application: "LoanApplication", module: StepModule, by: "Staff") -> Iterator[Suggestion]:
    """The customer's own entry: a firm is its own business, a person is his own payee."""
    customer = application.customer
    said: dict[str, Any] = {}
    if module.step == Step.BUSINESS_INFORMATION and customer.kind == "BUSINESS":
        said = {"name": customer.name, "credit_code": customer.identity_no, "premises_address": customer.address}
    if module.step == Step.APPLICANT:
        said = {"payee_name": customer.name}
    for field, value in said.items():
        if value:
            yield Suggestion(field, value, "CUSTOMER", "客户档案", customer.created_at)


def _documents(application: "LoanApplication", module: StepModule, by: "Staff") -> Iterator[Suggestion]:
    """What was read from his papers and confirmed."""
    from loans.forms import prefill_readings  # noqa: PLC0415  the forms are asked by the machine of the models

    for field, value, reading in prefill_readings.read_of(application, module.step):
        yield Suggestion(field, value, "DOCUMENT", f"{reading.get_kind_display()}识别", reading.confirmed_at)


def _earlier(application: "LoanApplication", module: StepModule, by: "Staff") -> Iterator[Suggestion]:
    """The customer's last application that was taken up and that this person may see."""
    before = _before(application, by)
    if before is None:
        return
    label = f"申请{before.application_no}"
    lasting = _LASTING.get(module.step)
    for row_id, values in module.read(before).items():
        if module.rows:
            yield Suggestion(row_id, values, "EARLIER_APPLICATION", label, before.updated_at)
            continue
        for field, value in values.items():
            if lasting is None or field in lasting:
                yield Suggestion(field, value, "EARLIER_APPLICATION", label, before.updated_at)


def _before(application: "LoanApplication", by: "Staff") -> "LoanApplication | None":
    rows = type(application).objects.visible_to(by).filter(customer=application.customer_id)
    rows = rows.exclude(pk=application.pk).exclude(state=State.DRAFT)
    rows = rows.select_related("product_version__product", "customer").order_by("-created_at")
    found: LoanApplication | None = rows.first()
    return found


SOURCES: list[Source] = [_documents, _earlier, _customer]
