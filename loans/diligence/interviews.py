"""Interviews (面谈): held face to face or on the bank's own video platform, written down question by question."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from aladdin import audit, clock
from aladdin.problems import Conflict
from loans import obligors
from loans.blocker import Blocker
from loans.codes import LoanKind
from loans.diligence.codes import InterviewMode, Platform, Topic
from loans.diligence.opening import TALKED_IN, check_open, investigator_only
from loans.leading import touch
from loans.models import DueDiligence, Interview, InterviewAnswer, LoanApplication
from loans.refusals import refuse
from loans.transitions import hold, subject_of
from organization.models import Staff


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One question and its answer."""

    topic: str
    question: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class Held:
    """An interview as the investigator tells it."""

    mode: str
    began_at: datetime
    ended_at: datetime
    answers: Sequence[Answered]
    place: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    platform: str = ""
    recording_reference: str = ""
    with_colleague: bool = False
    party_id: UUID | None = None


@transaction.atomic
def record(application: LoanApplication, told: Held, *, by: Staff) -> Interview:
    """Write an interview down. `with_colleague`: the other investigator was there too.

    Raises `not_in_charge` (403), `wrong_state_for_investigation` (409), NotFound for an unknown party,
    `interview_times`, `interview_place_missing`, `interview_not_recorded`, `video_not_allowed`, `topic_repeated`,
    `colleague_missing` (422), `recording_used` (409)."""
    held = hold(application.pk)
    investigator_only(held, by)
    check_open(held, TALKED_IN)
    _check(held, told)
    row = Interview(
        application=held,
        party=obligors.one(held, told.party_id).party,
        mode=told.mode,
        began_at=told.began_at,
        ended_at=told.ended_at,
        place=told.place,
        latitude=told.latitude,
        longitude=told.longitude,
        platform=told.platform if told.mode == InterviewMode.VIDEO else "",
        recording_reference=told.recording_reference,
        interviewer=by,
        accompanied_by_id=_colleague(held, by) if told.with_colleague else None,
    )
    _insert(row)
    _write_answers(row, told.answers)
    audit.record(by=by, action="loan.record_interview", subject=subject_of(held), interview=str(row.pk))
    touch(held)
    return row


def _check(held: LoanApplication, told: Held) -> None:
    if not told.began_at < told.ended_at <= clock.now():
        raise refuse("interview_times", "面谈须先开始后结束，且不能晚于现在", "ended_at")
    topics = [each.topic for each in told.answers]
    if len(set(topics)) != len(topics):
        raise refuse("topic_repeated", "同一主题只记录一次", "answers")
    if told.mode == InterviewMode.ON_SITE:
        if not told.place:
            raise refuse("interview_place_missing", "请填写面谈地点", "place")
        return
    if held.product.kind == LoanKind.HOUSING:
        raise refuse("video_not_allowed", "个人住房贷款不得以视频方式面谈", "mode")
    if told.platform != Platform.BANK_VIDEO or not told.recording_reference:
        detail = "视频面谈须在本行平台进行并录音录像，请填写录音录像编号"
        raise refuse("interview_not_recorded", detail, "recording_reference")


def _colleague(held: LoanApplication, by: Staff) -> UUID:
    other = held.co_investigator_id if by.pk == held.investigator_id else held.investigator_id
    if other is None:
        raise refuse("colleague_missing", "本笔尚未指定协办客户经理", "with_colleague")
    return other


def _insert(row: Interview) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("recording_used", "该录音录像编号已用于另一次面谈") from error


def _write_answers(row: Interview, answers: Sequence[Answered]) -> None:
    written = []
    for each in answers:
        answer = InterviewAnswer(interview=row, topic=each.topic, question=each.question)
        answer.answer = each.answer
        written.append(answer)
    InterviewAnswer.objects.bulk_create(written)


# --- What is still to be asked -------------------------------------------------------------------
def topics_open(application: LoanApplication) -> list[Topic]:
    """What the product wants asked of the borrower, and nobody has asked."""
    wanted = application.product_version.interview_topics
    if not wanted:
        return []
    answers = InterviewAnswer.objects.filter(interview__application=application, interview__party__isnull=True)
    asked = set(answers.values_list("topic", flat=True))
    return [Topic(topic) for topic in wanted if topic not in asked]


def lacking(application: LoanApplication) -> Iterable[Blocker]:
    """The borrower has been asked whatever the product wants asked; who was only met by video, on the bank's own
    platform and recorded (个人贷款管理办法)."""
    if _met_by_video_alone(application) and not _recorded(application):
        yield Blocker("interview_not_recorded", "视频面谈须有本行平台的录音录像记录，请补记视频面谈", "interviews")
    open_topics = topics_open(application)
    if open_topics:
        named = "、".join(str(topic.label) for topic in open_topics)
        yield Blocker("interview_topics_open", f"面谈尚未询问：{named}", "interviews")


def _met_by_video_alone(application: LoanApplication) -> bool:
    return bool(application.due_diligence.visit == DueDiligence.Visit.VIDEO)


def _recorded(application: LoanApplication) -> bool:
    held = application.interviews.filter(party__isnull=True, mode=InterviewMode.VIDEO)
    return bool(held.exclude(recording_reference="").exists())
