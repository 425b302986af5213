"""What an employee may ask the account, and the register of who answers: upper rooms say what they know of him.

WeChat is a third party (domain 6.1): an answer names no customer, no account and no exact amount."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from aladdin import parameters
from organization.models import Staff

Answer = Callable[[Staff], str]
"""Lines about this employee; empty where there is nothing to say. Holds no external call."""


@dataclass(frozen=True)
class Question:
    """Something that may be asked: by a word, or by a button of the menu with this key."""

    key: str
    word: str
    title: str
    nothing: str
    also: frozenset[str] = frozenset()


QUESTIONS: Mapping[str, Question] = {
    question.key: question
    for question in (
        Question("ranking", "排名", "我的排名", "您目前不在排名之列。", frozenset({"名次", "我的排名"})),
        Question("today", "今日", "我的今日", "今日暂无业绩。", frozenset({"今天", "今日业绩", "业绩"})),
        Question("todo", "待办", "我的待办", "暂无待办。", frozenset({"任务", "我的待办", "办理"})),
    )
}
_answers: dict[str, dict[str, Answer]] = {key: {} for key in QUESTIONS}


class TooSlow(Exception):
    """The answer is not there in time for WeChat's five seconds."""


# --- Registering --------------------------------------------------------------------------------
def contribute(key: str, room: str, answer: Answer) -> None:
    """Let a room answer a question; several rooms' answers stand below each other, in the order of their names.

    Raises KeyError for a question that there is none of."""
    _answers[key][room] = answer


# --- Asking -------------------------------------------------------------------------------------
def question_of(said: str) -> Question | None:
    """The question that a text or a button's key means."""
    text = said.strip().strip("。？?！!")
    return next(
        (each for each in QUESTIONS.values() if text in (each.key, each.word) or text in each.also),
        None,
    )


def in_time(question: Question, staff: Staff) -> str:
    """The answer within the time that the bank allows itself (parameter). Raises TooSlow."""
    milliseconds = parameters.integer("wechat.answer_milliseconds")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
            said = whole(question, staff)
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise
    return said


def whole(question: Question, staff: Staff) -> str:
    """The answer, however long it takes."""
    parts = [answer(staff) for _, answer in sorted(_answers[question.key].items())]
    told = "\n".join(part for part in parts if part)
    return f"{question.title}\n{told}" if told else question.nothing
