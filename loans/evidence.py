"""Pictures and signatures as evidence: sealed files under MEDIA_ROOT, read back only by who holds the row.

A file is named once and never written again. It is sealed with the customer's own key and bound to its name, so
that a file moved to another place does not open.
"""

import os
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from aladdin.crypto import Unreadable, seal, unseal
from aladdin.ids import uuid7

FOLDER = "loans"


class EvidenceMissing(Exception):
    """The row names a file that is not there: a fault of storage, never of a person."""


def keep(content: bytes, *, application_id: UUID, key: bytes | None) -> str:
    """Seal `content` into a new file of the application's folder; its name, to be kept in the row.

    Where the transaction is rolled back afterwards the file stays behind, named by no row, until `loans.sweeping`
    finds it: a column that names a file ends in `_file`."""
    name = f"{FOLDER}/{application_id}/{uuid7()}"
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    sealed = seal(content, bound_to=name, key=key).encode()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    return name


def fetch(name: str, *, key: bytes | None) -> bytes:
    """What was kept under the name. Raises EvidenceMissing, and Unreadable where it was changed or moved."""
    try:
        sealed = _path(name).read_text("ascii")
    except (FileNotFoundError, UnicodeDecodeError) as error:
        raise EvidenceMissing(name) from error
    return unseal(sealed, bound_to=name, key=key)


def discard(name: str) -> None:
    """Destroy a file once the transaction that forgets its name has committed."""
    transaction.on_commit(lambda: remove(name))


def remove(name: str) -> None:
    """Destroy a file that no row names."""
    _path(name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    root = Path(settings.MEDIA_ROOT).resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root / FOLDER):
        raise Unreadable(name)
    return path
