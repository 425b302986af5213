"""Uploads in pieces: a file that the field's network breaks off goes on where it stopped.

The phone says how large the file is and its digest, sends pieces in order, and says when it is done. Each call may
come twice. Pieces lie sealed; when the file is whole and its digest right, it is filed as a paper and they are
destroyed.
"""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from aladdin import audit, clock, parameters
from aladdin.jobs import later
from aladdin.problems import Conflict, NotFound, Problem
from loans import evidence, materials
from loans.imaging import Picture
from loans.leading import lead_only
from loans.materials import Circumstances
from loans.models import LoanApplication, Material, Upload, UploadPart
from loans.pictures import is_pdf
from loans.refusals import refuse
from loans.transitions import hold, subject_of
from organization.models import Staff

State = Upload.State


# --- Beginning -----------------------------------------------------------------------------------
@transaction.atomic
def begin(
    application: LoanApplication,
    *,
    by: Staff,
    kind: str,
    size: int,
    sha256: str,
    around: Circumstances,
    upload_id: UUID | None = None,
) -> tuple[Upload, bool]:
    """Announce a file of `size` bytes, and whether it is new: `upload_id` may be made on the phone, and the same
    announcement under it gives the first.

    Raises `upload_too_large` (422), `too_many_uploads`, `upload_quota_used_up`, `id_taken` (409), and what filing a
    paper raises."""
    held = materials.check_open(application, around, by=by)
    if upload_id and (known := _known(held, upload_id, size, sha256, by)):
        return known, False
    _check_quota(size, by)
    upload = Upload(
        application=held,
        type=kind,
        size=size,
        sha256=sha256,
        taken_at=around.taken_at,
        latitude=around.latitude,
        longitude=around.longitude,
        paper_expires_on=around.expires_on,
        created_by=by,
        expires_at=clock.now() + timedelta(hours=parameters.integer("loan.upload_hours")),
    )
    if upload_id:
        upload.id = upload_id
    upload.save(force_insert=True)
    return upload, True


def _known(held: LoanApplication, upload_id: UUID, size: int, sha256: str, by: Staff) -> Upload | None:
    known = Upload.objects.filter(pk=upload_id).first()
    if known is None:
        return None
    if (known.application_id, known.size, known.sha256, known.created_by_id) != (held.pk, size, sha256, by.pk):
        raise Conflict("id_taken", "该标识已被使用，请重新生成")
    return known


def _check_quota(size: int, by: Staff) -> None:
    if size > parameters.integer("loan.upload_file_bytes"):
        raise refuse("upload_too_large", "文件过大，请压缩或拆分后上传", "size")
    Staff.objects.select_for_update(no_key=True).get(pk=by.pk)  # two begun at once count both
    mine = Upload.objects.filter(created_by=by, state=State.OPEN)
    if mine.count() >= parameters.integer("loan.uploads_open_per_person"):
        raise Conflict("too_many_uploads", "未完成的上传过多，请先完成或放弃")
    under_way = mine.aggregate(total=Sum("size"))["total"] or 0
    if under_way + size > parameters.integer("loan.upload_open_bytes_per_person"):
        raise Conflict("upload_quota_used_up", "未完成的上传已占满空间，请先完成或放弃")


# --- Pieces --------------------------------------------------------------------------------------
@transaction.atomic
def put(application: LoanApplication, upload_id: UUID, *, offset: int, content: bytes, by: Staff) -> Upload:
    """Take the piece that begins at `offset`. A piece that is there already is taken again only if it is the same.

    Raises NotFound, `upload_not_open`, `upload_expired`, `upload_offset_wrong` (409, with `received`),
    `upload_part_differs` (409), `upload_part_empty`, `upload_part_too_large`, `upload_exceeds_size` (422)."""
    upload = _open(application, upload_id, by=by)
    _check_piece(upload, offset, content)
    digest = hashlib.sha256(content).hexdigest()
    if offset < upload.received:
        _check_same(upload, offset, content, digest)
        return upload
    if offset > upload.received:
        raise _wrong_offset(upload)
    name = evidence.keep(content, application_id=upload.application_id, key=upload.data_key())
    UploadPart.objects.create(upload=upload, offset=offset, size=len(content), sha256=digest, part_file=name)
    upload.received = offset + len(content)
    upload.save(update_fields=["received"])
    return upload


