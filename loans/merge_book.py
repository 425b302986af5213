"""What stands in each row of a file's forms, and what becomes of a phone's changes to it, change by change."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from loans import field_log, merging
from loans.codes import Step
from loans.field_log import Entry, Known, Place
from loans.forms import documents
from loans.forms.fields import Schema
from loans.forms.module import Values, canonical
from loans.forms.modules import MODULES
from loans.merging import Change, Standing, Verdict
from loans.models import FieldConflict, LoanApplication


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of two values of a field: who put it there, and when."""

    value: Any
    by_id: UUID | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """A place that two filled in without knowing of each other: what stands now, and the other value."""

    place: Place
    standing: Side
    other: Side


class Book:
    """The file as it stands, with the log of its fields, as one phone's parcel meets it."""

    def __init__(self, held: LoanApplication, *, seen: int, device: str, by_id: UUID) -> None:
        self.held = held
        self.seen, self.device, self.by_id = seen, device, by_id
        self.known = field_log.known(held)
        self.is_up_to_date = seen >= held.version

    def page(self, step: Step, row: str) -> "Page":
        """A fresh page for one row of a step."""
        return Page(self, step, row)


class Page:
    """One row: changes are judged one after the other, each against what the ones before it left."""

    def __init__(self, book: Book, step: Step, row: str) -> None:
        self.book, self.step, self.row = book, step, row
        module = MODULES[step]
        fields = documents.fields_of(book.held.product_version, module)
        self.schemas: dict[str, Schema] = {field.name: field.schema for field in fields}
        there = module.read(book.held).get(row)
        self.is_there = there is not None
        self.current: Values = {name: self._canonical(name, value) for name, value in (there or {}).items()}
        self.standing = {name: self._stands(name) for name in self.schemas}
        self.entries: list[Entry] = []
        self.contradictions: list[Contradiction] = []
        self._changed: Values = {}
        self._is_removed = False

    # --- Judging ---------------------------------------------------------------------------------
    def judge(self, name: str, change: Change) -> Verdict:
        """What becomes of a change of a field, or of the whole row ("")."""
        change = Change(value=self._canonical(name, change.value), at=change.at, device=change.device, seen=change.seen)
        if self._was_received(name, change):
            return Verdict.REPEATED
        verdict = self._judge(name, change)
        self.entries.append(Entry(self._place(name), change, verdict))
        return verdict

    def _judge(self, name: str, change: Change) -> Verdict:
        if not name:
            return self._judge_removal(change)
        if not self.is_there and (removal := self._removal()) is not None:
            return self._judge_return(name, change, removal)
        before = self.standing[name]
        verdict = merging.judge(before, change)
        if verdict.is_conflict and before is not None:
            self._contradict(name, verdict, self._side(change), self._side_of(name, before))
        if verdict.is_written:
            self._take(name, change)
        self.standing[name] = merging.after(before, change, self.book.held.version + 1)
        return verdict

    def _judge_removal(self, change: Change) -> Verdict:
        """A row that others changed meanwhile does not vanish unsaid."""
        if not self.is_there:
            return Verdict.SAME
        unseen = [each for each in self.standing.values() if each is not None and self._is_unseen(each)]
        newest = max(unseen, key=lambda each: (each.at, each.device), default=None)
        if newest is None or (change.at, change.device) > (newest.at, newest.device):
            if newest is not None:
                row = Side(value=dict(self.current), by_id=self._by("", newest), at=newest.at)
                self._contradict("", Verdict.TAKEN_OVER_OTHER, self._side(change), row)
            self._is_removed, self.is_there = True, False
            return Verdict.TAKEN if newest is None else Verdict.TAKEN_OVER_OTHER
        row = Side(value=dict(self.current), by_id=self._by("", newest), at=newest.at)
        self._contradict("", Verdict.KEPT_OTHER, self._side(change), row)
        return Verdict.KEPT_OTHER

    def _judge_return(self, name: str, change: Change, removal: Standing) -> Verdict:
        """A word about a row that somebody took out: who knew of it, or said it later, brings the row back."""
        knew = removal.version <= change.seen
        is_own = removal.device == change.device
        if knew or (change.at, change.device) > (removal.at, removal.device):
            if not knew and not is_own:
                taken_out = Side(value=None, by_id=self._by("", removal), at=removal.at)
                self._contradict("", Verdict.TAKEN_OVER_OTHER, self._side(change, {name: change.value}), taken_out)
            self.is_there = True
            self._take(name, change)
            return Verdict.TAKEN if knew or is_own else Verdict.TAKEN_OVER_OTHER
        if is_own:
            return Verdict.SUPERSEDED
        taken_out = Side(value=None, by_id=self._by("", removal), at=removal.at)
        self._contradict("", Verdict.KEPT_OTHER, self._side(change, {name: change.value}), taken_out)
        return Verdict.KEPT_OTHER

    def _take(self, name: str, change: Change) -> None:
        self._changed[name] = self.current[name] = change.value
        self._is_removed, self.is_there = False, True

    # --- What comes out --------------------------------------------------------------------------
    def to_write(self) -> dict[str, Values | None]:
        """The row with its new values, None to take it out, or nothing."""
        if self._is_removed:
            return {self.row: None}
        return {self.row: self._changed} if self._changed else {}

    # --- What stands -----------------------------------------------------------------------------
    def _place(self, name: str) -> Place:
        return (str(self.step), self.row, name)

    def _known(self, name: str) -> Known | None:
        return self.book.known.get(self._place(name))

    def _was_received(self, name: str, change: Change) -> bool:
        known = self._known(name)
        key = (change.device, change.at)
        there = known is not None and key in known.received
        if there and known is not None and self._canonical(name, known.received[key]) == change.value:
            return True
        return any(
            (entry.place[2], entry.change.device, entry.change.at, entry.change.value) == (name, *key, change.value)
            for entry in self.entries
        )

    def _stands(self, name: str) -> Standing | None:
        """The value with the change that brought it; one that no log tells of is as old as the file, or as its last
        change where another door changed it since."""
        value, known, held = self.current.get(name), self._known(name), self.book.held
        if known is None:
            if value is None or value is False:  # a switch that nobody touched
                return None
            return Standing(value=value, at=held.created_at, device="", version=1)
        if self._canonical(name, known.standing.value) == value:
            return replace(known.standing, value=value)
        return Standing(value=value, at=held.updated_at, device="", version=held.version)

    def _removal(self) -> Standing | None:
        """That somebody took the row out, and when."""
        known = self._known("")
        return known.standing if known is not None else None

    def _is_unseen(self, standing: Standing) -> bool:
        return standing.device != self.book.device and standing.version > self.book.seen

    def _canonical(self, name: str, value: Any) -> Any:
        return canonical(self.schemas[name], value) if name in self.schemas else value

    # --- Contradictions --------------------------------------------------------------------------
    def _side(self, change: Change, value: Any = None) -> Side:
        return Side(value=change.value if value is None else value, by_id=self.book.by_id, at=change.at)

    def _side_of(self, name: str, standing: Standing) -> Side:
        return Side(value=standing.value, by_id=self._by(name, standing), at=standing.at)

    def _by(self, name: str, standing: Standing) -> UUID | None:
        known = self._known(name)
        return known.by_id if known is not None else self.book.held.investigator_id

    def _contradict(self, name: str, verdict: Verdict, mine: Side, theirs: Side) -> None:
        first, second = (mine, theirs) if verdict is Verdict.TAKEN_OVER_OTHER else (theirs, mine)
        self.contradictions.append(Contradiction(place=self._place(name), standing=first, other=second))


