"""Trying rules and cards on cases whose end is known, on the facts that were put on record when they were decided.

A case is bad where its loan is, or ended, overdue, non-performing or written off (Order 2023 No.1); refused cases
have no end and are counted apart.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from loans.codes import Outcome, Stage
from loans.decision import measures
from loans.decision.evaluation import Limits, answer, persons, worst
from loans.decision.facts import RecordedFacts
from loans.decision.scorecards import scored
from loans.models import DecisionRuleVersion, DecisionRun, LoanAccount, ScorecardVersion
from loans.obligors import Obligor

_BAD = (LoanAccount.Status.OVERDUE, LoanAccount.Status.NON_PERFORMING, LoanAccount.Status.WRITTEN_OFF)


@dataclass(frozen=True)
class Closed:
    """One case as it was submitted, and how it ended: bad, good, or None where no loan came of it."""

    run: DecisionRun
    known: list[RecordedFacts]
    is_bad: bool | None


def closed(limit: int | None = None) -> Iterator[Closed]:
    """Every case's last submission on record, the newest first."""
    last = (
        DecisionRun.objects.filter(stage=Stage.SUBMISSION).order_by("application_id", "-at").distinct("application_id")
    )
    runs = DecisionRun.objects.filter(pk__in=last.values("pk")).select_related("application").order_by("-at")
    ends = dict(LoanAccount.objects.order_by("created_at").values_list("application_id", "status"))
    for run in runs[:limit].iterator(chunk_size=500):
        status = ends.get(run.application_id)
        yield Closed(run, _known(run), None if status is None else status in _BAD)


def _known(run: DecisionRun) -> list[RecordedFacts]:
    """The borrower's facts first. A party is asked about by his facts alone: who he was does not matter here."""
    ordered = sorted(run.facts.items(), key=lambda each: each[0])
    return [RecordedFacts(facts, Obligor(run.application)) for _, facts in ordered]


# --- Rules ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class RuleTrial:
    """What a rule would have said: cases by outcome, how many of them went bad, and how many were not so before."""

    outcomes: dict[str, measures.Share]
    changed: int
    cases: int


def try_rule(rule: DecisionRuleVersion, limit: int | None = None) -> RuleTrial:
    """A version, draft or published, put to past cases with the parameters of today."""
    classes, bad, changed, limits = [], [], 0, Limits()
    for case in closed(limit):
        now = worst(answer(rule, facts, limits) for facts in persons(rule, case.known))
        before = _before(rule, case.run)
        changed += before is not None and before != now
        classes.append(str(now.value))
        bad.append(bool(case.is_bad))
    return RuleTrial(measures.by_class(classes, bad), changed, len(classes))


def _before(rule: DecisionRuleVersion, run: DecisionRun) -> Outcome | None:
    said = run.results.filter(rule_version__rule=rule.rule_id).values_list("outcome", flat=True)
    return max(map(Outcome, said), key=list(Outcome).index, default=None)


# --- Cards ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class CardTrial:
    """How a card would have done: separation over cases with an end (None: all ended alike), bands, and the
    population's stability against the sample that it was trained on."""

    separation: measures.Separation | None
    bands: dict[str, measures.Share]
    stability: object
    cases: int


def try_card(version: ScorecardVersion, limit: int | None = None) -> CardTrial:
    """A version, draft or published, put to past cases."""
    points, bands, bad, everybody = [], [], [], Counter[str]()
    for case in closed(limit):
        found = scored(version, case.known[0])
        everybody[found.band.code] += 1
        if case.is_bad is not None:
            points.append(found.points)
            bands.append(found.band.code)
            bad.append(case.is_bad)
    trained = {code: int(each["count"]) for code, each in version.figures.get("bands", {}).get("trained", {}).items()}
    return CardTrial(
        measures.separation(points, bad),
        measures.by_class(bands, bad),
        measures.stability(trained, everybody) if trained else None,
        everybody.total(),
    )
