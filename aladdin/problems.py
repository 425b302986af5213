"""Refusals: what the bank says no with. Few classes, stable codes, Chinese messages, raised where the rule stands.

`aladdin/api/errors.py` renders them for the phone (RFC 9457).
"""

from collections.abc import Mapping
from typing import Any

CONTENT_TYPE = "application/problem+json"
FieldErrors = Mapping[str, list[str]]

TITLES = {
    400: "请求有误",
    401: "未登录",
    403: "没有权限",
    404: "没有找到",
    405: "不支持的操作",
    406: "无法提供所要的格式",
    409: "与当前状态冲突",
    412: "内容已被修改",
    413: "内容过大",
    415: "不支持的内容类型",
    422: "不符合规则",
    428: "缺少前提条件",
    429: "请求过于频繁",
    500: "系统内部错误",
    502: "外部系统故障",
    503: "暂时不可用",
}


class Problem(Exception):
    """A refusal with its stable `code`, Chinese `detail`, and what is wrong with which field."""

    status = 400

    def __init__(
        self, code: str, detail: str, *, status: int | None = None, errors: FieldErrors | None = None, **extra: Any
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.status = status or type(self).status
        self.errors = dict(errors or {})
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The problem document."""
        return problem_body(self.status, self.code, self.detail, self.errors, self.extra)


class NotPermitted(Problem):
    """This role may not do this."""

    status = 403


class NotFound(Problem):
    """There is no such thing, or none that this person may see: the two look alike on purpose."""

    status = 404

    def __init__(self, detail: str = "没有找到该记录", code: str = "not_found") -> None:
        super().__init__(code, detail)


class Conflict(Problem):
    """The state does not allow this now; `blockers` may say all the reasons."""

    status = 409


class Stale(Problem):
    """Somebody changed the record after it was read."""

    status = 412


class RuleBroken(Problem):
    """Well-formed, but against a rule of the bank."""

    status = 422


class ProviderFailed(Problem):
    """A system outside did not answer as it should; nothing was decided, it can be tried again."""

    status = 502


def problem_body(
    status_code: int, code: str, detail: str, errors: FieldErrors | None = None, extra: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """One shape for every refusal."""
    body: dict[str, Any] = {
        "type": f"urn:aladdin:problem:{code}",
        "title": TITLES.get(status_code, "请求未能完成"),
        "status": status_code,
        "detail": detail,
        "code": code,
    }
    if errors:
        body["errors"] = errors
    return body | dict(extra or {})
