"""docs/asyncapi.yaml as a judge: whatever the bank says on the stream must be what the document says."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

PATH = Path(__file__).parents[2] / "docs" / "asyncapi.yaml"


@cache
def document() -> Any:
    """The document."""
    return yaml.safe_load(PATH.read_text(encoding="utf-8"))


@cache
def _validators(action: str) -> dict[str, Draft202012Validator]:
    """By the type of the message: those that the bank hears (`receive`) or tells (`send`)."""
    components, checker = document()["components"], Draft202012Validator.FORMAT_CHECKER
    found = {}
    for operation in document()["operations"].values():
        for message in operation["messages"] if operation["action"] == action else ():
            reference = components["messages"][_last_part(message)]["payload"]
            kind = components["schemas"][_last_part(reference)]["properties"]["type"]["const"]
            found[kind] = Draft202012Validator({**reference, "components": components}, format_checker=checker)
    return found


def _last_part(reference: dict[str, str]) -> str:
    return reference["$ref"].rpartition("/")[2]


def check_told(message: dict[str, Any]) -> None:
    """Raise unless the document lets the bank say this."""
    _validators("send")[message["type"]].validate(message)


def broken_by(message: dict[str, Any]) -> set[str]:
    """The keywords of the document that this message of a client's breaks."""
    return {str(error.validator) for error in _validators("receive")[message["type"]].iter_errors(message)}


def types(action: str) -> set[str]:
    """The message types of one direction."""
    return set(_validators(action))


def client_examples() -> list[dict[str, Any]]:
    """The examples of what a client says."""
    messages = document()["components"]["messages"].values()
    return [example["payload"] for message in messages for example in message.get("examples", [])]
