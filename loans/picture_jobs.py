"""Work on pictures and papers that runs later or at night; registered by `loans.jobs`."""

from uuid import UUID

from aladdin.jobs import job
from loans import duplicates, sweeping, uploads
from loans.ocr import readings


@job("loans.read_document", queue="ocr")
def read_document(reading_id: str) -> None:
    """Read the text on a picture of a card or licence."""
    readings.read(UUID(reading_id))


@job("loans.forget_card_pictures", every="25 * * * *")
def forget_card_pictures() -> None:
    """Hourly: pictures of bank cards that nobody confirmed are destroyed."""
    readings.forget_pictures()


@job("loans.look_for_duplicates")
def look_for_duplicates(material_id: str) -> None:
    """Compare a new picture with those of other applications."""
    duplicates.find(UUID(material_id))


@job("loans.open_document", queue="ocr")
def open_document(upload_id: str) -> None:
    """Make the pages of a PDF anew as pictures of the file."""
    uploads.open_document(UUID(upload_id))


@job("loans.expire_uploads", every="5 * * * *")
def expire_uploads() -> None:
    """Hourly: uploads that nobody went on with end, and their pieces are destroyed."""
    uploads.expire()


@job("loans.sweep_evidence", every="10 19 * * *")
def sweep_evidence() -> None:
    """Nightly: sealed files that no row names are destroyed."""
    sweeping.sweep()
