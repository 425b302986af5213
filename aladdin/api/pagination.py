"""Cursor pages: `?cursor=` and `?limit=` (20 unless told, 100 at most), stable while rows come and go."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound as FrameworkNotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.problems import Problem


class CursorPage(CursorPagination):
    """Rows in the view's `ordering`, whose last part must be unique."""

    page_size = 20
    max_page_size = 100
    page_size_query_param = "limit"
    ordering = ("-created_at", "-id")

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: Any = None
    ) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except FrameworkNotFound as error:
            wrong = {"cursor": ["翻页标记无效"]}
            raise Problem("invalid_cursor", "翻页标记无效，请从第一页重新开始", errors=wrong) from error

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.get_next_link(), "previous": self.get_previous_link(), "results": data})
