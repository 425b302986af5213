"""Documents read: a picture in, fields out, confirmed or corrected by the RM who holds the card.

Reading takes a second of two processors, so that a job does it (`loans.read_document`, queue `ocr`). The engine sees
the re-made copy only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.jobs import later
from aladdin.problems import Conflict, NotFound
from loans import evidence, intake, materials, obligors, parties
from loans.leading import lead_only, touch
from loans.models import DocumentReading, LoanApplication, LoanParty, Material, ReadField
from loans.ocr import portrait, quality, rules
from loans.ocr.documents import DOCUMENTS, Document, is_other_side, is_recognised, paper_of
from loans.ocr.engine import EngineFailed, Reading, engine
from loans.ocr.fields import LONG_TERM, Field
from loans.ocr.layout import Sheet
from loans.ocr.rules import Remark
from loans.pictures import picture_of
from loans.refusals import refuse
from loans.states import EDITABLE
from loans.transitions import hold, subject_of
from organization.access import require
from organization.models import Staff

Kind, State = DocumentReading.Kind, DocumentReading.State
_WAIT_AFTER_FAILURE = timedelta(seconds=2)

#: What the phone is told about a picture that could not be read.
FAILURES = {
    "document_not_recognised": "未识别到该证件，请将证件放正、拍全、避免反光后重拍",
    "other_side": "拍摄的是身份证另一面，请翻面重拍",
    "ocr_timeout": "识别超时，请稍后重试或手工录入",
    "ocr_failed": "识别服务异常，请稍后重试或手工录入",
}


# --- In ------------------------------------------------------------------------------------------
@transaction.atomic
def ask(
    application: LoanApplication,
    *,
    kind: str,
    by: Staff,
    file: bytes | None = None,
    material_id: UUID | None = None,
    party_id: UUID | None = None,
) -> DocumentReading:
    """Have a document read, from a new picture (which is filed, too, unless it is of a bank card) or from one that
    is filed. The reading is done by a job.

    Raises NotFound, `picture_missing` (422), the codes of pictures and of filing."""
    held = hold(application.pk)
    lead_only(held, "loan.read_document", by)
    party = obligors.one(held, party_id).party
    reading = DocumentReading(application=held, party=party, kind=kind, created_by=by)
    if material_id is not None:
        reading.material = _material(held, material_id)
    elif file is None:
        raise refuse("picture_missing", "请上传证件照片或指定已上传的影像", "file")
    elif paper := paper_of(kind, party):
        reading.material = materials.add(held, kind=paper, file=file, by=by)
    else:
        copy = picture_of(file, field="file").content
        reading.picture_file = evidence.keep(copy, application_id=held.pk, key=reading.data_key())
    reading.save(force_insert=True)
    later("loans.read_document", reading_id=str(reading.pk))
    audit.record(by=by, action="loan.ask_reading", subject=subject_of(held), reading=str(reading.pk), kind=str(kind))
    return reading


def _material(held: LoanApplication, material_id: UUID) -> Material:
    found: Material | None = held.materials.standing().filter(pk=material_id).first()
    if found is None:
        raise NotFound("没有找到该资料")
    return found


# --- The engine's turn ---------------------------------------------------------------------------
def read(reading_id: UUID) -> None:
    """Let the engine read the picture and keep what it found; safe to run twice."""
    reading = DocumentReading.objects.select_related("application", "party", "material").get(pk=reading_id)
    if reading.state != State.WAITING:
        return
    picture, document = _picture(reading), DOCUMENTS[reading.kind]
    try:
        found = engine().read(picture, side=document.side)
    except EngineFailed as failure:
        _try_again(reading, failure)
        return
    fields, sheet = document.find(found.lines)
    if not is_recognised(document, fields):
        code = "other_side" if is_other_side(reading.kind, found.lines) else "document_not_recognised"
        _fail(reading, code, found)
        return
    _keep(reading, found, fields, _portrait(reading, picture, sheet))


def _picture(reading: DocumentReading) -> bytes:
    if reading.material is not None:
        return evidence.fetch(reading.material.copy_file, key=reading.application.data_key())
    return evidence.fetch(reading.picture_file, key=reading.data_key())


def _portrait(reading: DocumentReading, picture: bytes, sheet: Sheet) -> bytes | None:
    return portrait.cut_out(picture, sheet) if reading.kind == Kind.IDENTITY_FRONT else None


def _lock(reading: DocumentReading) -> DocumentReading | None:
    """The reading, if it still waits."""
    rows = DocumentReading.objects.select_for_update(of=("self",)).select_related("application", "party")
    return rows.filter(pk=reading.pk, state=State.WAITING).first()


@transaction.atomic
def _keep(reading: DocumentReading, found: Reading, fields: list[Field], face: bytes | None) -> None:
    held = _lock(reading)
    if held is None:
        return
    held.state, held.engine, held.milliseconds = State.READ, found.engine[:60], found.milliseconds
    if face is not None:
        held.portrait_file = evidence.keep(face, application_id=held.application_id, key=held.data_key())
    held.save()
    known = {each.name: each for each in fields}
    for name in DOCUMENTS[held.kind].labels:
        field = known.get(name, Field(name, "", 0.0))
        row = ReadField(reading=held, name=name, confidence=round(field.confidence, 4))
        row.read = field.value
        row.save(force_insert=True)


@transaction.atomic
def _fail(reading: DocumentReading, code: str, found: Reading | None = None) -> None:
    held = _lock(reading)
    if held is None:
        return
    held.state, held.failure = State.FAILED, code
    if found is not None:
        held.engine, held.milliseconds = found.engine[:60], found.milliseconds
    _forget_picture(held)
    held.save()


@transaction.atomic
def _try_again(reading: DocumentReading, failure: EngineFailed) -> None:
    """The engine fell or was too slow: once more, a little later; then the RM is told."""
    held = _lock(reading)
    if held is None:
        return
    held.attempts += 1
    held.save(update_fields=["attempts"])
    if held.attempts >= parameters.integer("loan.reading_attempts"):
        _fail(held, failure.code)
    else:
        later("loans.read_document", wait=_WAIT_AFTER_FAILURE, reading_id=str(held.pk))


# --- Out: what was read, and what is to be said about it -----------------------------------------
@dataclass(frozen=True)
class Finding:
    """A document of one person of the case: its fields, how sure each is, and what to look at.

    `values` are the confirmed ones where the RM has confirmed, else those that were read."""

    reading: DocumentReading
    values: dict[str, str]
    confidence: dict[str, float]
    remarks: list[Remark]

    @property
    def kind(self) -> str:
        return self.reading.kind

    @property
    def party(self) -> LoanParty | None:
        return self.reading.party

    @property
    def is_confirmed(self) -> bool:
        return self.reading.state == State.CONFIRMED


def findings(application: LoanApplication) -> list[Finding]:
    """The newest reading of each document of each person, a confirmed one before a fresher one that is not: what
    forms are filled in with and what is checked against each other."""
    rows = application.readings.filter(state__in=[State.READ, State.CONFIRMED]).order_by("created_at", "id")
    newest: dict[tuple[UUID | None, str], DocumentReading] = {}
    for row in rows.select_related("application__customer", "party").prefetch_related("fields"):
        before = newest.get((row.party_id, row.kind))
        if before is None or row.state == State.CONFIRMED or before.state != State.CONFIRMED:
            newest[row.party_id, row.kind] = row
    return [finding_of(row) for row in newest.values()]


def finding_of(reading: DocumentReading) -> Finding:
    """One reading with what is to be said about it."""
    fields = list(reading.fields.all())
    is_confirmed = reading.state == State.CONFIRMED
    values = {each.name: each.confirmed if is_confirmed else each.read for each in fields}
    order = {name: place for place, name in enumerate(DOCUMENTS[reading.kind].labels)}
    values = dict(sorted(values.items(), key=lambda item: order[item[0]]))
    confidence = {each.name: float(each.confidence) for each in fields}
    said = rules.remarks(reading.kind, values, _around(reading)) if fields else []
    return Finding(reading, values, confidence, said)


def _around(reading: DocumentReading) -> rules.Surroundings:
    person = reading.party or reading.application.customer
    return rules.Surroundings(
        today=clock.today(),
        warning_days=parameters.integer("loan.paper_expiry_warning_days"),
        accept_test_area=settings.ACCEPT_TEST_IDENTITIES,
        name=person.name,
        number=person.identity_no,
        born=person.birth_on,
    )


# --- Confirmed -----------------------------------------------------------------------------------
@transaction.atomic
def confirm(
    application: LoanApplication, reading_id: UUID, *, corrected: Mapping[str, str], by: Staff
) -> DocumentReading:
    """The RM, card in hand, says that the fields are right, but for those he corrects. What differs is kept as
    quality data; the validity of an identity card goes into the file.

    Raises NotFound, `reading_not_open` (409), `field_unknown`, `field_missing` (422), and as 422 what `loans.ocr.rules`
    says about numbers and days that cannot be."""
    held = hold(application.pk)
    lead_only(held, "loan.read_document", by)
    reading = one(held, reading_id, lock=True)
    if reading.state != State.READ:
        detail = f"该证件识别状态为“{State(reading.state).label}”，不能确认"
        raise Conflict("reading_not_open", detail, state=reading.state)
    document = DOCUMENTS[reading.kind]
    values = _confirmed_values(reading, document, corrected)
    _refuse_impossible(reading, document, values)
    _keep_confirmed(reading, values)
    reading.state, reading.confirmed_at, reading.confirmed_by = State.CONFIRMED, clock.now(), by
    _forget_picture(reading)
    reading.save()
    _fill_in(held, reading, values, by)
    audit.record(
        by=by,
        action="loan.confirm_reading",
        subject=subject_of(held),
        reading=str(reading.pk),
        corrected=sorted(name for name in corrected),
    )
    touch(hold(held.pk))
    return reading


def one(application: LoanApplication, reading_id: UUID, *, lock: bool = False) -> DocumentReading:
    """A reading of the case. Raises NotFound."""
    rows = DocumentReading.objects.select_related("application__customer", "party", "material")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(application=application, pk=reading_id).first()
    if found is None:
        raise NotFound("没有找到该识别记录")
    return found


def _confirmed_values(reading: DocumentReading, document: Document, corrected: Mapping[str, str]) -> dict[str, str]:
    for name in corrected:
        if name not in document.labels:
            raise refuse("field_unknown", "没有这个字段", name)
    values = {each.name: each.read for each in reading.fields.all()}
    return values | {name: _plain(name, text) for name, text in corrected.items()}


def _plain(name: str, text: str) -> str:
    """As readings have it: numbers without spaces and in capitals, for ever as one word."""
    text = text.strip()
    if name in ("number", "code"):
        return "".join(text.split()).upper()
    return LONG_TERM if text in ("长期", LONG_TERM) else text


#: What the RM cannot confirm, since no such document exists. Everything else may be so, and is only shown.
_IMPOSSIBLE = (
    "identity_number_",
    "credit_code_",
    "bank_card_format",
    "bank_card_checksum",
    "sex_differs",
    "birth_differs",
)


def _refuse_impossible(reading: DocumentReading, document: Document, values: Mapping[str, str]) -> None:
    for name in document.needed:
        if not values.get(name):
            raise refuse("field_missing", f"请补录{document.labels[name]}", name)
    for name in ("born", "valid_from", "valid_until", "founded", "term"):
        if values.get(name) and not _is_day(values[name]):
            raise refuse("date_invalid", "日期格式应为 YYYY-MM-DD 或“长期”", name)
    for remark in rules.remarks(reading.kind, values, _around(reading)):
        if remark.code.startswith(_IMPOSSIBLE) and not remark.is_warning:
            raise refuse(remark.code, remark.detail, remark.field)


def _is_day(text: str) -> bool:
    try:
        return text == LONG_TERM or bool(date.fromisoformat(text))
    except ValueError:
        return False


def _keep_confirmed(reading: DocumentReading, values: Mapping[str, str]) -> None:
    for field in reading.fields.all():
        read, confirmed = field.read, values[field.name]
        field.confirmed = confirmed
        field.was_corrected = confirmed != read
        field.distance = quality.distance(read, confirmed)
        field.save()


def _fill_in(held: LoanApplication, reading: DocumentReading, values: Mapping[str, str], by: Staff) -> None:
    """The validity of an identity card is entered once: here."""
    if reading.kind != Kind.IDENTITY_BACK:
        return
    until = values["valid_until"]
    expires_on = None if until == LONG_TERM else date.fromisoformat(until)
    if reading.material is not None:
        reading.material.expires_on = expires_on
        reading.material.save(update_fields=["expires_on"])
    if held.state not in EDITABLE:
        return
    said: dict[str, Any] = {"identity_expires_on": expires_on, "identity_is_long_term": expires_on is None}
    if reading.party is None:
        intake.edit(held, by=by, **said)
    else:
        parties.edit(held, reading.party.pk, by=by, **said)


# --- Pictures ------------------------------------------------------------------------------------
@transaction.atomic
def look_at_portrait(application: LoanApplication, reading_id: UUID, *, by: Staff) -> bytes:
    """The portrait that was cut out of an identity card, for one look, which is logged. Raises NotFound."""
    require(by, "loan.read")
    reading = one(application, reading_id)
    if not reading.portrait_file:
        raise NotFound("该识别记录没有头像")
    audit.record(by=by, action="loan.view_portrait", subject=subject_of(application), reading=str(reading.pk))
    return evidence.fetch(reading.portrait_file, key=reading.data_key())


def _forget_picture(reading: DocumentReading) -> None:
    if reading.picture_file:
        evidence.discard(reading.picture_file)
        reading.picture_file = ""


@transaction.atomic
def forget_pictures() -> int:
    """Destroy pictures of bank cards that were neither confirmed nor failed in time; how many."""
    before = clock.now() - timedelta(hours=parameters.integer("loan.reading_picture_kept_hours"))
    rows = DocumentReading.objects.select_for_update(skip_locked=True).exclude(picture_file="")
    old = list(rows.filter(created_at__lt=before))
    for reading in old:
        _forget_picture(reading)
        if reading.state == State.WAITING:
            reading.state, reading.failure = State.FAILED, "ocr_timeout"
        reading.save()
    return len(old)
