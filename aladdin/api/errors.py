"""Errors as the phone sees them: RFC 9457 problem JSON with a stable code and a Chinese message.

A rule that is broken raises a class of `aladdin/problems.py` where the rule stands; `problem_response` renders
all of them, and the framework's own errors too, in this one place.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import page_not_found
from django.views.defaults import server_error as server_error_page
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from aladdin.problems import CONTENT_TYPE, NotFound, NotPermitted, Problem

logger = logging.getLogger(__name__)


def problem_response(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: a response for what is a refusal, None (a 500) for what is a fault."""
    problem = _as_problem(exc)
    if problem is None:
        return None
    set_rollback()
    response = Response(problem.body(), status=problem.status, content_type=CONTENT_TYPE)
    if isinstance(exc, exceptions.APIException):
        if (challenge := getattr(exc, "auth_header", None)) is not None:
            response["WWW-Authenticate"] = challenge
        if (wait := getattr(exc, "wait", None)) is not None:
            response["Retry-After"] = str(int(wait) + 1)
    return response


def _as_problem(exc: Exception) -> Problem | None:
    if isinstance(exc, Problem):
        return exc
    for kind, refusal in _REFUSALS:
        if isinstance(exc, kind):
            return refusal(exc)
    return None


def _always(code: str, detail: str, status: int) -> Callable[[Any], Problem]:
    return lambda exc: Problem(code, detail, status=status)


def _invalid(exc: exceptions.ValidationError) -> Problem:
    return Problem("invalid", "提交的内容有误，请检查后重试", errors=flatten(exc.detail))


def _out_of_reach(exc: OperationalError) -> Problem:
    logger.error("database out of reach", exc_info=exc)
    return Problem("unavailable", "系统繁忙，请稍后再试", status=503)


#: What the frameworks raise, the narrow before the wide.
_REFUSALS: list[tuple[type[Exception], Callable[[Any], Problem]]] = [
    (Http404, lambda exc: NotFound()),
    (PermissionDenied, lambda exc: NotPermitted("not_permitted", "您的角色不能进行此操作")),
    (exceptions.PermissionDenied, lambda exc: NotPermitted("not_permitted", "您的角色不能进行此操作")),
    (exceptions.ValidationError, _invalid),
    (exceptions.NotAuthenticated, _always("not_signed_in", "请先登录", 401)),
    (exceptions.AuthenticationFailed, _always("token_invalid", "登录已失效，请重新登录", 401)),
    (exceptions.ParseError, _always("malformed", "请求内容无法解析", 400)),
    (exceptions.UnsupportedMediaType, _always("unsupported_media_type", "不支持的内容类型", 415)),
    (exceptions.MethodNotAllowed, _always("method_not_allowed", "该地址不支持此操作", 405)),
    (exceptions.NotAcceptable, _always("not_acceptable", "无法提供所要的格式", 406)),
    (exceptions.Throttled, _always("too_many_requests", "请求过于频繁，请稍后再试", 429)),
    (exceptions.APIException, lambda exc: Problem(str(exc.default_code), str(exc.detail), status=exc.status_code)),
    (RequestDataTooBig, _always("too_large", "请求内容过大", 413)),
    (SuspiciousOperation, _always("malformed", "请求内容无法解析", 400)),
    (OperationalError, _out_of_reach),
]


def flatten(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """DRF's nested error details as dotted field names, each with its messages."""
    if isinstance(detail, Mapping):
        found: dict[str, list[str]] = {}
        for name, inner in detail.items():
            found |= flatten(inner, f"{prefix}.{name}" if prefix else str(name))
        return found
    if isinstance(detail, list) and any(isinstance(item, Mapping | list) for item in detail):
        found = {}
        for index, inner in enumerate(detail):
            found |= flatten(inner, f"{prefix}.{index}" if prefix else str(index)) if inner else {}
        return found
    messages = detail if isinstance(detail, list) else [detail]
    return {prefix or "non_field_errors": [str(message) for message in messages]}


def as_json_response(problem: Problem) -> JsonResponse:
    """The same document from a view that is not DRF's."""
    return JsonResponse(
        problem.body(), status=problem.status, content_type=CONTENT_TYPE, json_dumps_params={"ensure_ascii": False}
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 for an address that does not exist."""
    if request.path.startswith("/api/"):
        return as_json_response(NotFound("没有这个地址", code="no_such_address"))
    return page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: says nothing of the inside."""
    if request.path.startswith("/api/"):
        return as_json_response(Problem("internal", "系统内部错误，我们已记录", status=500))
    return server_error_page(request)
