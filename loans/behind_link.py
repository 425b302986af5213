"""What every capability of a customer behind his link needs: the link, locked, whom it is for, and whose deed it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from aladdin import audit, clock
from aladdin.problems import Conflict, NotPermitted
from loans.models import CustomerLink, LinkSession, LoanApplication
from loans.obligors import Obligor
from loans.transitions import hold


class SeeYourManager(Conflict):
    """It cannot go on here; why is the RM's to say."""

    def __init__(self) -> None:
        super().__init__("see_your_manager", "暂时无法在线办理，请联系您的客户经理")


@contextmanager
def as_customer(link: CustomerLink) -> Iterator[None]:
    """What is done inside was his doing. What his RM may not do any more (the case is another's), he cannot either."""
    try:
        with audit.through(link.door):
            yield
    except NotPermitted as error:
        raise SeeYourManager from error


def held_link(session: LinkSession) -> CustomerLink:
    """The link, locked, so that two taps of an impatient finger follow one another."""
    CustomerLink.objects.select_for_update().get(pk=session.link_id)
    # A second look: joined to the row that was waited for, others would still be as they were before the wait.
    rows = CustomerLink.objects.select_related("created_by", "product", "branch", "customer", "party", "application")
    link: CustomerLink = rows.get(pk=session.link_id)
    return link


# --- Reading before signing ----------------------------------------------------------------------
@transaction.atomic
def begin_reading(session: LinkSession, sha256: str) -> bool:
    """The text with this digest lies before him from now on; False where it did already."""
    held = LinkSession.objects.select_for_update().get(pk=session.pk)
    if held.text_sha256 == sha256 and held.text_shown_at is not None:
        return False
    held.text_sha256, held.text_shown_at = sha256, clock.now()
    held.save(update_fields=["text_sha256", "text_shown_at"])
    return True


def seconds_read(session: LinkSession, sha256: str) -> int | None:
    """How long it has lain before him, by our own clock; None where another text was shown last, or none."""
    seen = LinkSession.objects.get(pk=session.pk)
    if seen.text_shown_at is None or seen.text_sha256 != sha256:
        return None
    return int((clock.now() - seen.text_shown_at).total_seconds())


# --- Whose case ----------------------------------------------------------------------------------
def to_apply(session: LinkSession) -> CustomerLink:
    """The link, locked, if an application is made behind it. Raises `link_only_signs` (403)."""
    link = held_link(session)
    if link.purpose != CustomerLink.Purpose.APPLY:
        raise NotPermitted("link_only_signs", "该链接仅用于签署")
    return link


def application_of(link: CustomerLink) -> LoanApplication:
    """The link's application, locked. Raises `application_first` (409)."""
    if link.application is None:
        raise Conflict("application_first", "请先填写申请信息")
    return hold(link.application.pk)


def obligor_behind(link: CustomerLink, *, lock: bool = False) -> Obligor:
    """Whom the link is for. Raises `application_first`, SeeYourManager where he was taken out of the file."""
    if link.application_id is None:
        raise Conflict("application_first", "请先填写申请信息")
    if link.party is not None and link.party.removed_at is not None:
        raise SeeYourManager
    if lock:
        return Obligor(hold(link.application_id), link.party)
    return Obligor(LoanApplication.objects.get(pk=link.application_id), link.party)
