"""What is asked for against what the product allows, by the schema of the applicant's form: amount, term, method,
complete data.

Age and purpose are hard rules kept as data (`loans/decision`), asked with the rest."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from loans import form_gates, hard_rules
from loans.blocker import Blocker
from loans.codes import Step
from loans.forms.checking import Fault
from loans.repayment_rules import misfits

if TYPE_CHECKING:
    from loans.models import LoanApplication

#: The refusals that phones know by their own codes.
_CODES = {
    "amount": "amount_out_of_range",
    "term_months": "term_out_of_range",
    "repayment_method": "repayment_method_not_allowed",
}
#: What a hard rule says better.
_ELSEWHERE = frozenset({"purpose"})


def broken_by(application: "LoanApplication") -> Iterable[Blocker]:
    """Every limit that the application breaks, what is missing included."""
    found = form_gates.faults_of(application, Step.APPLICANT)
    yield from _missing(found)
    yield from _beyond(found)
    yield from _plan(application)
    yield from hard_rules.on_entry(application)


def missing(application: "LoanApplication") -> Iterable[Blocker]:
    """Required fields that are empty."""
    return _missing(form_gates.faults_of(application, Step.APPLICANT))


def beyond(application: "LoanApplication") -> Iterable[Blocker]:
    """Values given that the product does not allow; what is empty breaks nothing."""
    yield from _beyond(form_gates.faults_of(application, Step.APPLICANT))
    yield from _plan(application)
    yield from hard_rules.on_entry(application)


def _missing(found: list[Fault]) -> Iterable[Blocker]:
    return (Blocker("field_missing", fault.detail, fault.path) for fault in found if fault.is_gap)


def _beyond(found: list[Fault]) -> Iterable[Blocker]:
    for fault in found:
        if not fault.is_gap and fault.path not in _ELSEWHERE:
            yield Blocker(_CODES.get(fault.path, "field_invalid"), fault.detail, fault.path)


def _plan(application: "LoanApplication") -> Iterable[Blocker]:
    """Steps and seasons, once method and term are known."""
    if application.repayment_method and application.term_months:
        found = misfits(
            application.product_version,
            method=application.repayment_method,
            term_months=application.term_months,
            payment_months=application.payment_months,
        )
        for name, detail in found:
            yield Blocker("repayment_plan_not_allowed", detail, name)
