"""Every address under /api/v1 as the resolver knows it, so that a new one cannot be forgotten."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from loans.api.link_session import LinkView, OpenLinkView

ROOT = "api/v1/"
_PARAMETER = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")

#: Open by design: signing in, and the doors that ask for the core banking system's signature instead.
OPEN = {
    "auth/token",
    "core-banking/feeds",
    "core-banking/events",
    "core-banking/payment-results",
    "core-banking/loan-repayments",
    "e-signing/notices",
}


@dataclass(frozen=True)
class Call:
    """One method of one address; `view` is the class behind it."""

    method: str
    route: str
    view: Any

    @property
    def action(self) -> str | None:
        """What the view names in the access table."""
        named: Mapping[str, str] = getattr(self.view, "access", {})
        return named.get(self.method)

    @property
    def parameters(self) -> list[str]:
        """The names of what the address is about."""
        return _PARAMETER.findall(self.route)

    def path(self, values: Mapping[str, object]) -> str:
        """The address of these objects."""
        return "/" + ROOT + _PARAMETER.sub(lambda found: str(values[found.group(1)]), self.route)

    def __str__(self) -> str:
        return f"{self.method} {self.route}"


def routes(patterns: Iterable[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[tuple[str, Any]]:
    """(address, view) of the whole house."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, route)
        else:
            yield route, getattr(each.callback, "view_class", getattr(each.callback, "cls", each.callback))


def calls() -> list[Call]:
    """Every method of every address of the API that is for the staff."""
    return [call for call in _calls() if not _is_for_customers(call)]


def customers_calls() -> list[Call]:
    """Every method of every address that a customer's link opens: with its secret, or with a session behind it."""
    return [call for call in _calls() if _is_for_customers(call)]


def is_behind_a_session(call: Call) -> bool:
    """Whether the door asks for a session, and not for the link's secret and a code."""
    return issubclass(call.view, LinkView)


def _is_for_customers(call: Call) -> bool:
    return issubclass(call.view, LinkView | OpenLinkView)


def _calls() -> list[Call]:
    found = []
    for route, view in routes():
        name = route.removeprefix(ROOT)
        if name != route and name not in OPEN:
            methods = [each.upper() for each in view.http_method_names if hasattr(view, each)]
            found += [Call(each, name, view) for each in methods if each not in {"HEAD", "OPTIONS"}]
    return found
