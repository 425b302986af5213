"""The kernel's tables, each defined where its rule lives."""

from aladdin.api.idempotency import IdempotencyRecord
from aladdin.audit import AuditEntry
from aladdin.parameters import Parameter
from aladdin.work_queue import Job

__all__ = ["AuditEntry", "IdempotencyRecord", "Job", "Parameter"]
