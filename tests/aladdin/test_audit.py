"""The audit trail is append-only: the database itself refuses."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, transaction

from aladdin import audit
from aladdin.audit import AuditEntry
from tests.world import Bank


@pytest.mark.parametrize(
    "change", [lambda rows: rows.update(action="nothing"), lambda rows: rows.delete()], ids=["update", "delete"]
)
def test_no_row_is_changed_or_taken_away(bank: Bank, change: Callable[..., object]) -> None:
    audit.record(by=bank.rm, action="look", subject="customer/1", reason="核对")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change(AuditEntry.objects.filter(action="look"))
    assert AuditEntry.objects.get(action="look").detail == {"reason": "核对"}
