"""The forms as gates: what a step still lacks, said by the same schema that checked it when it was filled in."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from loans.blocker import Blocker
from loans.codes import Step
from loans.forms import checking, documents
from loans.forms.checking import Fault
from loans.forms.module import StepModule
from loans.forms.modules import MODULES
from loans.reading import once

if TYPE_CHECKING:
    from loans.models import LoanApplication

#: What the applicant's own form lacks is asked before acceptance (`loans/limits.py`); the rest before submission.
BEFORE_SUBMISSION = (Step.BUSINESS_INFORMATION, Step.SPOUSE_GUARANTOR, Step.COLLATERAL)


@once
def faults_of(application: "LoanApplication", step: Step) -> list[Fault]:
    """What the schema has against the step as it was filled in."""
    module = MODULES[step]
    schema = documents.schema_of(application.product_version, module)
    return checking.faults(schema, documents.document_of(module, module.read(application)))


def shortcomings(application: "LoanApplication", step: Step) -> Iterable[Blocker]:
    """What the step's form still lacks, and which rules what was filled in breaks."""
    module = MODULES[step]
    for fault in faults_of(application, step):
        yield Blocker("field_missing" if fault.is_gap else "field_invalid", fault.detail, _path(module, fault.path))
    yield from module.beyond(application)


def unfinished(application: "LoanApplication") -> Iterable[Blocker]:
    """What the forms of the product's further steps lack before the file is handed in."""
    for step in application.product_version.steps:
        if step in BEFORE_SUBMISSION:
            yield from shortcomings(application, Step(step))


def unsettled(application: "LoanApplication") -> Iterable[Blocker]:
    """A file in which a field has two values is not handed on."""
    for conflict in application.field_conflicts.filter(settled_at__isnull=True):
        path = ".".join(part for part in (conflict.row, conflict.field) if part)
        yield Blocker("field_conflict", f"{conflict.label}有两处不同的填写，请确认采用哪一个", path)


def _path(module: StepModule, path: str) -> str:
    """`business.credit_code`; the rows of a step carry its name already."""
    return path if module.rows or not module.prefix else f"{module.prefix}.{path}"
