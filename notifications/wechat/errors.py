"""WeChat's error codes by what they mean for a delivery (domain 6.1)."""

from notifications.refusals import ChannelRefused, Meaning

TOKEN_REFUSED = frozenset((40001, 40014, 42001))
_MEANINGS = {
    -1: Meaning.RETRY,  # busy
    45011: Meaning.RETRY,  # too many this minute
    **dict.fromkeys(TOKEN_REFUSED, Meaning.REFRESHED_ONCE),
    40003: Meaning.UNREACHABLE,  # no such follower
    43004: Meaning.UNREACHABLE,  # does not follow us
    43101: Meaning.UNREACHABLE,  # refused
    45015: Meaning.UNREACHABLE,  # has not spoken to us for 48 hours
    45047: Meaning.UNREACHABLE,  # had his answers
    45009: Meaning.PAUSE_UNTIL_MIDNIGHT,  # the day's quota
    40013: Meaning.ALARM,  # app id
    40037: Meaning.ALARM,  # template id
    40125: Meaning.ALARM,  # secret
    40164: Meaning.ALARM,  # our address is not on their list
    41001: Meaning.ALARM,  # no token in the call
    47003: Meaning.ALARM,  # a field
    48001: Meaning.ALARM,  # not authorized
    48004: Meaning.ALARM,  # barred
    50002: Meaning.ALARM,  # account limited
}
FIELD_INVALID, DAILY_QUOTA = 47003, 45009
NO_ANSWER = 0
"""In place of a code where there was no answer that can be read."""


class WeChatError(ChannelRefused):
    """WeChat's no, or its silence."""

    def __init__(self, meaning: Meaning, errcode: int, reason: str, *, may_have_arrived: bool = False) -> None:
        code = "no_answer" if errcode == NO_ANSWER else str(errcode)
        super().__init__(meaning, code, reason, may_have_arrived=may_have_arrived)
        self.errcode = errcode


def refused(errcode: int, reason: str) -> WeChatError:
    """The error for a code of WeChat's; one that we do not know is an ALARM."""
    return WeChatError(_MEANINGS.get(errcode, Meaning.ALARM), errcode, reason)


def unanswered(reason: str, *, may_have_arrived: bool) -> WeChatError:
    """The error where WeChat did not answer, or not in its own form."""
    return WeChatError(Meaning.RETRY, NO_ANSWER, reason, may_have_arrived=may_have_arrived)
