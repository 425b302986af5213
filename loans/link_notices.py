"""What a customer does behind his link, told while he does it: the board moves at each step, the RM hears of the
great ones."""

from typing import Any
from uuid import UUID

from aladdin.jobs import wake
from loans import link_progress
from loans.models import CustomerLink
from notifications import streams
from notifications.notices import notify

BOARD_KIND = "customer_link_moved"


def moved(link: CustomerLink, kind: str = "", **values: str) -> None:
    """Let the branch's boards know, by a job, and the RM by a notice of this kind; call it last."""
    wake("loans.announce_link", key=f"customer-link:{link.pk}", link_id=str(link.pk))
    if kind:
        said: dict[str, Any] = {"product": link.product.name, **values}
        notify(
            recipient=link.created_by,
            kind=kind,
            event_key=f"{kind}:{link.pk}",
            subject=f"loan-link/{link.pk}",
            values=said,
        )


def announce(link_id: UUID) -> None:
    """Ring the board of the link's branch: which link, whose, and how far it has come; nothing about the customer."""
    links = CustomerLink.objects.select_related("created_by", "application__product_version", "party", "product")
    link = links.filter(pk=link_id).first()
    if link is not None:
        payload = {
            "link": str(link.pk),
            "staff": str(link.created_by_id),
            "steps": {each.step: each.is_done for each in link_progress.steps_of(link)},
        }
        streams.publish(streams.key_of_branch(link.branch_id), BOARD_KIND, payload)
