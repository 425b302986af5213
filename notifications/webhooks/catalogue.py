"""The catalogue of events: what each is called, what its data looks like, in every version that is still spoken.

A room declares its events when the house starts. Data holds ids, states and amounts, never personal data: who may
see the person asks the API for him.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

Data = dict[str, Any]


class EventFault(ValueError):
    """An event that cannot be told as called for: a fault of the calling room, never of a person."""


@dataclass(frozen=True)
class EventType:
    """One kind of event. `schemas` by version, 1 first; `older[n]` makes version n's data of version n + 1's."""

    code: str
    title: str
    schemas: Mapping[int, Data]
    older: Mapping[int, Callable[[Data], Data]] = field(default_factory=dict)

    @property
    def newest(self) -> int:
        """The version in which it is written down."""
        return max(self.schemas)

    @cached_property
    def _validators(self) -> dict[int, Draft202012Validator]:
        return {version: Draft202012Validator(schema) for version, schema in self.schemas.items()}

    def checked(self, data: Data, version: int) -> Data:
        """The data, if it is what the version's schema says. Raises EventFault."""
        wrong = best_match(self._validators[version].iter_errors(data))
        if wrong is not None:
            raise EventFault(f"{self.code} v{version}: {wrong.json_path}: {wrong.message}")
        return data

    def spoken(self, data: Data, *, written: int, wanted: int) -> tuple[int, Data]:
        """Data of version `written` as a subscriber of `wanted` understands it: the version told, and the data."""
        told = min(written, wanted)
        for version in range(written - 1, told - 1, -1):
            data = self.older[version](data)
        return told, data


EVENTS: dict[str, EventType] = {}


def declare(event: EventType) -> EventType:
    """Put an event into the catalogue. Raises EventFault for a gap in its versions or a second one of its name."""
    versions = sorted(event.schemas)
    if versions != list(range(1, len(versions) + 1)) or set(event.older) != set(versions[:-1]):
        raise EventFault(f"{event.code}: versions are 1, 2, 3 …, and each but the newest is made of the next")
    if EVENTS.setdefault(event.code, event) is not event:
        raise EventFault(f"{event.code} is declared twice")
    for schema in event.schemas.values():
        Draft202012Validator.check_schema(schema)
    return event


def record(**properties: Data) -> Data:
    """The schema of an object with exactly these members."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


#: Sent by the test button alone; everybody hears of it.
TEST = declare(EventType("webhook.test", "测试事件", {1: record(message={"type": "string"})}))
