"""Stale edits: a record says its version as `ETag`, an edit must name it in `If-Match`."""

from typing import Protocol

from rest_framework.request import Request

from aladdin.problems import Problem, Stale


class Versioned(Protocol):
    """A row with an integer `version` that every change raises."""

    version: int


def etag(row: Versioned) -> str:
    """The row's version as a strong entity tag."""
    return f'"{row.version}"'


def expected_version(request: Request) -> int:
    """The version that the phone edits; raises 428 where it is not said, 412 where it is no version."""
    said = request.headers.get("If-Match")
    if said is None:
        raise Problem("precondition_required", "请先读取最新内容再修改（缺少 If-Match）", status=428)
    text = said.strip().strip('"')
    if not text.isascii() or not text.isdigit():
        raise Stale("stale", "内容已被他人修改，请刷新后重试")
    return int(text[:18])


def check_version(row: Versioned, expected: int | None) -> None:
    """Raise Stale unless the (locked) row still is the version that was read; None asks nothing."""
    if expected is not None and row.version != expected:
        raise Stale("stale", "内容已被他人修改，请刷新后重试", current_version=row.version)
