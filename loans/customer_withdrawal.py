"""The borrower takes his application back himself, behind his link: with a code to his phone, which stands for his
will, at any time before the money moves."""

from django.db import transaction

from aladdin.problems import Conflict, NotPermitted
from loans import link_notices, one_time_codes, withdrawal
from loans.behind_link import application_of, as_customer, held_link
from loans.models import CustomerLink, LinkSession, LoanApplication, OneTimeCode
from loans.transitions import subject_of

_CODE = OneTimeCode.Purpose.WITHDRAW


def is_possible(link: CustomerLink) -> bool:
    """Whether the page offers it: to the borrower, while there is something to take back."""
    return link.application is not None and link.party is None and withdrawal.is_possible(link.application)


@transaction.atomic
def send_code(session: LinkSession, *, ip: str | None) -> int:
    """Send the borrower the code that withdraws; seconds until the next.

    Raises `withdrawal_by_borrower_only` (403), `application_first`, `too_late_to_withdraw` (409), TooMany."""
    held = _his_own(held_link(session))
    return one_time_codes.send(_CODE, subject=subject_of(held), mobile=held.customer.mobile, ip=ip)


def redeem_code(session: LinkSession, code: str, *, ip: str | None) -> OneTimeCode:
    """The code as evidence for `withdraw`; each try counts, so call it outside of what a refusal rolls back.

    Raises what `send_code` raises, and CodeRefused."""
    with transaction.atomic():
        held = _his_own(held_link(session))
    return one_time_codes.redeem(_CODE, subject=subject_of(held), mobile=held.customer.mobile, code=code, ip=ip)


@transaction.atomic
def withdraw(session: LinkSession, *, code: OneTimeCode, reason: str) -> LoanApplication:
    """The application ends by the borrower's own word. Raises what `send_code` raises."""
    link = held_link(session)
    held = _his_own(link)
    with as_customer(link):
        withdrawn = withdrawal.by_customer(held, reason=reason, evidence=f"{link.door} one-time-code/{code.pk}")
        link_notices.moved(link)
    return withdrawn


def _his_own(link: CustomerLink) -> LoanApplication:
    """The application, locked, if whoever is behind the link may still take it back."""
    if link.party is not None:
        raise NotPermitted("withdrawal_by_borrower_only", "只有借款人本人可以撤回申请")
    held = application_of(link)
    if not withdrawal.is_possible(held):
        raise Conflict("too_late_to_withdraw", "申请已结束，或贷款资金已发放或正在发放，不能撤回，请联系您的客户经理")
    return held
