"""The intake: what one takes of the server, and how many loans a minute the bank takes from draft to money.

Goals on two cores with the database beside: one intake by API, all steps and pictures, within three seconds of server
time (OCR apart); a year's 16,000 loans, all steps, within thirty minutes. `--loans 16000` is the run for the record.
"""

import sys
from collections.abc import Mapping, Sequence

from bench.result import Options, Result
from bench.running_bank import running_bank

NAME = "intake"
DESCRIPTION = "one intake's server time, then loans a minute and p50/p99 by endpoint (--loans, --clients)"
GOAL_INTAKE_MS = 3_000
YEAR, YEAR_MINUTES = 16_000, 30
GOAL_A_MINUTE = YEAR / YEAR_MINUTES
#: What the goals are set for: a web process for each.
CORES = 2
WARM_UP, MEASURED = 1, 3
#: Where an intake ends; what comes after it is review, approval, contract and money.
LAST_STEP = "POST /api/v1/loan-applications/<id>/submit"


def run(options: Options) -> Result:
    """First the server time of one intake, alone; then the crowd."""
    with running_bank(web_processes=CORES) as bank:
        # Models exist only once the bank's settings are in place.
        from bench.crowd import take_at_once  # noqa: PLC0415
        from bench.journeys import take_loans  # noqa: PLC0415

        alone = take_loans(bank.url, WARM_UP + MEASURED, sandbox=bank.sandbox)[WARM_UP:]
        crowd = take_at_once(bank.url, bank.sandbox, loans=options.loans, clients=options.clients)
    intake = sorted(of_intake(one.milliseconds) for one in alone)[len(alone) // 2]
    rows = table(crowd.timings.milliseconds)
    if not options.quiet:
        sys.stdout.write("\n".join(written(rows)) + "\n")
    detail = {
        "loans": crowd.loans,
        "failed": len(crowd.failures),
        "failures": crowd.failures[:3],
        "clients": options.clients,
        "seconds": round(crowd.seconds, 1),
        "minutes_for_a_year": round(YEAR / crowd.loans_a_minute, 1) if crowd.loans_a_minute else None,
        "intake_ms": round(intake),
        "intake_goal_ms": GOAL_INTAKE_MS,
        "server_ms_a_loan": round(sum(row[4] for row in rows) / max(crowd.loans, 1)),
    }
    return Result(
        name=NAME,
        value=crowd.loans_a_minute,
        unit="loans/min",
        goal=round(GOAL_A_MINUTE, 1),
        smaller_is_better=False,
        also_ok=intake <= GOAL_INTAKE_MS and not crowd.failures,
        detail=detail,
    )


#: Endpoint, calls, p50, p99 and sum, in server milliseconds.
Row = tuple[str, int, float, float, float]


def table(milliseconds: Mapping[str, Sequence[float]]) -> list[Row]:
    """What took the most time in all first."""
    rows = [(name, len(taken), at(taken, 50), at(taken, 99), sum(taken)) for name, taken in milliseconds.items()]
    return sorted(rows, key=lambda row: -row[4])


def written(rows: Sequence[Row]) -> list[str]:
    """The table as text, with each endpoint's share of all server time."""
    whole = sum(row[4] for row in rows) or 1.0
    head = f"{'endpoint':<70} {'calls':>7} {'p50 ms':>8} {'p99 ms':>8} {'share':>6}"
    lines = (
        f"{name:<70} {calls:>7} {p50:>8.1f} {p99:>8.1f} {total / whole:>6.1%}" for name, calls, p50, p99, total in rows
    )
    return [head, *lines]


def at(taken: Sequence[float], percent: int) -> float:
    """The value that so many percent do not exceed."""
    ordered = sorted(taken)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def of_intake(milliseconds: Mapping[str, Sequence[float]]) -> float:
    """The server time of the calls up to handing in, in the order in which they were first made."""
    total = 0.0
    for name, taken in milliseconds.items():
        total += sum(taken)
        if name == LAST_STEP:
            break
    return total