def _check_piece(upload: Upload, offset: int, content: bytes) -> None:
    if not content:
        raise refuse("upload_part_empty", "分片没有内容", "content")
    if len(content) > parameters.integer("loan.upload_part_bytes"):
        raise refuse("upload_part_too_large", "分片过大", "content")
    if offset + len(content) > upload.size:
        raise refuse("upload_exceeds_size", "分片超出了文件的大小", "content")


def _check_same(upload: Upload, offset: int, content: bytes, digest: str) -> None:
    part = upload.parts.filter(offset=offset).first()
    if part is None or part.size != len(content):
        raise _wrong_offset(upload)
    if part.sha256 != digest:
        raise Conflict("upload_part_differs", "该位置已收到不同的内容，请放弃后重新上传")


def _wrong_offset(upload: Upload) -> Conflict:
    return Conflict("upload_offset_wrong", f"请从第{upload.received}字节处续传", received=upload.received)


# --- The end -------------------------------------------------------------------------------------
@transaction.atomic
def complete(application: LoanApplication, upload_id: UUID, *, by: Staff) -> Upload:
    """The file is whole: it is filed at once if it is a picture; a PDF is opened by a job. Said again, the answer is
    the same. A file that is not as announced, or that filing refuses, ends as REFUSED with the reason, and its pieces
    are destroyed.

    Raises NotFound, `upload_incomplete`, `upload_not_open`, `upload_expired` (409), `image_timeout` (422: say it
    again)."""
    upload = _mine(application, upload_id, by=by)
    if upload.state in (State.PROCESSING, State.DONE):
        return upload
    upload = _open(application, upload_id, by=by)
    if upload.received < upload.size:
        detail = f"文件尚未传完（{upload.received}/{upload.size}字节）"
        raise Conflict("upload_incomplete", detail, received=upload.received)
    content = _content(upload)
    if hashlib.sha256(content).hexdigest() != upload.sha256:
        _end(upload, State.REFUSED, Problem("upload_digest_differs", "文件内容与摘要不符，请重新上传"))
    elif is_pdf(content):
        materials.check_open(application, _around(upload), by=by)
        upload.state = State.PROCESSING
        upload.save(update_fields=["state"])
        later("loans.open_document", upload_id=str(upload.pk))
    else:
        _file_picture(upload, content, by)
    return upload


def _file_picture(upload: Upload, content: bytes, by: Staff) -> None:
    around = _around(upload)
    try:
        with transaction.atomic():
            materials.add(
                upload.application,
                kind=upload.type,
                file=content,
                by=by,
                taken_at=around.taken_at,
                latitude=around.latitude,
                longitude=around.longitude,
                expires_on=around.expires_on,
            )
    except Problem as refusal:
        if refusal.code == "image_timeout":
            raise
        _end(upload, State.REFUSED, refusal)
    else:
        _end(upload, State.DONE)


def open_document(upload_id: UUID) -> None:
    """File the pages of a PDF that came whole; safe to run twice. What is refused is kept as the upload's refusal."""
    upload = Upload.objects.select_related("application__customer").get(pk=upload_id)
    if upload.state != State.PROCESSING:
        return
    content = _content(upload)
    try:
        pages = materials.pages_in(content)
    except Problem as refusal:
        _close(upload_id, content, [], refusal)
    else:
        _close(upload_id, content, pages, None)


@transaction.atomic
def _close(upload_id: UUID, content: bytes, pages: list[Picture], refusal: Problem | None) -> None:
    """File what was opened, once."""
    rows = Upload.objects.select_for_update(of=("self",)).select_related("application__customer", "created_by")
    upload = rows.get(pk=upload_id)
    if upload.state != State.PROCESSING:
        return
    if refusal is None:
        refusal = _file_pages(upload, content, pages)
    _end(upload, State.REFUSED if refusal else State.DONE, refusal)


