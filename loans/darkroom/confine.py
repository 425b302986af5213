"""The bounds of a process of the darkroom."""

import resource
import sys

_UNLIMITED = resource.RLIM_INFINITY


class WouldReachOut(Exception):
    """Something in the darkroom wanted the network: models and fonts are there already, or not at all."""


def confine(*, memory: int, cpu_seconds: int | None = None) -> None:
    """Bound memory (bytes) and processor time (seconds); no network, no files, no core dump with a customer's
    picture in it."""
    _bound(resource.RLIMIT_AS, memory)
    _bound(resource.RLIMIT_FSIZE, 0)
    _bound(resource.RLIMIT_CORE, 0)
    if cpu_seconds is not None:
        _bound(resource.RLIMIT_CPU, cpu_seconds)
    sys.addaudithook(_stay_inside)


def _bound(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    bound = most if hard == _UNLIMITED else min(most, hard)
    resource.setrlimit(kind, (bound, bound))


def _stay_inside(event: str, _arguments: object) -> None:
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind"):
        raise WouldReachOut(event)
