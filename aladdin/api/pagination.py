"""Cursor pages: `?cursor=` and `?limit=` (20 unless told, 100 at most), stable while rows come and go.

The cursor holds the whole sort key of the row that the page ended (or began) with, so a page is found by its key
however many rows share the first part of it, and however deep in the list it lies.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Field, Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from aladdin.api.parsing import loads
from aladdin.problems import Problem

LIMIT, MOST = 20, 100


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: after (or, backwards, before) the row with this sort key."""

    key: tuple[str, ...]
    backwards: bool = False

    def text(self) -> str:
        raw = json.dumps([int(self.backwards), *self.key], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, parts: int) -> Cursor:
        """Raises ValueError for what no page of ours ever said."""
        raw = loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(raw, list) or len(raw) != parts + 1 or not all(isinstance(part, str) for part in raw[1:]):
            raise ValueError(text)
        return cls(tuple(raw[1:]), bool(raw[0]))


class CursorPage(BasePagination):
    """Rows in the view's `ordering`: fields that are never null, of which the last is unique."""

    ordering: tuple[str, ...] = ("-created_at", "-id")

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: Any = None
    ) -> list[Any]:
        assert isinstance(queryset, QuerySet), "pages are cut by the database"  # noqa: S101  narrows the type
        self.request, self.limit = request, _limit(request)
        fields = [_field(queryset, name) for name in self.ordering]
        cursor = self._cursor(request, fields)
        backwards = cursor is not None and cursor.backwards
        ordering = [_flipped(name) for name in self.ordering] if backwards else list(self.ordering)
        if cursor is not None:
            queryset = queryset.filter(_beyond(ordering, cursor.key, fields))
        rows = list(queryset.order_by(*ordering)[: self.limit + 1])
        has_more, rows = len(rows) > self.limit, rows[: self.limit]
        if backwards:
            rows.reverse()
        self.next_key = _key(rows[-1], self.ordering) if rows and (has_more or backwards) else None
        self.previous_key = _key(rows[0], self.ordering) if rows and (cursor and (has_more or not backwards)) else None
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        following, preceding = self._link(self.next_key), self._link(self.previous_key, backwards=True)
        return Response({"next": following, "previous": preceding, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT}
        mark = {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "翻页标记"}
        return [mark, {"name": "limit", "in": "query", "schema": limit, "description": "每页条数"}]

    def _cursor(self, request: Request, fields: list[Field[Any, Any]]) -> Cursor | None:
        said = request.query_params.get("cursor", "")
        if not said:
            return None
        try:
            cursor = Cursor.read(said, len(fields))
            for part, field in zip(cursor.key, fields, strict=True):
                _check(field.to_python(part))
        except (ValueError, OverflowError, binascii.Error, UnicodeError, ValidationError) as error:
            wrong = {"cursor": ["翻页标记无效"]}
            raise Problem("invalid_cursor", "翻页标记无效，请从第一页重新开始", errors=wrong) from error
        return cursor

    def _link(self, key: tuple[str, ...] | None, *, backwards: bool = False) -> str | None:
        if key is None:
            return None
        return replace_query_param(self.request.build_absolute_uri(), "cursor", Cursor(key, backwards).text())


def _check(value: Any) -> None:
    """Raise ValueError for a moment without a zone, OverflowError for one that UTC has no year for."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(value)
        value.astimezone(UTC)


def _limit(request: Request) -> int:
    said = request.query_params.get("limit", "")
    if not said:
        return LIMIT
    if not (said.isascii() and said.isdigit() and 1 <= int(said[:6]) <= MOST):
        raise Problem("invalid", "每页条数应为 1 至 100", errors={"limit": [f"应为 1 至 {MOST} 的整数"]})
    return int(said)


def _field(queryset: QuerySet[Any], name: str) -> Field[Any, Any]:
    model: Any = queryset.model
    *through, last = name.lstrip("-").split("__")
    for part in through:
        model = model._meta.get_field(part).related_model
    try:
        field: Field[Any, Any] = model._meta.get_field(last)
    except FieldDoesNotExist:
        field = queryset.query.annotations[last].output_field
    return field


def _flipped(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _beyond(ordering: list[str], key: tuple[str, ...], fields: list[Field[Any, Any]]) -> Q:
    """Rows after the key: (a > x) or (a = x and b > y) …, with < where the part descends."""
    values = [field.to_python(part) for field, part in zip(fields, key, strict=True)]
    found, equal = Q(), Q()
    for name, value in zip(ordering, values, strict=True):
        plain = name.lstrip("-")
        found |= equal & Q(**{f"{plain}__{'lt' if name.startswith('-') else 'gt'}": value})
        equal &= Q(**{plain: value})
    # Says nothing new, but lets the index on the first part find the place.
    first = ordering[0].lstrip("-")
    return found & Q(**{f"{first}__{'lte' if ordering[0].startswith('-') else 'gte'}": values[0]})


def _key(row: Any, ordering: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_text(_value(row, name.lstrip("-"))) for name in ordering)


def _value(row: Any, name: str) -> Any:
    if isinstance(row, dict):
        return row[name]
    for part in name.split("__"):
        row = getattr(row, part)
    return row


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