def record(held: LoanApplication, found: list[Contradiction]) -> list[FieldConflict]:
    """Put contradictions on the file, one a place and pair of values; those that are open there in the end."""
    open_now = list(held.field_conflicts.filter(settled_at__isnull=True))
    for each in found:
        if not any(_is_like(conflict, held, each) for conflict in open_now):
            open_now.append(_row(held, each))
    return open_now


def _is_like(conflict: FieldConflict, held: LoanApplication, found: Contradiction) -> bool:
    conflict.application = held
    pair = [json.loads(conflict.standing), json.loads(conflict.other)]
    same_place = (conflict.step, conflict.row, conflict.field) == found.place
    return same_place and found.standing.value in pair and found.other.value in pair


def _row(held: LoanApplication, found: Contradiction) -> FieldConflict:
    step, row, name = found.place
    conflict = FieldConflict(
        application=held,
        step=step,
        row=row,
        field=name,
        label=_label(held, Step(step), name),
        standing_by_id=found.standing.by_id,
        standing_at=found.standing.at,
        other_by_id=found.other.by_id,
        other_at=found.other.at,
    )
    conflict.standing = json.dumps(found.standing.value, ensure_ascii=False)
    conflict.other = json.dumps(found.other.value, ensure_ascii=False)
    conflict.save(force_insert=True)
    return conflict


def _label(held: LoanApplication, step: Step, name: str) -> str:
    module = MODULES[step]
    return next(_labels(held, step, name), module.row_label or str(step.label))


def _labels(held: LoanApplication, step: Step, name: str) -> Iterator[str]:
    for field in documents.fields_of(held.product_version, MODULES[step]):
        if field.name == name:
            yield field.label
