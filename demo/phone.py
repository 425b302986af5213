"""A person at the API, as the phone would be: signed in, every write with its key, every answer timed."""

import re
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx

from aladdin.clock import REPLAY_HEADER
from organization.sign_in import DEVICE_HEADER

_IDS = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}")
_TIMING = re.compile(r"app;dur=([\d.]+)")


class Refused(Exception):
    """The bank said no where the story expects a yes."""

    def __init__(self, method: str, path: str, answer: httpx.Response) -> None:
        super().__init__(f"{method} {path} → {answer.status_code} {answer.text[:600]}")
        self.answer = answer

    @property
    def code(self) -> str:
        """The problem's stable code, where the answer is a problem."""
        try:
            return str(self.answer.json().get("code", ""))
        except ValueError:
            return ""


@dataclass
class Timings:
    """Server milliseconds by endpoint, over all phones that share it."""

    milliseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def add(self, method: str, path: str, answer: httpx.Response) -> None:
        said = _TIMING.search(answer.headers.get("Server-Timing", ""))
        taken = float(said.group(1)) if said else answer.elapsed.total_seconds() * 1000
        with self._guard:
            self.milliseconds[f"{method} {_IDS.sub('/<id>', path.partition('?')[0])}"].append(taken)

    @property
    def requests(self) -> int:
        return sum(map(len, self.milliseconds.values()))

    @property
    def total(self) -> float:
        return sum(map(sum, self.milliseconds.values()))

    def slowest(self, count: int = 5) -> list[tuple[str, int, float, float]]:
        """(endpoint, calls, median, worst) of the endpoints with the highest median, in milliseconds."""
        rows = [
            (name, len(taken), sorted(taken)[len(taken) // 2], max(taken)) for name, taken in self.milliseconds.items()
        ]
        return sorted(rows, key=lambda row: -row[2])[:count]


class Phone:
    """One person's phone; threads may share it."""

    def __init__(
        self, url: str, timings: Timings, *, http: httpx.Client | None = None, moment: datetime | None = None
    ) -> None:
        self.url = url
        self.timings = timings
        self.http = http or httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.moment = moment

    def sign_in(self, employee_no: str, password: str) -> "Phone":
        """Sign in on a device of its own; the phone itself."""
        device = str(uuid4())
        self.http.headers[DEVICE_HEADER] = device
        said = self.post("/api/v1/auth/token", {"employee_no": employee_no, "password": password})
        self.http.headers["Authorization"] = f"Token {said['token']}"
        return self

    def at(self, moment: datetime | None) -> "Phone":
        """The same phone at a moment of the replay."""
        return Phone(self.url, self.timings, http=self.http, moment=moment)

    def get(self, path: str, **params: Any) -> Any:
        return self._call("GET", path, params=params).json()

    def read(self, path: str) -> tuple[Any, str]:
        """A record and its version."""
        answer = self._call("GET", path)
        return answer.json(), answer.headers["ETag"]

    def post(self, path: str, body: Any = None, *, key: str = "") -> Any:
        """POST; `key` makes it safe to repeat, a fresh one unless given."""
        answer = self._call("POST", path, json=body or {}, headers={"Idempotency-Key": key or str(uuid4())})
        return answer.json() if answer.content else None

    def send(self, path: str, *, files: Any, data: dict[str, Any] | None = None, key: str = "") -> Any:
        """POST a form with files."""
        headers = {"Idempotency-Key": key or str(uuid4())}
        return self._call("POST", path, files=files, data=data or {}, headers=headers).json()

    def patch(self, path: str, body: Any, etag: str) -> Any:
        return self._call("PATCH", path, json=body, headers={"If-Match": etag}).json()

    def put(self, path: str, body: Any, etag: str) -> Any:
        return self._call("PUT", path, json=body, headers={"If-Match": etag}).json()

    def _call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **rest: Any) -> httpx.Response:
        sent = dict(headers or {})
        if self.moment is not None:
            sent[REPLAY_HEADER] = self.moment.isoformat()
        answer = self.http.request(method, path, headers=sent, **rest)
        self.timings.add(method, path, answer)
        if answer.is_error:
            raise Refused(method, path, answer)
        return answer
