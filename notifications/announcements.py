"""Announcements: a manager tells a branch and all below it; each reader leaves a receipt and may comment.

Everybody addressed gets a notice. Who joins the branch later sees what still stands, without having been told.
Nothing is changed after it was said: what was wrong is taken back, with its reason, and said anew.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from aladdin import audit, clock
from aladdin.problems import Conflict, NotFound, NotPermitted, RuleBroken
from notifications.models import Announcement, AnnouncementComment, AnnouncementReceipt
from notifications.notices import Message, notify_many
from organization.access import may
from organization.models import Branch, Staff
from organization.scope import sees_branch

_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Said:
    """What is to be announced. `roles` empty: to everybody in the branch and below."""

    branch: Branch
    title: str
    body: str
    roles: tuple[str, ...] = ()
    pinned_until: date | None = None
    comments_open: bool = True


@dataclass(frozen=True)
class Readership:
    """How many it was addressed to and how many have read it."""

    addressed: int
    read: int


# --- Saying and taking back ------------------------------------------------------------------------
@transaction.atomic
def publish(said: Said, *, by: Staff) -> Announcement:
    """Announce to a branch within the author's scope. Raises `branch_out_of_scope` (403), `nobody_addressed` (422)."""
    if not sees_branch(by, said.branch):
        raise NotPermitted("branch_out_of_scope", "只能向本人管辖范围内的机构发布公告")
    announcement = Announcement.objects.create(
        branch=said.branch,
        roles=sorted(said.roles),
        author=by,
        title=said.title,
        body=said.body,
        pinned_until=said.pinned_until,
        comments_open=said.comments_open,
        published_at=clock.now(),
    )
    people = _addressees(announcement)
    if not people:
        raise RuleBroken("nobody_addressed", "该范围内没有符合条件的人员", errors={"branch": ["没有收件人"]})
    AnnouncementReceipt.objects.bulk_create(
        AnnouncementReceipt(announcement=announcement, staff=person) for person in people
    )
    audit.record(by=by, action="announcement.publish", subject=_subject(announcement), addressed=len(people))
    _tell(people, "announcement.published", f"announcement:{announcement.pk}", announcement)
    return announcement


def _addressees(announcement: Announcement) -> list[Staff]:
    people = Staff.objects.active().filter(branch__in=Branch.objects.within(announcement.branch))
    if announcement.roles:
        people = people.with_role(*announcement.roles)
    return list(people.exclude(pk=announcement.author_id).order_by("pk"))


@transaction.atomic
def withdraw(announcement_id: UUID, *, reason: str, by: Staff) -> Announcement:
    """Take an announcement back: by its author, or a manager whose scope holds its branch.

    Raises NotFound, `not_the_author` (403), `announcement_withdrawn` (409)."""
    announcement = _standing(announcement_id, by)
    _require_charge(announcement, by)
    announcement.withdrawn_at, announcement.withdrawn_by = clock.now(), by
    announcement.withdrawal_reason = reason
    announcement.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
    audit.record(by=by, action="announcement.withdraw", subject=_subject(announcement), reason=reason)
    return announcement


@transaction.atomic
def remind(announcement_id: UUID, *, by: Staff) -> int:
    """Tell those who have not read it once more, at most once a day; how many were told.

    Raises NotFound, `not_the_author` (403), `announcement_withdrawn`, `already_reminded` (409)."""
    announcement = _standing(announcement_id, by)
    _require_charge(announcement, by)
    today = clock.today()
    if announcement.reminded_at is not None and clock.business_date(announcement.reminded_at) == today:
        raise Conflict("already_reminded", "今日已提醒过未读人员，请明日再试")
    unread = AnnouncementReceipt.objects.filter(announcement=announcement, read_at__isnull=True)
    people = list(Staff.objects.active().filter(pk__in=unread.values("staff")).order_by("pk"))
    announcement.reminded_at = clock.now()
    announcement.save(update_fields=["reminded_at"])
    audit.record(by=by, action="announcement.remind", subject=_subject(announcement), reminded=len(people))
    _tell(people, "announcement.reminder", f"announcement:{announcement.pk}:{today}", announcement)
    return len(people)


def _tell(people: list[Staff], kind: str, event: str, announcement: Announcement) -> None:
    values = {"author": announcement.author.name, "title": announcement.title}
    for first in range(0, len(people), _AT_ONCE):
        notify_many(
            Message(recipient=person, kind=kind, event_key=event, subject=_subject(announcement), values=values)
            for person in people[first : first + _AT_ONCE]
        )


