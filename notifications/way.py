"""What every way out of the app can do; each channel's folder has one in its `way.py`."""

from collections.abc import Collection
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from notifications.models import Notice


class Way(Protocol):
    """One channel, as deliveries use it."""

    def reaches(self, people: Collection[UUID]) -> set[UUID]:
        """Those among the staff who can be reached this way now."""

    def send(self, notice: Notice, *, recipient: UUID, reference: str) -> str:
        """Hand over what may be said of a notice; the provider's number of it. Raises ChannelRefused, and remembers
        whom nothing reaches any more."""

    def lose(self, recipient: UUID, *, code: str) -> None:
        """A later result said that nothing reaches the person any more: remember it."""

    def repeatable_for(self) -> timedelta:
        """How long after an unknown outcome the same reference may be sent again without arriving twice."""
