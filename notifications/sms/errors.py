"""The gateway's codes by what they mean for a message, and the carriers' results by what they mean for a number."""

from enum import StrEnum


class Meaning(StrEnum):
    """What to do about a message that was not accepted."""

    RETRY = "RETRY"
    """Busy, or too many from us at once: again later, each time after twice as long."""
    TOO_OFTEN = "TOO_OFTEN"
    """This number got too many within a minute or an hour: again when that is over, if it is still wanted."""
    STOP = "STOP"
    """This number cannot be reached, or had its day's share: repeating cannot help."""
    BALANCE = "BALANCE"
    """The account is empty: the channel rests, somebody has to pay."""
    TEMPLATE = "TEMPLATE"
    """The carrier does not let the text or its signature pass (any more): nobody may send it again."""
    ALARM = "ALARM"
    """Our mistake, or the account is barred: a person has to look."""


LIMIT = "isv.BUSINESS_LIMIT_CONTROL"
_MEANINGS = {
    "isp.SYSTEM_ERROR": Meaning.RETRY,
    "isp.GATEWAY_ERROR": Meaning.RETRY,
    "ServiceUnavailable": Meaning.RETRY,
    "InternalError": Meaning.RETRY,
    "Throttling": Meaning.RETRY,
    "Throttling.User": Meaning.RETRY,
    "Throttling.Api": Meaning.RETRY,
    "isv.MOBILE_NUMBER_ILLEGAL": Meaning.STOP,
    "isv.MOBILE_COUNT_OVER_LIMIT": Meaning.ALARM,
    "isv.DAY_LIMIT_CONTROL": Meaning.BALANCE,
    "isv.MONTH_LIMIT_CONTROL": Meaning.BALANCE,
    "isv.AMOUNT_NOT_ENOUGH": Meaning.BALANCE,
    "isv.OUT_OF_SERVICE": Meaning.BALANCE,
    "isv.SMS_TEMPLATE_ILLEGAL": Meaning.TEMPLATE,
    "isv.SMS_SIGNATURE_ILLEGAL": Meaning.TEMPLATE,
    "isv.TEMPLATE_MISSING_PARAMETERS": Meaning.ALARM,
    "isv.INVALID_PARAMETERS": Meaning.ALARM,
    "isv.INVALID_JSON_PARAM": Meaning.ALARM,
    "isv.PARAM_LENGTH_LIMIT": Meaning.ALARM,
    "isv.PARAM_NOT_SUPPORT_URL": Meaning.ALARM,
    "isv.BLACK_KEY_CONTROL_LIMIT": Meaning.ALARM,
    "isv.PRODUCT_UNSUBSCRIBE": Meaning.ALARM,
    "isv.ACCOUNT_NOT_EXISTS": Meaning.ALARM,
    "isv.ACCOUNT_ABNORMAL": Meaning.ALARM,
    "isp.RAM_PERMISSION_DENY": Meaning.ALARM,
    "SignatureDoesNotMatch": Meaning.ALARM,
    "InvalidAccessKeyId.NotFound": Meaning.ALARM,
    "SignatureNonceUsed": Meaning.RETRY,
}
_OF_A_DAY = "天级"

#: Results of carriers after which a number is not written to again.
BLACKLISTED = frozenset({"MOBILE_IN_BLACK"})
NO_ANSWER = "no_answer"


class SmsError(Exception):
    """A message was not accepted, or we do not know. Its text names neither the number nor what was said.

    `may_have_arrived`: the gateway had the message, and did not say what it did with it."""

    def __init__(self, meaning: Meaning, code: str, reason: str, *, may_have_arrived: bool = False) -> None:
        super().__init__(f"SMS gateway {code}: {reason}")
        self.meaning, self.code, self.reason = meaning, code, reason
        self.may_have_arrived = may_have_arrived


def refused(code: str, reason: str) -> SmsError:
    """The error for a code of the gateway's; one that we do not know is an ALARM."""
    if code == LIMIT:
        meaning = Meaning.STOP if _OF_A_DAY in reason else Meaning.TOO_OFTEN
    else:
        meaning = _MEANINGS.get(code, Meaning.ALARM)
    return SmsError(meaning, code, reason)


def unanswered(reason: str, *, may_have_arrived: bool) -> SmsError:
    """The error where the gateway did not answer, or not in its own form."""
    return SmsError(Meaning.RETRY, NO_ANSWER, reason, may_have_arrived=may_have_arrived)
