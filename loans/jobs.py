"""Work of the room that runs later or at night."""

from uuid import UUID

from aladdin import parameters
from aladdin.jobs import job
from loans import (
    borrower_notices,
    bureau,
    contract_papers,
    cost_paper,
    credit_alerts,
    customer_links,
    draws,
    esigning,
    expiry,
    idleness,
    late_nights,
    link_notices,
    notices,
    one_time_codes,
    pace,
    picture_jobs,  # noqa: F401  registers its own
    prepayments,
    prospects,
    repricing,
    sending,
    sleeping,
)
from loans.diligence import places, reports


@job("loans.announce_pipeline")
def announce_pipeline(branch_id: str) -> None:
    """Tell the boards of a branch and of those above it that its pipeline moved."""
    notices.announce_pipeline(UUID(branch_id))


@job("loans.announce_link")
def announce_link(link_id: str) -> None:
    """Tell the board of a branch how far a customer has come behind his link."""
    link_notices.announce(UUID(link_id))


@job("loans.query_bureau")
def query_bureau(report_id: str) -> None:
    """Ask the credit bureau for a report that was ordered."""
    bureau.query(UUID(report_id))


@job("loans.locate_address")
def locate_address(application_id: str, attempt: int = 1) -> None:
    """Ask the map service where the registered address of a case lies."""
    places.locate(UUID(application_id), attempt)


@job("loans.deliver_code")
def deliver_code(code_id: str, letter: str) -> None:
    """Hand a one-time code to the carrier."""
    one_time_codes.deliver(UUID(code_id), letter)


@job("loans.forget_links", every="15 18 * * *")
def forget_links() -> None:
    """Nightly: links of which no application came, and the phones bound to them, are kept for days only."""
    customer_links.forget(days=parameters.integer("loan.link_days_kept"))


@job("loans.forget_codes", every="10 18 * * *")
def forget_codes() -> None:
    """Nightly: codes that opened nothing, and counts, are kept for days only."""
    one_time_codes.forget(days=parameters.integer("loan.code_days_kept"))


@job("loans.watch_credit_queries", every="30 22 * * *")
def watch_credit_queries() -> None:
    """At half past six in Shanghai: what was odd about consents and queries of the bureau becomes alerts."""
    credit_alerts.watch()


@job("loans.cancel_idle", every="30 17 * * *")
def cancel_idle() -> None:
    """Nightly: applications that nobody has touched for long are cancelled."""
    idleness.cancel_idle()


@job("loans.recheck_gates", every="40 17 * * *")
def recheck_gates() -> None:
    """Nightly: where the identity changed or the authorization ran out, the case goes back to acceptance."""
    idleness.recheck_gates()


@job("loans.send_payment")
def send_payment(payment_id: str) -> None:
    """Send an order that was released to core banking."""
    sending.send(UUID(payment_id))


@job("loans.resolve_payment")
def resolve_payment(payment_id: str, asked: int = 0) -> None:
    """Ask core banking what became of an order."""
    sending.resolve(UUID(payment_id), asked=asked)


@job("loans.take_up_payments", every="* * * * *")
def take_up_payments() -> None:
    """Every minute: payments that nobody asks about any more are asked for again."""
    sending.take_up_forgotten()


@job("loans.ask_envelope")
def ask_envelope(envelope_id: str) -> None:
    """Send an envelope to the signing provider, or ask where it stands."""
    esigning.ask(UUID(envelope_id))


@job("loans.ask_about_envelopes", every="*/5 * * * *")
def ask_about_envelopes() -> None:
    """Every five minutes: where open envelopes stand, should the provider's call have been lost."""
    esigning.ask_about_open()


@job("loans.seal_papers", every="0 18 * * *")
def seal_papers() -> None:
    """At two at night in Shanghai: the day's reports, statements and contracts become sealed PDFs, those that nobody
    has opened before."""
    reports.issue_waiting()
    cost_paper.issue_waiting()
    contract_papers.issue_waiting()


@job("loans.expire_approvals", every="20 16 * * *")
def expire_approvals() -> None:
    """At twenty past midnight in Shanghai: approvals past their last day end."""
    expiry.expire_approvals()


@job("loans.lapse_draws", every="25 16 * * *")
def lapse_draws() -> None:
    """Nightly: what was not drawn in time will not be drawn any more."""
    draws.lapse()


@job("loans.wake_sleeping_levels", every="*/15 * * * *")
def wake_sleeping_levels() -> None:
    """Every quarter of an hour: levels of approval that sleep are woken, and in the end passed over."""
    sleeping.wake_sleeping_levels()


@job("loans.measure_pace", every="50 17 * * *")
def measure_pace() -> None:
    """Nightly: how long each step takes, from the log."""
    pace.measure()


@job("loans.reprice", every="30 16 * * *")
def reprice() -> None:
    """At half past midnight in Shanghai: rates whose day has come follow the LPR."""
    repricing.reprice_due()


@job("loans.accrue_lateness", every="50 16 * * *")
def accrue_lateness() -> None:
    """After midnight in Shanghai: what late loans owed at the end of the day before."""
    late_nights.accrue()


@job("loans.tell_borrowers", every="10 17 * * *")
def tell_borrowers() -> None:
    """At ten past one in Shanghai, when the night's lateness is known: who is told that adverse data will be reported,
    and whom the carrier reached of those written to before."""
    borrower_notices.tell_of_adverse_data()
    borrower_notices.note_delivered()


@job("loans.lapse_prepayments", every="55 16 * * *")
def lapse_prepayments() -> None:
    """Nightly: wishes to pay early for which no money came are closed."""
    prepayments.lapse()


@job("loans.expire_offers", every="58 16 * * *")
def expire_offers() -> None:
    """Nightly: offers past their last day are closed, and prospects of whom nothing came are forgotten in time."""
    prospects.expire()
    prospects.forget()
