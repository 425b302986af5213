"""The core banking system of the replay: sends its nightly files to Aladdin's door, signed."""

from datetime import date, datetime, time, timedelta

import httpx
from django.conf import settings

from aladdin import signatures
from aladdin.clock import REPLAY_HEADER, SHANGHAI
from demo.phone import Timings

PATH = "/api/v1/core-banking/feeds"
#: Files of a business date arrive on the next morning.
ARRIVES_AT = time(8, 30)


class FeedNotTaken(Exception):
    """The door refused a file, or rejected a line of it."""


class CoreBanking:
    """Sends files one after the other and counts what became of their lines."""

    def __init__(self, url: str, timings: Timings) -> None:
        self.http = httpx.Client(base_url=url, timeout=120, trust_env=False)
        self.timings = timings
        self.files = 0
        self.loaded = 0

    def send(self, name: str, business_date: date, content: bytes) -> None:
        """Send one file; a file sent before changes nothing. Raises FeedNotTaken unless every line went in."""
        arrives = datetime.combine(business_date + timedelta(days=1), ARRIVES_AT, tzinfo=SHANGHAI)
        headers = signatures.sign(settings.CORE_BANKING["SIGNING_KEY"], content)
        answer = self.http.post(
            PATH, content=content, headers={**headers, REPLAY_HEADER: arrives.isoformat(), "X-File-Name": name}
        )
        self.timings.add("POST", PATH, answer)
        if answer.is_error:
            raise FeedNotTaken(f"{name}: {answer.status_code} {answer.text[:400]}")
        said = answer.json()
        if said["rejected"]:
            raise FeedNotTaken(f"{name}: {said['rejected']} lines rejected: {said['rejects']}")
        self.files += 1
        self.loaded += said["loaded"] if answer.status_code == httpx.codes.CREATED else 0
