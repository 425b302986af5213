"""Drafts that were filled in without a connection come back and are merged, without a duplicate and without a loss.

A phone sends what it changed field by field, with its own moment for each and the newest version that it knew. What
was sent before is known by phone and moment and changes nothing; what others changed meanwhile is compared
(`loans/merging.py`); what is wrong is told field by field and stays on the phone, the rest is kept.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.problems import Conflict, NotFound, Problem, RuleBroken
from loans import field_conflicts, field_log, intake, merge_book, step_forms
from loans.codes import Step
from loans.field_log import Place
from loans.forms import checking, documents
from loans.forms.module import Values
from loans.forms.modules import MODULES
from loans.merge_book import Book, Page
from loans.merging import Change, plausible
from loans.models import FieldConflict, LoanApplication
from loans.transitions import hold, subject_of
from organization.models import Staff


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One change as the phone tells it; an empty `field` takes the row out."""

    step: str
    row: str
    field: str
    value: Any
    at: datetime

    @property
    def place(self) -> Place:
        return (self.step, self.row, self.field)


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What a phone sends about one draft; `customer_id` and `product` for one that the bank does not know yet."""

    application_id: UUID
    device: str
    seen: int
    edits: list[Edit]
    customer_id: UUID | None = None
    product: str = ""


@dataclass
class Merged:
    """What became of it: each change's outcome, the conflicts with both values, and what was refused, by path."""

    application: LoanApplication
    is_new: bool
    outcomes: list[tuple[Edit, str]] = field(default_factory=list)
    conflicts: list[FieldConflict] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)

    @property
    def told(self) -> list[dict[str, Any]]:
        """Each change with its outcome."""
        return [
            {"step": edit.step, "row": edit.row, "field": edit.field, "at": edit.at, "outcome": outcome}
            for edit, outcome in self.outcomes
        ]

    @property
    def version(self) -> int:
        """What the phone knows from now on."""
        return self.application.version


@transaction.atomic
def merge(parcel: Parcel, *, by: Staff) -> Merged:
    """Merge a phone's changes into the application, which is made where it is new.

    Raises `id_taken`, `not_editable` (409), `not_in_charge` (403), NotFound for the customer, `draft_unknown` (422)
    where a new draft does not say for whom and which product."""
    application, is_new = _application(parcel, by)
    held = step_forms.open_for(application, by)
    found = Merged(held, is_new)
    book = Book(held, seen=parcel.seen, device=parcel.device, by_id=by.pk)
    edits = _sound(held, _on_time(parcel.edits), found)
    pages = [page for step in _steps(held, edits) for page in _merge_step(found, book, step, edits[step], by)]
    _put_on_record(found, book, pages, by)
    return found


def _application(parcel: Parcel, by: Staff) -> tuple[LoanApplication, bool]:
    """The application under the phone's id; somebody else's, or one for another customer, is no draft of his."""
    known = LoanApplication.objects.select_related("product").filter(pk=parcel.application_id).first()
    if known is None:
        if parcel.customer_id is None or not parcel.product:
            detail = "新草稿须说明客户和产品"
            raise RuleBroken("draft_unknown", detail, errors={"customer": [detail], "product": [detail]})
        return intake.create(
            by=by, customer_id=parcel.customer_id, product=parcel.product, application_id=parcel.application_id
        )
    is_his = LoanApplication.objects.visible_to(by).filter(pk=known.pk).exists()
    same = parcel.customer_id in (None, known.customer_id) and parcel.product in ("", known.product.code)
    if not is_his and parcel.customer_id is None:
        raise NotFound("没有找到该申请")
    if not is_his or not same:
        raise Conflict("id_taken", "该标识已被使用，请重新生成")
    return known, False


def _on_time(edits: Iterable[Edit]) -> list[Edit]:
    """In the order of the phone's clock, which may not run ahead."""
    now = clock.now()
    ahead = timedelta(minutes=parameters.integer("loan.phone_clock_ahead_minutes"))
    return sorted((replace(each, at=plausible(each.at, now, ahead)) for each in edits), key=lambda each: each.at)


def _steps(held: LoanApplication, edits: dict[Step, list[Edit]]) -> list[Step]:
    """In the product's order: who is married is known before the spouse is entered."""
    return [Step(step) for step in held.product_version.steps if step in edits]


