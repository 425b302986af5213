"""Work of the room that runs later or at night."""

from uuid import UUID

from aladdin.jobs import job
from loans import bureau, idleness, notices


@job("loans.announce_pipeline")
def announce_pipeline(branch_id: str) -> None:
    """Tell the boards of a branch and of those above it that its pipeline moved."""
    notices.announce_pipeline(UUID(branch_id))


@job("loans.query_bureau")
def query_bureau(report_id: str) -> None:
    """Ask the credit bureau for a report that was ordered."""
    bureau.query(UUID(report_id))


@job("loans.cancel_idle", every="30 17 * * *")
def cancel_idle() -> None:
    """Nightly: applications that nobody has touched for long are cancelled."""
    idleness.cancel_idle()


@job("loans.recheck_gates", every="40 17 * * *")
def recheck_gates() -> None:
    """Nightly: where the identity changed or the authorization ran out, the case goes back to acceptance."""
    idleness.recheck_gates()
