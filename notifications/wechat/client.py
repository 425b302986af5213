"""Template messages to the followers of the bank's official account.

One call, one attempt; when to try again is the delivery's business, which reads `WeChatError.meaning`. A message
that `may_have_arrived` may be sent again under the same `client_msg_id`: WeChat sends it once within about ten
minutes.
"""

from collections.abc import Mapping
from typing import Any

from notifications.refusals import Meaning
from notifications.wechat import access_token, calls, messages
from notifications.wechat.errors import FIELD_INVALID, TOKEN_REFUSED, WeChatError, unanswered

LONGEST_CLIENT_MSG_ID = 64


def send_template(*, openid: str, template_id: str, data: Mapping[str, str], client_msg_id: str, url: str = "") -> int:
    """Send a template message to a follower and return WeChat's msgid.

    `data`: field name → value, checked before anything is sent. Accepted is not delivered: the result comes as a
    TEMPLATESENDJOBFINISH event with the same msgid. Raises WeChatError."""
    _check(data, client_msg_id)
    content: dict[str, Any] = {
        "touser": openid,
        "template_id": template_id,
        "client_msg_id": client_msg_id,
        "data": {name: {"value": value} for name, value in data.items()},
    }
    if url:
        content["url"] = url
    msgid = with_token("/cgi-bin/message/template/send", content).get("msgid")
    if not isinstance(msgid, int):
        raise unanswered("no msgid in the answer", may_have_arrived=True)
    return msgid


def _check(data: Mapping[str, str], client_msg_id: str) -> None:
    if not 1 <= len(client_msg_id) <= LONGEST_CLIENT_MSG_ID:
        raise ValueError(f"client_msg_id has 1 to {LONGEST_CLIENT_MSG_ID} characters")
    try:
        messages.check(data)
    except messages.FieldsInvalid as error:
        raise WeChatError(Meaning.ALARM, FIELD_INVALID, str(error)) from error


def with_token(path: str, content: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """POST content, or GET without any, with the shared token; where that is refused, once more with another.

    Raises WeChatError."""
    token = access_token.current()
    try:
        return _call(path, content, token)
    except WeChatError as error:
        if error.errcode not in TOKEN_REFUSED:
            raise
    return _call(path, content, access_token.replace(token))


def _call(path: str, content: Mapping[str, Any] | None, token: str) -> dict[str, Any]:
    if content is None:
        return calls.get(path, {"access_token": token})
    return calls.post(path, content, access_token=token)