# --- What is sound at all ------------------------------------------------------------------------
def _sound(held: LoanApplication, edits: list[Edit], found: Merged) -> dict[Step, list[Edit]]:
    """The changes that the forms allow, by step; the others are told and left on the phone."""
    by_step: dict[Step, list[Edit]] = defaultdict(list)
    for edit in edits:
        if edit.step in held.product_version.steps and edit.step in MODULES:
            by_step[Step(edit.step)].append(edit)
        else:
            _refuse(found, edit, "本产品没有这个步骤，或该步骤无需填表")
    return {step: _allowed(held, step, some, found) for step, some in by_step.items()}


def _allowed(held: LoanApplication, step: Step, edits: list[Edit], found: Merged) -> list[Edit]:
    module = MODULES[step]
    schema = documents.schema_of(held.product_version, module)
    kept = []
    for edit in edits:
        if bool(edit.row) != bool(module.rows):
            _refuse(found, edit, "该步骤须指明行" if module.rows else "该步骤不分行")
            continue
        document = documents.normal(held.product_version, module, _alone(step, edit))
        faults = checking.faults(schema, documents.without_blanks(module, document), partial=True)
        for fault in faults:
            _refuse(found, edit, fault.detail)
        if not faults:
            values = documents.rows_of(module, document)[edit.row]
            kept.append(edit if values is None else replace(edit, value=values.get(edit.field)))
    return kept


def _alone(step: Step, edit: Edit) -> dict[str, Any]:
    """A document that says this change and nothing else."""
    module = MODULES[step]
    if not module.rows:
        return {edit.field: edit.value}
    said = {edit.field: edit.value} if edit.field else {"removed": True}
    return {module.rows: [{"id": edit.row, **said}]}


def path_of(edit: Edit) -> str:
    """Where the phone finds what was refused."""
    return ".".join(part for part in (edit.step, edit.row, edit.field) if part)


def _refuse(found: Merged, edit: Edit, detail: str) -> None:
    said = found.errors.setdefault(path_of(edit), [])
    if detail not in said:
        said.append(detail)
    if (edit, "REFUSED") not in found.outcomes:
        found.outcomes.append((edit, "REFUSED"))


# --- Judging and writing -------------------------------------------------------------------------
def _merge_step(found: Merged, book: Book, step: Step, edits: list[Edit], by: Staff) -> list[Page]:
    """Judge a step's changes and write what is taken, row by row; what its capability refuses stays on the phone."""
    rows: dict[str, list[Edit]] = defaultdict(list)
    for edit in edits:
        rows[edit.row].append(edit)
    return [page for row, some in rows.items() for page in _merge_row(found, book, step, row, some, by)]


def _merge_row(found: Merged, book: Book, step: Step, row: str, edits: list[Edit], by: Staff) -> list[Page]:
    """The page of a row, whole: where the capability refuses a field, once more without it."""
    while edits:
        page = book.page(step, row)
        judged = [(edit, page.judge(edit.field, _change(book, edit))) for edit in edits]
        refused = _written(found, step, page.to_write(), by)
        if not refused:
            found.outcomes += [(edit, str(verdict)) for edit, verdict in judged]
            return [page]
        named = [edit for edit in edits if edit.field in refused] or edits
        for edit in named:
            for detail in refused.get(edit.field, [each for some in refused.values() for each in some]):
                _refuse(found, edit, detail)
        edits = [edit for edit in edits if edit not in named]
    return []


def _change(book: Book, edit: Edit) -> Change:
    return Change(value=edit.value, at=edit.at, device=book.device, seen=book.seen)


def _written(found: Merged, step: Step, rows: dict[str, Values | None], by: Staff) -> dict[str, list[str]]:
    """Write rows, whole or not at all; what was refused, by field."""
    if not rows:
        return {}
    try:
        with transaction.atomic():
            found.application = step_forms.write_rows(hold(found.application.pk), step, rows, by=by)
    except Problem as refusal:
        return dict(refusal.errors) or {"": [refusal.detail]}
    return {}


def _put_on_record(found: Merged, book: Book, pages: list[Page], by: Staff) -> None:
    """The log of every change that was new, and the contradictions with both values."""
    held = found.application = hold(found.application.pk)
    entries = [entry for page in pages for entry in page.entries]
    field_log.write(held, entries, by=by)
    if book.is_up_to_date:  # it knew both values
        field_conflicts.settle_by_edit(held, [entry.place for entry in entries], by=by)
    found.conflicts = merge_book.record(held, [each for page in pages for each in page.contradictions])
    if entries:
        detail = {"changes": len(entries), "conflicts": len(found.conflicts)}
        audit.record(by=by, action="loan.merge_draft", subject=subject_of(held), **detail)
