"""The audit trail: who did what to what, written in the transaction of the deed, never changed after.

Sealing (hash chain and signed checkpoints) reads these rows in commit order; the writer only writes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import models

from aladdin import clock


class AuditEntry(models.Model):
    """One deed. The database refuses update and delete (see the migration)."""

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=80)
    subject = models.CharField(max_length=120)
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name = "审计记录"
        verbose_name_plural = "审计记录"
        indexes = [
            models.Index(fields=["subject", "-at"], name="audit_by_subject"),
            models.Index(fields=["by", "-at"], name="audit_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject}"


_door: ContextVar[str] = ContextVar("door", default="")


@contextmanager
def through(door: str) -> Iterator[None]:
    """What is recorded inside was done by a customer himself, through a door that a member of staff opened for him
    (`loan-link/<id>`): it is nobody's of the staff, and says so."""
    token = _door.set(door)
    try:
        yield
    finally:
        _door.reset(token)


def record(*, by: Any, action: str, subject: str, **detail: Any) -> None:
    """Write one deed. `by` is a Staff or None for the system; `detail` holds no clear personal data."""
    if door := _door.get():
        detail |= {"through": door, "opened_by": str(by.pk) if by is not None else ""}
        by = None
    AuditEntry.objects.create(at=clock.now(), by=by, action=action, subject=subject, detail=detail)
