"""Who is at work behind a customer's link, and the base of the doors that are open to him alone."""

from typing import Any, ClassVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from aladdin.api.views import BankView
from loans import customer_links
from loans.models import LinkSession

_SCHEME = "Link"
TAG = "客户自助"


class Visitor:
    """Whoever holds a session of a link: nobody of the staff, and nobody to any other door."""

    is_authenticated = True
    is_active = False
    pk = None

    def __init__(self, session: LinkSession) -> None:
        self.session = session


class LinkSessionAuthentication(BaseAuthentication):
    """`Authorization: Link <session>`."""

    def authenticate(self, request: Request) -> tuple[Visitor, LinkSession] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != _SCHEME or not token:
            return None
        session = customer_links.session_of(token.strip())
        return Visitor(session), session

    def authenticate_header(self, request: Request) -> str:
        return _SCHEME


class HasLinkSession(BasePermission):
    """The door is open to whoever opened a link, for that link's own application."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, LinkSession)


class LinkView(BankView):
    """A door behind a link. What it does is safe to repeat without a key: nothing is made twice."""

    authentication_classes = (LinkSessionAuthentication,)
    permission_classes = (HasLinkSession,)
    idempotent_post = False


class OpenLinkView(BankView):
    """A door of the link itself, before anybody has shown who he is."""

    authentication_classes = ()
    permission_classes = ()
    idempotent_post = False


def session_of(request: Request) -> LinkSession:
    """The session that the call came with."""
    if not isinstance(request.auth, LinkSession):
        raise TypeError("nobody has opened a link")
    return request.auth


class LinkSessionScheme(OpenApiAuthenticationExtension):
    """How a customer's page shows that it opened the link."""

    target_class = "loans.api.link_session.LinkSessionAuthentication"
    name: ClassVar[str] = "linkSession"  # type: ignore[misc]  # spectacular has it per instance

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Link 加打开链接所得会话令牌，例如：Link x9…",
        }
