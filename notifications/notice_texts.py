"""What notices say: which version of a kind's text rules on a day, and how a new one comes to rule.

The house ships a text for every kind (`notifications/kinds.py`): it is version 1, written into the table by `seed`,
and rules also where it has not been written there yet. A version is drafted by one person and published by another,
from the next day at the earliest; it never changes afterwards, so that each process keeps what it has read.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from aladdin import audit, clock
from aladdin.parameters import BEGINNING
from aladdin.problems import Conflict, NotPermitted, RuleBroken
from notifications import kinds
from notifications.kinds import Kind, checked_values
from notifications.models import NoticeTemplate
from notifications.text_soundness import filled, wrong_with
from organization import access
from organization.models import Staff

S = NoticeTemplate.State
HINT = "请登录阿拉丁查看"
"""What WeChat's last field says unless a bank has something better to say."""


# --- Using ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Text:
    """What one version of a kind's text says."""

    version: int
    title: str
    body: str
    hint: str

    def filled(self, values: Mapping[str, str]) -> "Text":
        """With the values in their places."""
        return Text(self.version, filled(self.title, values), filled(self.body, values), filled(self.hint, values))


def in_force(codes: Iterable[str]) -> dict[str, Text]:
    """The texts of these kinds that rule today; asked for once, however many notices are to be written."""
    today, versions = clock.today(), _kept.versions()
    return {code: _ruling(code, versions, today) for code in set(codes)}


def of_version(code: str, version: int) -> Text:
    """The text that a notice was written with; the house's own where the bank has no such version."""
    for again in (False, True):
        for _, text in _kept.versions(again=again).get(code, ()):
            if text.version == version:
                return text
    return shipped(kinds.kind_of(code))


def shipped(kind: Kind) -> Text:
    """The house's own text of a kind."""
    return Text(1, kind.title, kind.body, HINT)


_Versions = Mapping[str, list[tuple[date, Text]]]


def _ruling(code: str, versions: _Versions, today: date) -> Text:
    begun = [text for first, text in versions.get(code, ()) if first <= today]
    return begun[-1] if begun else shipped(kinds.kind_of(code))


def _read() -> _Versions:
    rows: dict[str, list[tuple[date, Text]]] = defaultdict(list)
    said = NoticeTemplate.objects.published().values_list("kind", "effective_from", "version", "title", "body", "hint")
    for code, first, version, title, body, hint in said:
        rows[code].append((first, Text(version, title, body, hint)))
    return rows


KEPT_SECONDS = 60.0


class _Kept:
    """All published versions as this process last read them.

    A version rules from the day after its publication at the earliest and never changes, so what was read today is
    right for today. It is read again after a minute all the same: a publication of the last second of a day may be
    committed after midnight. A version that is not found (another process writes with it already) is looked for in
    the table."""

    def __init__(self) -> None:
        self._held: tuple[date, float, _Versions] | None = None

    def versions(self, *, again: bool = False) -> _Versions:
        """By kind, in the order in which they come to rule."""
        today, held = clock.today(), self._held
        if again or held is None or held[0] < today or held[1] < time.monotonic() - KEPT_SECONDS:
            held = self._held = (today, time.monotonic(), _read())
        return held[2]

    def forget(self) -> None:
        self._held = None


_kept = _Kept()
forget = _kept.forget
"""Let this process read the texts anew when one is next asked for."""


# --- Keeping -------------------------------------------------------------------------------------
@transaction.atomic
def draft_next(template: NoticeTemplate, *, by: Staff) -> NoticeTemplate:
    """A draft from tomorrow on with the words of the kind's newest version. Raises
    `notice_template_in_the_making` (409)."""
    access.require(by, "notice_template.edit")
    newest = NoticeTemplate.objects.select_for_update().filter(kind=template.kind).order_by("-version").first()
    if newest is None or newest.state != S.PUBLISHED:
        raise Conflict("notice_template_in_the_making", "该通知已有未发布的版本，请先完成")
    draft = NoticeTemplate.objects.create(
        kind=newest.kind,
        version=newest.version + 1,
        title=newest.title,
        body=newest.body,
        hint=newest.hint,
        samples=newest.samples,
        effective_from=max(clock.today(), newest.effective_from) + timedelta(days=1),
        maker=by,
    )
    audit.record(by=by, action="draft_notice_template", subject=_subject(draft), after=newest.version)
    return draft


