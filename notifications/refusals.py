"""What a channel's no means for a delivery, whichever channel says it."""

from enum import StrEnum


class Meaning(StrEnum):
    """What to do about a message that was not accepted."""

    RETRY = "RETRY"
    """Busy, too fast, or no answer: send again later, under the same reference."""
    REFRESHED_ONCE = "REFRESHED_ONCE"
    """The token was refused, and so was a fresh one: try again later, and tell somebody if it lasts."""
    UNREACHABLE = "UNREACHABLE"
    """This person cannot be reached this way: stop, and use another."""
    PAUSE_UNTIL_MIDNIGHT = "PAUSE_UNTIL_MIDNIGHT"
    """The day's quota is used up: the whole channel rests until 00:00 in Asia/Shanghai."""
    ALARM = "ALARM"
    """Our mistake, or the account is barred: repeating cannot help, a person has to look."""


class ChannelRefused(Exception):
    """A message was not accepted, or we do not know. Its text names neither a secret nor the person.

    `may_have_arrived`: the provider had the message, and did not say what it did with it."""

    def __init__(self, meaning: Meaning, code: str, reason: str, *, may_have_arrived: bool = False) -> None:
        super().__init__(f"{code}: {reason}")
        self.meaning, self.code, self.reason = meaning, code, reason
        self.may_have_arrived = may_have_arrived

    @property
    def is_permanent(self) -> bool:
        """Whether sending the same message again cannot succeed."""
        return self.meaning in (Meaning.UNREACHABLE, Meaning.ALARM)
