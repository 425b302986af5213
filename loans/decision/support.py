"""Decision support for reviewer and approver: what the rules say, the score with its reasons, what would change it.

Reasons are never left out, and nothing here decides: a person reads it and says why he decides as he does.
"""

from dataclasses import dataclass
from datetime import datetime

from aladdin import clock
from loans.codes import Outcome, Stage
from loans.decision import evaluation, scorecards
from loans.decision.evaluation import Result
from loans.decision.facts import CaseFacts
from loans.decision.scoring import Card, Score
from loans.models import DecisionRun, LoanApplication, ScorecardVersion
from loans.states import State
from organization.models import Staff

NOTE = "评分仅供参考，不作为批准或否决的依据；决定由有权审批人结合全部资料作出并说明理由。"
_OF_STATE = {State.DRAFT: Stage.ACCEPTANCE, State.UNDER_REVIEW: Stage.APPROVAL, State.IN_APPROVAL: Stage.APPROVAL}


@dataclass(frozen=True)
class Support:
    """All of it, as of a moment."""

    at: datetime
    stage: Stage
    results: list[Result]
    needed_level: int
    version: ScorecardVersion
    card: Card
    score: Score
    history: list[DecisionRun]
    note: str = NOTE

    @property
    def outcome(self) -> Outcome:
        return evaluation.worst(self.results)


def stage_of(application: LoanApplication) -> Stage:
    """Which rules are asked: those of the step that the case is before."""
    return _OF_STATE.get(State(application.state), Stage.SUBMISSION)


def support_of(application: LoanApplication) -> Support:
    """What rules and champion say now. Raises `scorecard_missing` (503)."""
    stage = stage_of(application)
    version = scorecards.champion()
    return Support(
        at=clock.now(),
        stage=stage,
        results=evaluation.results(application, stage),
        needed_level=evaluation.needed_level(application),
        version=version,
        card=scorecards.card_of(version),
        score=scorecards.scored(version, CaseFacts(application)),
        history=list(application.decision_runs.prefetch_related("scores__version__scorecard").order_by("-at")),
    )


def keep(application: LoanApplication, stage: Stage, *, by: Staff | None) -> DecisionRun:
    """Put rules and, once there is an investigation, scores on record as they are at this step, in the step's own
    transaction."""
    known = evaluation.known_of(application)
    run = evaluation.record(application, stage, known, by=by)
    if stage in evaluation.WHOLE:
        scorecards.keep(run, known[0])
    return run
