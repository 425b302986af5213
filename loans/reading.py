"""Reading a case while nothing is written to it: within one block each question is put to the database once.

Rules, limits and gates ask the same things of a case, in several moves of one step. What is answered here is right
until the block ends, because whoever opens it holds the application and writes nothing in it that a question is
about; outside a block every question is asked anew, and nothing is kept from one call to the next.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_answers: ContextVar[dict[Any, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Until the block ends nothing is written that a question marked `once` is about; a block within one is part of
    it."""
    if _answers.get() is not None:
        yield
        return
    opened = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(opened)


def once(question: Callable[P, R]) -> Callable[P, R]:
    """A question that is answered once for its arguments within a block. What it gives is not to be changed."""

    @wraps(question)
    def asked(*args: P.args, **named: P.kwargs) -> R:
        answers = _answers.get()
        if answers is None:
            return question(*args, **named)
        key = (question, args, tuple(sorted(named.items())))
        if key not in answers:
            answers[key] = question(*args, **named)
        found: R = answers[key]
        return found

    return asked
