"""Safe repetition of writes: an `Idempotency-Key` is good for one effect.

The record is written in the transaction of the effect, unique by person, route and key. The same key with
the same body gives the same answer byte for byte; with another body it is refused; while the first call is
still running the second is told so. A call that was refused leaves no record and may be tried again.
"""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.db import connection, models, transaction
from django.http import HttpResponse, QueryDict

from aladdin import clock
from aladdin.problems import Conflict, Problem, RuleBroken

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

HEADER = "Idempotency-Key"
KEPT_DAYS = 7
_KEPT_HEADERS = ("Content-Type", "ETag", "Location")


class IdempotencyRecord(models.Model):
    """What one person's keyed call answered."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    route = models.CharField(max_length=300)
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "route", "key"], name="one_effect_per_key")]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"


def once(
    request: "Request", work: Callable[[], "Response"], render: Callable[["Response"], "Response"]
) -> HttpResponse:
    """Do `work` in one transaction with its record, or give the kept answer again.

    Raises `idempotency_key_required` (400), `idempotency_key_reused` (422), `request_in_progress` (409)."""
    key = _key_of(request)
    route = request.path
    fingerprint = _fingerprint(request)
    with transaction.atomic():
        _take_turn(f"{request.user.pk}|{route}|{key}")
        kept = IdempotencyRecord.objects.filter(person=request.user.pk, route=route, key=key).first()
        if kept is not None:
            return _again(kept, fingerprint)
        response = render(work())
        _keep(request, route, key, fingerprint, response)
    return response


def _key_of(request: "Request") -> str:
    key = request.headers.get(HEADER, "").strip()
    if not key or len(key) > 100 or not key.isascii() or not key.isprintable():
        raise Problem(
            "idempotency_key_required",
            "缺少或无效的 Idempotency-Key：每次提交须带唯一标识，以免重复办理",
            errors={HEADER: ["必填，1–100 个可见 ASCII 字符"]},
        )
    return key


def _fingerprint(request: "Request") -> str:
    """Of what was asked: method, query and body. A multipart body has a boundary that changes between
    two sendings of the same form, so there the fields and the files' contents count."""
    digest = hashlib.sha256()
    digest.update(f"{request.method} {request.META.get('QUERY_STRING', '')}\n".encode())
    if (request.content_type or "").startswith("multipart/"):
        form = cast("QueryDict", request.data)
        for name, values in sorted(form.lists()):
            for value in values:
                content = value.read() if hasattr(value, "read") else str(value).encode()
                if hasattr(value, "seek"):
                    value.seek(0)
                digest.update(f"{name}:{len(content)}:".encode() + content)
    else:
        digest.update(request._request.body)
    return digest.hexdigest()


def _take_turn(name: str) -> None:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        (free,) = cursor.fetchone()
    if not free:
        raise Conflict("request_in_progress", "同一请求正在处理中，请稍候")


def _again(kept: IdempotencyRecord, fingerprint: str) -> HttpResponse:
    if kept.fingerprint != fingerprint:
        raise RuleBroken("idempotency_key_reused", "该 Idempotency-Key 已用于另一个请求")
    response = HttpResponse(bytes(kept.body), status=kept.status)
    for name, value in kept.headers.items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response


def _keep(request: "Request", route: str, key: str, fingerprint: str, response: "Response") -> None:
    if response.status_code >= 400:
        return
    IdempotencyRecord.objects.create(
        person_id=str(request.user.pk),
        route=route,
        key=key,
        fingerprint=fingerprint,
        status=response.status_code,
        headers={name: response[name] for name in _KEPT_HEADERS if name in response},
        body=response.rendered_content if not response.is_rendered else response.content,
        created_at=clock.now(),
    )
