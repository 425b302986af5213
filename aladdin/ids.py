"""Identifiers of what people address: UUIDv7, which sorts by time and may be made on the phone."""

from uuid import UUID

import uuid_utils.compat


def uuid7() -> UUID:
    """A new identifier; later ones sort after earlier ones."""
    return uuid_utils.compat.uuid7()