@transaction.atomic
def submit(template: NoticeTemplate, *, by: Staff) -> NoticeTemplate:
    """Hand the draft to a checker. Raises `not_the_maker` (403), `notice_template_state` (409),
    `notice_template_unfit` (422)."""
    access.require(by, "notice_template.edit")
    draft = _held(template, S.DRAFT)
    if draft.maker_id != by.pk:
        raise NotPermitted("not_the_maker", "只有经办人可以提交复核")
    _require_fit(draft)
    return _moved(draft, S.SUBMITTED, "submit", by, returned_because="")


@transaction.atomic
def send_back(template: NoticeTemplate, *, reason: str, by: Staff) -> NoticeTemplate:
    """Give it back to its maker. Raises `checker_is_maker` (403), `notice_template_state` (409)."""
    return _moved(_to_be_checked(template, by), S.DRAFT, "send_back", by, returned_because=reason[:200])


@transaction.atomic
def publish(template: NoticeTemplate, *, by: Staff) -> NoticeTemplate:
    """Notices are written with it from its day on. Raises `checker_is_maker` (403), `notice_template_state` (409),
    `notice_template_unfit` (422)."""
    submitted = _to_be_checked(template, by)
    _require_fit(submitted)
    return _moved(submitted, S.PUBLISHED, "publish", by, checker=by, published_at=clock.now())


def _to_be_checked(template: NoticeTemplate, by: Staff) -> NoticeTemplate:
    access.require(by, "notice_template.publish")
    submitted = _held(template, S.SUBMITTED)
    if submitted.maker_id == by.pk:
        raise NotPermitted("checker_is_maker", "经办人不能复核自己制作的模板")
    return submitted


def _held(template: NoticeTemplate, state: S) -> NoticeTemplate:
    held = NoticeTemplate.objects.select_for_update().get(pk=template.pk)
    if held.state != state:
        raise Conflict("notice_template_state", f"模板当前为“{held.get_state_display()}”，不能进行此操作")
    return held


def _moved(template: NoticeTemplate, state: S, verb: str, by: Staff, **marks: object) -> NoticeTemplate:
    template.state = state
    for name, value in marks.items():
        setattr(template, name, value)
    template.save()
    audit.record(by=by, action=f"{verb}_notice_template", subject=_subject(template), reason=template.returned_because)
    return template


def _subject(template: NoticeTemplate) -> str:
    return f"notice-template/{template.pk}"


def _require_fit(template: NoticeTemplate) -> None:
    errors = unfit(template)
    if errors:
        said = "；".join(reason for reasons in errors.values() for reason in reasons)
        raise RuleBroken("notice_template_unfit", f"模板不能使用：{said}", errors=errors)


def unfit(template: NoticeTemplate) -> dict[str, list[str]]:
    """Everything that stands against publishing it: field → messages in Chinese."""
    kind = kinds.KINDS.get(template.kind)
    if kind is None:
        return {"kind": ["系统已不再发送这种通知"]}
    errors = wrong_with(kind, title=template.title, body=template.body, hint=template.hint, samples=template.samples)
    if wrong := _wrong_day(template):
        errors["effective_from"] = [wrong]
    return errors


def _wrong_day(template: NoticeTemplate) -> str:
    if template.effective_from <= clock.today():
        return "最早自次日起生效"
    later = NoticeTemplate.objects.published().filter(kind=template.kind, effective_from__gte=template.effective_from)
    return "须晚于该通知已发布的各版本生效" if later.exists() else ""


def sample(template: NoticeTemplate) -> Text:
    """The text with sample values in its places, the maker's own where he gave some. Raises `notice_template_unfit`
    (422) where it cannot be filled."""
    _require_fit_words(template)
    kind = kinds.kind_of(template.kind)
    said = {name: variable.sample for name, variable in kind.variables.items()} | template.samples
    text = Text(template.version, template.title, template.body, template.hint)
    return text.filled(checked_values(kind, said))


def _require_fit_words(template: NoticeTemplate) -> None:
    errors = {field: said for field, said in unfit(template).items() if field != "effective_from"}
    if errors:
        raise RuleBroken("notice_template_unfit", "模板不能使用", errors=errors)


# --- What the house ships ------------------------------------------------------------------------
def seed() -> int:
    """The house's texts as version 1 of every kind that has none; how many were new. What the bank keeps stays."""
    there = set(NoticeTemplate.objects.values_list("kind", flat=True))
    rows = [_shipped_row(kind) for kind in kinds.KINDS.values() if kind.code not in there]
    NoticeTemplate.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _shipped_row(kind: Kind) -> NoticeTemplate:
    text = shipped(kind)
    return NoticeTemplate(
        kind=kind.code,
        version=text.version,
        title=text.title,
        body=text.body,
        hint=text.hint,
        effective_from=BEGINNING,
        state=S.PUBLISHED,
        published_at=clock.now(),
    )
