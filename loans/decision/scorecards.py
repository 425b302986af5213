"""Scorecards of the bank: loaded as a draft by one person, published by another, in force from a date.

The champion's score is shown with its reasons; a challenger's is kept in its shadow, to be compared when the ends
are known. Neither decides.
"""

import json
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock
from aladdin.parameters import BEGINNING
from aladdin.problems import Conflict, NotPermitted, Problem, RuleBroken
from loans.decision import scorecard_documents
from loans.decision.catalogue import CATALOGUE, NUMBERS
from loans.decision.evaluation import Facts
from loans.decision.scoring import Attribute, Band, Bin, Card, Score, faults, score
from loans.models import (
    ApplicationScore,
    DecisionRun,
    Scorecard,
    ScorecardAttribute,
    ScorecardBand,
    ScorecardBin,
    ScorecardVersion,
    ScoreContribution,
)
from organization import access
from organization.models import Staff

Role, State = ScorecardVersion.Role, ScorecardVersion.State
_SHIPPED = Path(__file__).parent / "scorecards"


# --- Using ---------------------------------------------------------------------------------------
def champion() -> ScorecardVersion:
    """The version that counts today. Raises `scorecard_missing` (503)."""
    found = in_force(Role.CHAMPION)
    if found is None:
        raise Problem("scorecard_missing", "本行尚未发布评分卡，请联系产品经理", status=503)
    return found


def in_force(role: str) -> ScorecardVersion | None:
    return ScorecardVersion.objects.in_force(role, clock.today()).first()


def scored(version: ScorecardVersion, facts: Facts) -> Score:
    """What this version says of the case, with its reasons."""
    return score(card_of(version), facts)


def card_of(version: ScorecardVersion) -> Card:
    """The version as arithmetic. A published one never changes, so it is read once."""
    return _published(version.pk) if version.state == State.PUBLISHED else _read(version.pk)


@lru_cache(maxsize=32)
def _published(version_id: UUID) -> Card:
    return _read(version_id)


def _read(version_id: UUID) -> Card:
    version = ScorecardVersion.objects.prefetch_related("attributes__bins", "bands").get(pk=version_id)
    bands = tuple(Band(each.code, each.label, each.lowest, each.meaning) for each in version.bands.all())
    return Card(version.base, tuple(_attribute(each) for each in version.attributes.all()), bands)


def _attribute(row: ScorecardAttribute) -> Attribute:
    return Attribute(
        fact=row.fact,
        more_is_better=row.more_is_better,
        bins=tuple(Bin(each.lower, each.upper, each.points, each.text) for each in row.bins.all()),
        missing=Bin(None, None, row.missing_points, row.missing_text),
        improvement=row.improvement,
    )


def keep(run: DecisionRun, facts: Facts) -> None:
    """Put on record what champion and challenger say in this run; a bank without a card has none to keep."""
    for role in (Role.CHAMPION, Role.CHALLENGER):
        version = in_force(role)
        if version is None:
            continue
        found = scored(version, facts)
        row = ApplicationScore.objects.create(
            run=run, version=version, is_shadow=role == Role.CHALLENGER, points=found.points, band=found.band.code
        )
        ScoreContribution.objects.bulk_create(
            ScoreContribution(
                score=row,
                fact=each.attribute.fact,
                value=each.value,
                points=each.found.points,
                most=each.attribute.most,
                text=each.found.text,
            )
            for each in found.contributions
        )


# --- Keeping -------------------------------------------------------------------------------------
@transaction.atomic
def load(document: dict[str, Any], *, by: Staff) -> ScorecardVersion:
    """A trained card as a draft from today on. Raises `scorecard_unsound` (422, all faults),
    `scorecard_known` (409: this version is there already)."""
    access.require(by, "decision.edit")
    version = _written(document, drafted_by=by, effective_from=clock.today())
    audit.record(by=by, action="load_scorecard", subject=subject_of(version), code=version.scorecard.code)
    return version


