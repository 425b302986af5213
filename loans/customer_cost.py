"""The borrower reads the statement of all-in financing cost behind his link and confirms it with a code.

How long he has read is measured by the server, from the moment when the page asked for it (金规〔2026〕2号: online, a
forced reading time and a confirmation).
"""

from django.db import transaction

from aladdin import audit, parameters
from aladdin.problems import Conflict, NotPermitted
from loans import disclosure, link_notices
from loans.behind_link import application_of, as_customer, begin_reading, held_link
from loans.disclosure import Reading
from loans.models import CostDisclosure, CustomerLink, LinkSession, LoanApplication, OneTimeCode
from loans.signing import Signature
from loans.transitions import subject_of


@transaction.atomic
def show(session: LinkSession) -> tuple[CostDisclosure, int]:
    """The statement that the RM prepared, and the seconds to read it. Looking again does not begin the time anew.

    Raises `cost_by_borrower_only` (403), `disclosure_not_shown` (409)."""
    link = held_link(session)
    shown = disclosure.newest(_his_own(link))
    if shown is None:
        raise Conflict("disclosure_not_shown", "客户经理正在准备综合融资成本明示表，请稍后再来")
    if begin_reading(session, shown.sha256):
        disclosure.opened(shown)
        with as_customer(link):
            subject = subject_of(shown.application)
            audit.record(by=link.created_by, action="loan.show_cost", subject=subject, sha256=shown.sha256)
    return shown, parameters.integer("loan.disclosure_read_seconds")


def send_code(session: LinkSession, sha256: str, *, ip: str | None) -> int:
    """Send him the code to confirm with; seconds until the next.

    Raises `cost_by_borrower_only` (403), `not_approved`, `disclosure_not_shown` (409), TooMany (429)."""
    with transaction.atomic():
        held = _his_own(held_link(session))
        return disclosure.send_code_to(held, sha256, ip=ip)


def redeem_code(session: LinkSession, sha256: str, code: str, *, ip: str | None) -> OneTimeCode:
    """The code as evidence for `confirm`; each try counts, so call it outside of what a refusal rolls back.

    Raises what `send_code` does, `read_too_briefly` (422: the code stays good), and CodeRefused."""
    with transaction.atomic():
        held = _his_own(held_link(session))
    return disclosure.redeem_code_of(held, sha256, code, ip=ip)


@transaction.atomic
def confirm(session: LinkSession, sha256: str, *, signature: Signature) -> CostDisclosure:
    """He has read it and confirms. Again does nothing. Raises what `redeem_code` raises of the case."""
    link = held_link(session)
    held = _his_own(link)
    with as_customer(link):
        confirmed = disclosure.confirm_held(held, Reading(sha256=sha256, signature=signature), by=None)
        link_notices.moved(link, "loan_link.cost_confirmed", customer=held.customer.masked_name())
    return confirmed


def _his_own(link: CustomerLink) -> LoanApplication:
    """The application, locked, if its borrower is behind a link for what is signed after the approval."""
    if link.purpose != CustomerLink.Purpose.CONTRACT or link.party is not None:
        raise NotPermitted("cost_by_borrower_only", "只有借款人本人可通过合同签署链接确认融资成本")
    return application_of(link)
