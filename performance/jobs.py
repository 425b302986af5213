"""What the performance room does later: announcing the ranking, and proving the scores every night."""

import logging

from aladdin import audit, clock
from aladdin.calendar import is_working_day
from aladdin.jobs import job
from performance import announce, daily, scores
from performance.metrics import METRICS
from performance.waking import ANNOUNCE

logger = logging.getLogger(__name__)


class ScoresDiffer(Exception):
    """Scores are not what the ledger says; the job stays failed in the back office until somebody looks."""


@job(ANNOUNCE, tries=5)
def announce_ranking(metric: str) -> None:
    """After a posting: boards and people learn of the new ranking of this metric."""
    announce.announce(metric)


@job("performance.announce_held_back", every="*/5 * * * *", tries=1)
def announce_held_back() -> None:
    """Every five minutes: moves that had to wait, and any whose own job was lost in a crash."""
    for metric in METRICS:
        announce.announce(metric)


@job("performance.tell_branches", every="30 10 * * *", tries=5)
def tell_branches() -> None:
    """At 18:30 of a working day: the branches' robots say the day's figures."""
    if is_working_day(clock.today()):
        daily.tell_branches()


@job("performance.check_scores", every="40 19 * * *", tries=1)
def check_scores() -> None:
    """At 03:40: this year's scores and last year's equal the ledger. Raises ScoresDiffer."""
    this_year = clock.today().year
    differences = [*scores.check(this_year - 1), *scores.check(this_year)]
    if not differences:
        return
    for difference in differences[:100]:
        logger.error("score differs: %s", difference)
    audit.record(by=None, action="performance.scores_differ", subject="performance/scores", count=len(differences))
    raise ScoresDiffer(f"{len(differences)} scores differ from the ledger")