def _file_pages(upload: Upload, content: bytes, pages: list[Picture]) -> Problem | None:
    by, around = upload.created_by, _around(upload)
    try:
        with transaction.atomic():
            materials.add_pages(upload.application, kind=upload.type, file=content, pages=pages, by=by, around=around)
    except Problem as refusal:
        return refusal
    return None


def filed(upload: Upload) -> list[Material]:
    """The papers that became of a file."""
    if upload.state != State.DONE:
        return []
    rows = upload.application.materials.filter(type=upload.type, original_sha256=upload.sha256)
    return list(rows.filter(created_at__gte=upload.created_at).order_by("page", "id"))


@transaction.atomic
def abandon(application: LoanApplication, upload_id: UUID, *, by: Staff) -> None:
    """The phone gives up; the pieces are destroyed. Raises NotFound, `upload_not_open` (409)."""
    _end(_open(application, upload_id, by=by, even_expired=True), State.ABANDONED)


@transaction.atomic
def expire() -> int:
    """Destroy the pieces of uploads that nobody went on with in time; how many uploads."""
    rows = Upload.objects.select_for_update(of=("self",), skip_locked=True).select_related("application", "created_by")
    late = list(rows.filter(state__in=[State.OPEN, State.PROCESSING], expires_at__lte=clock.now()))
    for upload in late:
        _end(upload, State.EXPIRED)
    return len(late)


# --- Parts of it ---------------------------------------------------------------------------------
def _mine(application: LoanApplication, upload_id: UUID, *, by: Staff) -> Upload:
    """The person's own upload, locked. Raises NotFound."""
    held = hold(application.pk)
    lead_only(held, "loan.upload_material", by)
    rows = Upload.objects.select_for_update(of=("self",)).select_related("application__customer")
    upload = rows.filter(pk=upload_id, application=held, created_by=by).first()
    if upload is None:
        raise NotFound("没有找到该上传")
    return upload


def _open(application: LoanApplication, upload_id: UUID, *, by: Staff, even_expired: bool = False) -> Upload:
    upload = _mine(application, upload_id, by=by)
    if upload.state != State.OPEN:
        detail = f"该上传已结束（{State(upload.state).label}）"
        raise Conflict("upload_not_open", detail, state=upload.state)
    if upload.expires_at <= clock.now() and not even_expired:
        raise Conflict("upload_expired", "该上传已过期，请重新开始")
    return upload


def _content(upload: Upload) -> bytes:
    key = upload.data_key()
    return b"".join(evidence.fetch(part.part_file, key=key) for part in upload.parts.order_by("offset"))


def _around(upload: Upload) -> Circumstances:
    return Circumstances(
        taken_at=upload.taken_at,
        latitude=upload.latitude,
        longitude=upload.longitude,
        expires_on=upload.paper_expires_on,
    )


def _end(upload: Upload, state: Upload.State, refusal: Problem | None = None) -> None:
    for part in upload.parts.all():
        evidence.discard(part.part_file)
    upload.parts.all().delete()
    upload.state, upload.ended_at = state, clock.now()
    if refusal is not None:
        upload.refusal, upload.refusal_detail = refusal.code[:40], refusal.detail[:200]
    upload.save()
    audit.record(
        by=upload.created_by,
        action="loan.end_upload",
        subject=subject_of(upload.application),
        upload=str(upload.pk),
        state=str(state),
        **({"refusal": refusal.code} if refusal else {}),
    )


def status(application: LoanApplication, upload_id: UUID, *, by: Staff) -> dict[str, Any]:
    """How far an upload of the person's own has come, and what became of it. Raises NotFound."""
    upload = Upload.objects.filter(pk=upload_id, application=application, created_by=by).first()
    if upload is None:
        raise NotFound("没有找到该上传")
    return described(upload)


def described(upload: Upload) -> dict[str, Any]:
    """An upload with the papers that it became."""
    return {"upload": upload, "materials": filed(upload)}
