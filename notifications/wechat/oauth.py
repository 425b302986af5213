"""Who looks at a page inside WeChat: asked by OAuth (snsapi_base), which tells the openid and nothing else.

The state is made for one browser session and used once, so that nobody can bind his own follower to somebody
else's sign-in by handing him a link."""

import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.urls import reverse

from aladdin import clock, parameters
from aladdin.problems import Problem, ProviderFailed
from notifications.wechat import calls
from notifications.wechat.errors import WeChatError

_STATE, _OPENID = "wechat_oauth_state", "wechat_oauth_openid"


class OAuthRefused(Problem):
    """The page was not reached the way it has to be; begin again inside WeChat."""

    status = 403

    def __init__(self) -> None:
        super().__init__("wechat_oauth_refused", "授权已失效，请在微信中重新打开")


@dataclass(frozen=True)
class Kept:
    """Something that the session remembers for some minutes."""

    value: str
    until: float

    @classmethod
    def of(cls, value: str) -> "Kept":
        """Kept as long as an invitation to bind."""
        return cls(value, clock.now().timestamp() + 60 * parameters.integer("wechat.invitation_minutes"))


def begin(session: SessionBase) -> str:
    """Where the browser goes so that WeChat says who it is."""
    kept = Kept.of(secrets.token_urlsafe(24))
    session[_STATE] = [kept.value, kept.until]
    query = urlencode(
        {
            "appid": settings.WECHAT["APP_ID"],
            "redirect_uri": settings.PUBLIC_URL.rstrip("/") + reverse("wechat-bind-back"),
            "response_type": "code",
            "scope": "snsapi_base",
            "state": kept.value,
        }
    )
    return f"{settings.WECHAT['OAUTH_URL']}/connect/oauth2/authorize?{query}#wechat_redirect"


def come_back(session: SessionBase, *, code: str, state: str) -> None:
    """WeChat sent the browser back: exchange the code, once. Raises OAuthRefused, ProviderFailed."""
    expected = _taken(session, _STATE)
    if not expected or not code or not hmac.compare_digest(expected.encode(), state.encode(errors="replace")):
        raise OAuthRefused
    kept = Kept.of(_openid(code))
    session[_OPENID] = [kept.value, kept.until]


def openid_of(session: SessionBase) -> str:
    """Whose browser it is. Raises OAuthRefused where nobody knows (any more)."""
    kept = session.get(_OPENID)
    if not kept or kept[1] < clock.now().timestamp():
        raise OAuthRefused
    return str(kept[0])


def forget(session: SessionBase) -> None:
    """The openid has done its work."""
    session.pop(_OPENID, None)


def _taken(session: SessionBase, name: str) -> str:
    kept = session.pop(name, None)
    return str(kept[0]) if kept and kept[1] >= clock.now().timestamp() else ""


def _openid(code: str) -> str:
    account = settings.WECHAT
    query = {
        "appid": account["APP_ID"],
        "secret": account["APP_SECRET"],
        "code": code,
        "grant_type": "authorization_code",
    }
    try:
        openid = calls.get("/sns/oauth2/access_token", query).get("openid")
    except WeChatError as error:
        if error.errcode in _BAD_CODES:
            raise OAuthRefused from error
        raise ProviderFailed("wechat_failed", "微信暂时无法确认身份，请稍后再试") from error
    if not isinstance(openid, str) or not openid:
        raise ProviderFailed("wechat_failed", "微信暂时无法确认身份，请稍后再试")
    return openid[:64]


#: Invalid, used before, too old.
_BAD_CODES = frozenset({40029, 40163, 42003})
