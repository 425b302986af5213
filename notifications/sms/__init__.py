"""Text messages through the carrier's gateway.

    sms.send(mobile="138…", template="one_time_code", values={"code": "482913", …}, reference="consent/…")

`send` writes a row in the caller's transaction; a job sends it. A template is an entry of `catalogue.py`, or a row
that the back office made.
"""

from notifications.sms.sending import send

__all__ = ["send"]
