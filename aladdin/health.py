"""Whether this process is alive and whether it can serve."""

from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

#: Why this process takes no more work; empty while it does.
_leaving: set[str] = set()


def leave(why: str) -> None:
    """From now on not ready: a balancer sends new callers elsewhere, while those who are here are served to the end."""
    _leaving.add(why)


def healthz(request: HttpRequest) -> JsonResponse:
    """Alive: the process answers."""
    return JsonResponse({"status": "alive"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Ready: database, migrations and Redis. 503 says which is not. Without Redis the bank still works
    (notices are polled), so that alone does not take the process out. A process that is stopping is not ready."""
    checks: dict[str, Any] = {"database": _database(), "redis": _redis()}
    checks["migrations"] = _migrations() if checks["database"] == "ok" else "unknown"
    checks |= {"leaving": sorted(_leaving)} if _leaving else {}
    ready = checks["database"] == "ok" and checks["migrations"] == "ok" and not _leaving
    return JsonResponse({"status": "ready" if ready else "not ready", **checks}, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:  # noqa: BLE001  whatever it is, it is the answer
        return type(error).__name__
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if not pending else f"{len(pending)} pending"


def _redis() -> str:
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1).ping()
    except redis.RedisError as error:
        return type(error).__name__
    return "ok"
