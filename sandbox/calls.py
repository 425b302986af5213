"""A call to a provider and its answer, as plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.faults import Fault


class Refused(Exception):
    """The provider says no: HTTP `status`, a stable `code` and a message in Chinese."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True)
class Call:
    """What arrived."""

    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]
    path: Mapping[str, str]
    fault: Fault | None = None

    def json(self) -> dict[str, Any]:
        """The body as an object. Raises Refused (400)."""
        try:
            content = json.loads(self.body)
        except ValueError:
            raise Refused(400, "bad_json", "请求不是合法的 JSON") from None
        if not isinstance(content, dict):
            raise Refused(400, "bad_json", "请求应为 JSON 对象")
        return content

    def text(self, name: str) -> str:
        """The required text field `name` of the body. Raises Refused (400)."""
        value = self.json().get(name)
        if not isinstance(value, str) or not value.strip():
            raise Refused(400, "field_missing", f"缺少字段 {name}")
        return value.strip()

    def suffers(self, kind: str) -> Fault | None:
        """The planned fault of this call, where it is of `kind`."""
        return self.fault if self.fault is not None and self.fault.kind == kind else None


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    content: dict[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The body as it is sent."""
        return json.dumps(self.content, ensure_ascii=False).encode()
