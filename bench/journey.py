"""One loan, all steps, over HTTP: how much of the server's time it takes.

Goal: the whole intake with its pictures within three seconds of server time on two cores.
"""

from bench.result import Options, Result
from bench.running_bank import running_bank

NAME = "journey"
DESCRIPTION = "one loan, all steps: requests, server milliseconds in total, the slowest step"
GOAL_MS = 3_000
#: The first loan warms caches and connections; the middle one of the others counts.
WARM_UP, MEASURED = 1, 5


def run(options: Options) -> Result:
    """Take loans one after the other and report the one in the middle."""
    with running_bank() as bank:
        # Models exist only once the bank's settings are in place.
        from bench.journeys import take_loans  # noqa: PLC0415

        journeys = take_loans(bank.url, WARM_UP + MEASURED, sandbox=bank.sandbox)[WARM_UP:]
    middle = sorted(journeys, key=lambda one: one.total)[len(journeys) // 2]
    step, _, _, worst = max(middle.slowest(100), key=lambda row: row[3])
    detail = {
        "requests": middle.requests,
        "slowest_step": step,
        "slowest_step_ms": round(worst, 1),
        "totals_ms": [round(one.total) for one in journeys],
    }
    return Result(name=NAME, value=middle.total, unit="ms", goal=GOAL_MS, detail=detail)
