"""Filling in the forms of the intake step by step: what is there, what is wrong, what the bank knows already.

A step may be saved in part, in any order, as long as the file is the investigators'. What makes it whole is the
schema of the product's version (`loans/forms/`), and the rules that no schema can say.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from aladdin import audit
from aladdin.api.concurrency import check_version
from aladdin.problems import Conflict, NotFound, RuleBroken
from loans import field_conflicts, field_log, investigation
from loans.codes import Step
from loans.forms import checking, documents, prefill
from loans.forms.checking import Fault
from loans.forms.fields import Schema
from loans.forms.module import Computed, StepModule, Values
from loans.forms.modules import MODULES
from loans.forms.prefill import Suggestion
from loans.leading import lead_only, touch
from loans.models import FieldConflict, LoanApplication
from loans.states import EDITABLE, State
from loans.transitions import hold, subject_of
from organization.models import Staff


@dataclass(frozen=True)
class Form:
    """One step of one application: the schema, what was filled in, what is wrong or missing, what is known."""

    application: LoanApplication
    module: StepModule
    schema: Schema
    document: Values
    faults: list[Fault]
    computed: list[Computed]
    suggestions: list[Suggestion] = field(default_factory=list)
    conflicts: list[FieldConflict] = field(default_factory=list)

    @property
    def version(self) -> int:
        """Of the application: saving a step names it."""
        return self.application.version


# --- Reading ------------------------------------------------------------------------------------
def form_of(application: LoanApplication, step: str, *, by: Staff) -> Form:
    """The form as it stands. Raises NotFound where the product has no such step, or the step no form."""
    module = module_of(application, step)
    schema = documents.schema_of(application.product_version, module)
    document = documents.document_of(module, module.read(application))
    leads = application.investigator_id == by.pk
    return Form(
        application=application,
        module=module,
        schema=schema,
        document=document,
        faults=checking.faults(schema, document),
        computed=list(module.computed(application)),
        suggestions=prefill.suggestions(application, module, by=by) if leads else [],
        conflicts=[each for each in field_conflicts.unsettled(application) if each.step == step],
    )


def module_of(application: LoanApplication, step: str) -> StepModule:
    """The step's module, if the product has the step."""
    module = MODULES.get(Step(step)) if step in Step.values else None
    if module is None or step not in application.product_version.steps:
        raise NotFound("本产品没有这个步骤，或该步骤无需填表")
    return module


# --- Saving -------------------------------------------------------------------------------------
@transaction.atomic
def save(
    application: LoanApplication,
    step: str,
    document: Values,
    *,
    by: Staff,
    version: int | None,
    use_prefill: Iterable[str] = (),
    device: str = "",
) -> LoanApplication:
    """Save a part of a step: the fields and rows that the document names, besides suggestions taken by name.

    Raises `stale` (412), `not_editable` (409), `not_in_charge` (403), `form_invalid` (422, every path at once), and
    what the step's own capability refuses."""
    held = open_for(application, by)
    check_version(held, version)
    module = module_of(held, step)
    wanted = list(use_prefill)
    known = prefill.suggestions(held, module, by=by) if wanted else []
    document = _merged(module, prefill.taken(known, wanted, module), document)
    document = documents.normal(held.product_version, module, document)
    require_sound(held, module, document)
    return put(held, module.step, documents.rows_of(module, document), by=by, device=device)


def open_for(application: LoanApplication, by: Staff) -> LoanApplication:
    """The application, held, if this person may fill it in now."""
    held = hold(application.pk)
    lead_only(held, "loan.edit", by)
    if held.state not in EDITABLE:
        raise Conflict("not_editable", f"当前状态“{State(held.state).label}”不能修改申请", state=held.state)
    return held


def require_sound(held: LoanApplication, module: StepModule, document: Values) -> None:
    """Raise `form_invalid` for everything that is wrong with what was sent; what is missing may come later."""
    schema = documents.schema_of(held.product_version, module)
    found = checking.faults(schema, documents.without_blanks(module, document), partial=True)
    if found:
        detail = "；".join(fault.detail for fault in found)
        raise RuleBroken("form_invalid", detail, errors=checking.by_path(found))


def put(
    held: LoanApplication, step: Step, rows: dict[str, Values | None], *, by: Staff, device: str = ""
) -> LoanApplication:
    """Write checked rows to a held file, with the log of it; the file as it stands then."""
    held = write_rows(held, step, rows, by=by)
    said = {row: {"": None} if values is None else values for row, values in rows.items()}
    for row, values in said.items():
        field_log.note(held, step, values, by=by, row=row, device=device)
    places = [(str(step), row, name) for row, values in said.items() for name in values]
    field_conflicts.settle_by_edit(held, places, by=by)
    return held


def write_rows(held: LoanApplication, step: Step, rows: dict[str, Values | None], *, by: Staff) -> LoanApplication:
    """Write rows through the step's module, and reopen what rests on them."""
    module = MODULES[step]
    for row, values in rows.items():
        if values is None and module.remove is not None:
            module.remove(held, row, by)
        elif values is not None:
            module.write(held, row, values, by)
        held.refresh_from_db()
    if rows and step in (Step.BUSINESS_INFORMATION, Step.COLLATERAL):  # the other two steps look after themselves
        investigation.reopen(held)
        touch(held)
        audit.record(by=by, action="loan.save_step", subject=subject_of(held), step=str(step))
    return held


def _merged(module: StepModule, first: Values, then: Values) -> Values:
    """Suggestions below what was typed."""
    if not module.rows:
        return {**first, **then}
    rows: Any = then.get(module.rows, [])
    more: list[Any] = first.get(module.rows, [])
    return {**then, module.rows: [*rows, *more]} if isinstance(rows, list) and (rows or more) else then