@transaction.atomic
def publish(version: ScorecardVersion, *, by: Staff) -> ScorecardVersion:
    """The draft counts from its day on. Raises `separation_of_duties` (403), `scorecard_published` (409),
    `scorecard_unsound` (422)."""
    access.require(by, "decision.publish")
    held = ScorecardVersion.objects.select_for_update(of=("self",)).select_related("scorecard").get(pk=version.pk)
    if held.state != State.DRAFT:
        raise Conflict("scorecard_published", "该版本已发布，不能再次发布")
    if held.drafted_by_id == by.pk:
        raise NotPermitted("separation_of_duties", "评分卡须由载入人以外的人员复核发布")
    _require_sound(card_of(held))
    held.effective_from = max(held.effective_from, clock.today())
    held.state, held.published_by, held.published_at = State.PUBLISHED, by, clock.now()
    held.save()
    audit.record(by=by, action="publish_scorecard", subject=subject_of(held), role=held.role)
    return held


@transaction.atomic
def seed() -> int:
    """Publish the cards that the house ships and that are not there yet; how many it ships."""
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(_SHIPPED.glob("*.json"))]
    known = set(Scorecard.objects.values_list("code", flat=True))
    for document in documents:
        if document["code"] not in known:
            version = _written(document, drafted_by=None, effective_from=BEGINNING)
            version.state, version.published_at = State.PUBLISHED, clock.now()
            version.save(update_fields=["state", "published_at"])
    return len(documents)


def _written(document: dict[str, Any], **marks: Any) -> ScorecardVersion:
    _require_sound(_card(document))
    card, _ = Scorecard.objects.get_or_create(code=document["code"], defaults={"name": document["name"]})
    if card.versions.filter(version=document["version"]).exists():
        raise Conflict("scorecard_known", f"“{card.name}”v{document['version']}已存在")
    version = ScorecardVersion.objects.create(
        scorecard=card,
        version=document["version"],
        role=Role(document["role"]),
        base=document["base"],
        trained_on=document["trained_on"],
        figures=document.get("figures", {}),
        **marks,
    )
    _write_parts(version, document)
    return version


def _card(document: dict[str, Any]) -> Card:
    try:
        return scorecard_documents.card_of(document)
    except (KeyError, TypeError, ValueError, ArithmeticError) as wrong:
        raise RuleBroken("scorecard_unsound", "评分卡文件格式不正确") from wrong


def _write_parts(version: ScorecardVersion, document: dict[str, Any]) -> None:
    rows = ScorecardAttribute.objects.bulk_create(
        ScorecardAttribute(
            version=version,
            place=place,
            fact=each["fact"],
            more_is_better=each["more_is_better"],
            missing_points=each["missing"]["points"],
            missing_text=each["missing"]["text"],
            improvement=each.get("improvement", ""),
        )
        for place, each in enumerate(document["attributes"])
    )
    ScorecardBin.objects.bulk_create(
        ScorecardBin(attribute=row, place=place, **{name: bin_[name] for name in _OF_BIN if name in bin_})
        for row, each in zip(rows, document["attributes"], strict=True)
        for place, bin_ in enumerate(each["bins"])
    )
    ScorecardBand.objects.bulk_create(
        ScorecardBand(version=version, **{name: each[name] for name in _OF_BAND}) for each in document["bands"]
    )


_OF_BIN = ("lower", "upper", "points", "text", "share", "bad_rate")
_OF_BAND = ("code", "label", "lowest", "meaning")


def _require_sound(card: Card) -> None:
    found = faults(card)
    for each in card.attributes:
        if each.fact not in CATALOGUE or CATALOGUE[each.fact].kind not in NUMBERS:
            found.append(f"没有名为“{each.fact}”的数值事实")
    if found:
        raise RuleBroken("scorecard_unsound", "评分卡不能使用：" + "；".join(found), blockers=found)


def subject_of(version: ScorecardVersion) -> str:
    """How the audit trail names a version."""
    return f"scorecard-version/{version.pk}"


def shown(value: Decimal | None, fact: str) -> str:
    """A contribution's value as people read it."""
    return CATALOGUE[fact].say(value)
