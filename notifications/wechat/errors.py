"""WeChat's error codes by what they mean for a delivery (domain 6.1)."""

from enum import StrEnum


class Meaning(StrEnum):
    """What to do about a message that was not accepted."""

    RETRY = "RETRY"
    """Busy, too fast, or no answer: send again later, with the same client_msg_id."""
    REFRESHED_ONCE = "REFRESHED_ONCE"
    """The token was refused, and so was a fresh one: try again later, and tell somebody if it lasts."""
    UNREACHABLE = "UNREACHABLE"
    """This person does not follow us, or refused: stop, and use another channel."""
    PAUSE_UNTIL_MIDNIGHT = "PAUSE_UNTIL_MIDNIGHT"
    """The day's quota is used up: the whole channel rests until 00:00 in Asia/Shanghai."""
    ALARM = "ALARM"
    """Our mistake, or the account is barred: repeating cannot help, a person has to look."""


TOKEN_REFUSED = frozenset((40001, 40014, 42001))
_MEANINGS = {
    -1: Meaning.RETRY,
    45011: Meaning.RETRY,
    **dict.fromkeys(TOKEN_REFUSED, Meaning.REFRESHED_ONCE),
    40003: Meaning.UNREACHABLE,
    43004: Meaning.UNREACHABLE,
    43101: Meaning.UNREACHABLE,
    45009: Meaning.PAUSE_UNTIL_MIDNIGHT,
}
FIELD_INVALID = 47003
NO_ANSWER = 0
"""In place of a code where there was no answer that can be read."""


class WeChatError(Exception):
    """A message was not accepted, or we do not know. Its text names neither the token nor the person.

    `may_have_arrived`: WeChat had the message, and did not say what it did with it."""

    def __init__(self, meaning: Meaning, errcode: int, reason: str, *, may_have_arrived: bool = False) -> None:
        super().__init__(f"WeChat {errcode}: {reason}")
        self.meaning, self.errcode, self.reason = meaning, errcode, reason
        self.may_have_arrived = may_have_arrived

    @property
    def is_permanent(self) -> bool:
        """Whether sending the same message again cannot succeed."""
        return self.meaning in (Meaning.UNREACHABLE, Meaning.ALARM)


def refused(errcode: int, reason: str) -> WeChatError:
    """The error for a code of WeChat's; one that we do not know is an ALARM."""
    return WeChatError(_MEANINGS.get(errcode, Meaning.ALARM), errcode, reason)


def unanswered(reason: str, *, may_have_arrived: bool) -> WeChatError:
    """The error where WeChat did not answer, or not in its own form."""
    return WeChatError(Meaning.RETRY, NO_ANSWER, reason, may_have_arrived=may_have_arrived)
