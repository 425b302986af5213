"""What WeChat lets into a menu, by its own codes."""

from __future__ import annotations

from typing import Any

TOP, BELOW = 3, 5
TOP_NAME, BELOW_NAME, KEY, URL = 16, 60, 128, 1024
"""Bytes."""
_ACTIONS = {"click": "key", "view": "url"}


def code_of(buttons: object) -> int:
    """0 for a menu, else the code of what is wrong with it first."""
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= TOP:
        return 40016
    return next((code for button in buttons if (code := _top(button))), 0)


def _top(button: Any) -> int:
    if not isinstance(button, dict) or not _fits(button.get("name"), TOP_NAME):
        return 40018
    below = button.get("sub_button")
    if below is None:
        return _action(button)
    if not isinstance(below, list) or len(below) > BELOW:
        return 40023
    return next((code for each in below if (code := _below(each))), 0)


def _below(button: Any) -> int:
    if not isinstance(button, dict) or not _fits(button.get("name"), BELOW_NAME):
        return 40025
    return _action(button)


def _action(button: dict[str, Any]) -> int:
    part = _ACTIONS.get(str(button.get("type")))
    if part is None:
        return 40017
    if part == "key":
        return 0 if _fits(button.get("key"), KEY) else 40019
    return 0 if _fits(button.get("url"), URL) and str(button["url"]).startswith(("http://", "https://")) else 40020


def _fits(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value.encode()) <= longest


def as_told(buttons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As WeChat gives it back: each button with a list of those below it, which may be empty."""
    return [button | {"sub_button": as_told(button.get("sub_button") or [])} for button in buttons]
