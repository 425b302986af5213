"""What tells one customer from another: the checked number, what it says, and under which index it is found."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from aladdin.crypto import blind_index
from crm import identifiers

PERSON = "PERSON"


@dataclass(frozen=True, slots=True)
class Identity:
    """A resident identity number or a unified social credit code, checked; birth and sex of persons only."""

    kind: str
    number: str
    birth_on: date | None = None
    sex: str = ""

    @property
    def index(self) -> str:
        """Under which the customer is found; the two kinds of numbers do not mix."""
        return identity_index(self.number)


def checked_identity(kind: str, text: str, *, on: date) -> Identity:
    """The identity of a customer of that kind, as of a business date. Raises InvalidIdentifier."""
    made_up_too = settings.ACCEPT_TEST_IDENTITIES
    if kind == PERSON:
        person = identifiers.identity_number(text, on=on, allow_test_area=made_up_too)
        return Identity(kind, person.number, person.birth_on, person.sex.value)
    return Identity(kind, identifiers.credit_code(text, allow_test_area=made_up_too).number)


def checked_mobile(text: str) -> str:
    """The mobile in normal form; "" where none is given. Raises InvalidIdentifier."""
    return identifiers.mobile(text) if text.strip() else ""


def identity_index(number: str) -> str:
    """Blind index of an identity number or credit code in normal form."""
    return blind_index("identity_no", number)


def mobile_index(number: str) -> str:
    """Blind index of a mobile in normal form."""
    return blind_index("mobile", number)
