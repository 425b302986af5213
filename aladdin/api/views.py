"""The base of every view of the mobile API."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from aladdin.api import idempotency
from aladdin.api.concurrency import Versioned, etag
from aladdin.api.pagination import CursorPage


class BankView(APIView):
    """One address of the API.

    `access` names for each method the action of the access table (`organization/access.py`); a method
    without one is refused. A POST runs in one transaction with its idempotency record, PATCH, PUT and
    DELETE in one transaction."""

    access: ClassVar[dict[str, str]] = {}
    #: A POST whose refusal must leave its mark (a failed sign-in is counted) turns this off; it then looks after
    #: its transactions itself.
    idempotent_post: ClassVar[bool] = True
    ordering: ClassVar[tuple[str, ...]] = ("-created_at", "-id")
    filterset_class: ClassVar[Any] = None
    #: None where the answer is a plain list that is never long.
    pagination_class: ClassVar[type[CursorPage] | None] = CursorPage

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """APIView's, with the handler wrapped in what its method promises."""
        self.args, self.kwargs = args, kwargs
        drf_request = self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        answer: HttpResponseBase
        try:
            self.initial(drf_request, *args, **kwargs)
            handler = self._handler(drf_request)
            answer = self._run(drf_request, lambda: handler(drf_request, *args, **kwargs))
        except Exception as exc:  # noqa: BLE001  handle_exception raises again what is no refusal
            answer = self.handle_exception(exc)
        if isinstance(answer, Response) and not answer.is_rendered:
            answer = self._finish(answer)
        self.response = answer  # type: ignore[assignment]  # a kept answer is plain bytes
        return answer

    def _handler(self, request: Request) -> Callable[..., Response]:
        method = (request.method or "").lower()
        handler = getattr(self, method, None) if method in self.http_method_names else None
        if handler is None:
            raise MethodNotAllowed(request.method or "")
        found: Callable[..., Response] = handler
        return found

    def _run(self, request: Request, work: Callable[[], Response]) -> HttpResponse:
        if request.method == "POST" and self.idempotent_post:
            return idempotency.once(request, work, self._finish)
        if request.method in {"GET", "HEAD", "OPTIONS", "POST"}:
            return work()
        with transaction.atomic():
            return work()

    def _finish(self, response: Response) -> Response:
        finished = self.finalize_response(self.request, response, *self.args, **self.kwargs)
        if isinstance(finished, Response):
            finished.render()
        return finished

    # --- Answers -------------------------------------------------------------------------------
    def page(
        self, queryset: QuerySet[Any], serializer: type[BaseSerializer[Any]], *, ordering: tuple[str, ...] | None = None
    ) -> Response:
        """One cursor page of `queryset`, filtered by the view's filter set, in `ordering`."""
        if self.filterset_class is not None:
            filters = self.filterset_class(self.request.query_params, queryset=queryset, request=self.request)
            if not filters.is_valid():
                raise ValidationError(filters.errors)
            queryset = filters.qs
        pages = CursorPage()
        pages.ordering = ordering or self.ordering
        rows = pages.paginate_queryset(queryset, self.request, view=self)
        context = {"request": self.request, "view": self}
        return pages.get_paginated_response(serializer(rows, many=True, context=context).data)

    def one(self, row: Any, serializer: type[BaseSerializer[Any]], *, status: int = 200) -> Response:
        """One record, with its version as `ETag` where it has one."""
        response = Response(serializer(row, context={"request": self.request, "view": self}).data, status=status)
        if hasattr(row, "version"):
            tagged: Versioned = row
            response["ETag"] = etag(tagged)
        return response

    def read(self, serializer: type[BaseSerializer[Any]], data: Any = None) -> dict[str, Any]:
        """The request's body (or `data`), checked by `serializer`; raises the framework's ValidationError."""
        checked = serializer(data=self.request.data if data is None else data, context={"request": self.request})
        checked.is_valid(raise_exception=True)
        found: dict[str, Any] = checked.validated_data
        return found