# --- Reading ---------------------------------------------------------------------------------------
def listed(by: Staff) -> QuerySet[Announcement]:
    """What the person may see, each with `is_read`: whether he has read it."""
    own = AnnouncementReceipt.objects.filter(announcement=OuterRef("pk"), staff=by, read_at__isnull=False)
    rows: QuerySet[Announcement] = Announcement.objects.visible_to(by).select_related("branch", "author")
    return rows.annotate(is_read=Exists(own))


@transaction.atomic
def read(announcement_id: UUID, *, by: Staff) -> AnnouncementReceipt:
    """Leave a receipt; again does nothing. Raises NotFound, also for what was not said to this person."""
    announcement = Announcement.objects.addressed_to(by).filter(pk=announcement_id).first()
    if announcement is None:
        raise NotFound("没有找到该公告")
    AnnouncementReceipt.objects.bulk_create(
        [AnnouncementReceipt(announcement=announcement, staff=by)], ignore_conflicts=True
    )
    own = AnnouncementReceipt.objects.filter(announcement=announcement, staff=by)
    own.filter(read_at__isnull=True).update(read_at=clock.now())
    return own.get()


def readership(announcement: Announcement) -> Readership:
    """How far it has been read."""
    counted = announcement.receipts.aggregate(addressed=Count("pk"), read=Count("pk", filter=Q(read_at__isnull=False)))
    return Readership(**counted)


def receipts(announcement_id: UUID, *, by: Staff) -> QuerySet[AnnouncementReceipt]:
    """Who has read it and who has not, those who have not first. Raises NotFound, `not_the_author` (403)."""
    announcement = _seen(announcement_id, by)
    _require_charge(announcement, by)
    return announcement.receipts.select_related("staff__branch")


# --- Comments --------------------------------------------------------------------------------------
@transaction.atomic
def comment(announcement_id: UUID, text: str, *, by: Staff) -> AnnouncementComment:
    """Say something about it; the author is told.

    Raises NotFound, `announcement_withdrawn`, `comments_closed` (409)."""
    announcement = _standing(announcement_id, by)
    if not announcement.comments_open:
        raise Conflict("comments_closed", "该公告未开放评论")
    said = AnnouncementComment.objects.create(announcement=announcement, author=by, text=text, created_at=clock.now())
    if announcement.author_id != by.pk and announcement.author.is_active:
        values = {"author": by.name, "title": announcement.title}
        subject = _subject(announcement)
        event = f"announcement-comment:{said.pk}"
        notify_many(
            [
                Message(
                    recipient=announcement.author,
                    kind="announcement.commented",
                    event_key=event,
                    subject=subject,
                    values=values,
                )
            ]
        )
    return said


def comments(announcement_id: UUID, *, by: Staff) -> QuerySet[AnnouncementComment]:
    """What was said, in order. Raises NotFound."""
    return _seen(announcement_id, by).comments.select_related("author")


@transaction.atomic
def withdraw_comment(announcement_id: UUID, comment_id: UUID, *, by: Staff) -> AnnouncementComment:
    """Take a comment back: by its writer, or who may take back the announcement. Again does nothing.

    Raises NotFound, `not_the_author` (403)."""
    announcement = _seen(announcement_id, by)
    said = announcement.comments.select_for_update().filter(pk=comment_id).first()
    if said is None:
        raise NotFound("没有找到该评论")
    if said.author_id != by.pk:
        _require_charge(announcement, by)
    if said.withdrawn_at is None:
        said.withdrawn_at, said.withdrawn_by = clock.now(), by
        said.save(update_fields=["withdrawn_at", "withdrawn_by"])
        audit.record(
            by=by, action="announcement.withdraw_comment", subject=_subject(announcement), comment=str(said.pk)
        )
    return said


# --- What the above have in common -------------------------------------------------------------------
def _seen(announcement_id: UUID, by: Staff) -> Announcement:
    found = Announcement.objects.visible_to(by).select_related("author", "branch").filter(pk=announcement_id).first()
    if found is None:
        raise NotFound("没有找到该公告")
    return found


def _standing(announcement_id: UUID, by: Staff) -> Announcement:
    """The announcement, locked. Raises NotFound, `announcement_withdrawn` (409)."""
    _seen(announcement_id, by)
    rows = Announcement.objects.select_for_update(of=("self",)).select_related("author", "branch")
    announcement = rows.get(pk=announcement_id)
    if announcement.withdrawn_at is not None:
        raise Conflict("announcement_withdrawn", "该公告已撤回")
    return announcement


def _require_charge(announcement: Announcement, by: Staff) -> None:
    if announcement.author_id == by.pk:
        return
    if not (may(by, "announcement.publish") and sees_branch(by, announcement.branch)):
        raise NotPermitted("not_the_author", "只有发布人或其上级管理者可以进行此操作")


def _subject(announcement: Announcement) -> str:
    return f"announcement/{announcement.pk}"
