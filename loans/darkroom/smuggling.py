"""Files that are two things at once: a picture that is an archive, a program or a page as well.

The bank shows only pixels made anew, but keeps the original as evidence for decades; what could come alive in another
reader's hands is not taken in. Cameras do append things themselves (a second picture, a depth map, a short film),
which stays allowed.
"""

import re

from loans.darkroom.refused import Refused

#: Words that no camera writes into a picture, wherever they stand.
_SCRIPT = re.compile(rb"<script|<\?php|<!doctype|<html|<iframe|javascript:", re.IGNORECASE)
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe")
_ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ\x00",
)
_ZIP_END, _ZIP_END_BYTES, _LONGEST_COMMENT = b"PK\x05\x06", 22, 65_535
_PDF = b"%PDF-"
_PDF_HEAD = 1024
"""Readers look for the mark of a PDF in so many first bytes."""
_PDF_TAIL = 1024


def refuse_in_picture(original: bytes) -> None:
    """Raises Refused (image_polyglot)."""
    tail = original[_end_of_picture(original) :].lstrip(b"\0\r\n ")
    if (
        _PDF in original[:_PDF_HEAD]
        or _PDF in tail
        or tail.startswith(_PROGRAMS + _ARCHIVES)
        or _is_zip(original)
        or _SCRIPT.search(original)
    ):
        raise Refused("image_polyglot")


def refuse_in_pdf(original: bytes) -> None:
    """Raises Refused: not_a_pdf, pdf_polyglot, pdf_damaged (cut off)."""
    if not original.startswith(_PDF):
        raise Refused("not_a_pdf")
    end = original.rfind(b"%%EOF")
    if end < 0:
        raise Refused("pdf_damaged")
    if len(original) - end > _PDF_TAIL or _is_zip(original):
        raise Refused("pdf_polyglot")


def _is_zip(original: bytes) -> bool:
    """Whether an archive's directory ends exactly where the file does, as readers of archives look for it."""
    start = max(0, len(original) - _ZIP_END_BYTES - _LONGEST_COMMENT)
    while (start := original.find(_ZIP_END, start)) >= 0:
        comment = int.from_bytes(original[start + 20 : start + _ZIP_END_BYTES], "little")
        if start + _ZIP_END_BYTES + comment == len(original):
            return True
        start += 1
    return False


def _end_of_picture(original: bytes) -> int:
    """Where the (first) picture of the file ends; the file's end where that cannot be told."""
    if original.startswith(b"\x89PNG"):
        end = original.rfind(b"IEND")
        return end + 8 if end >= 0 else len(original)
    return _end_of_jpeg(original)


def _end_of_jpeg(original: bytes) -> int:
    """Segment by segment up to the scan, then to the mark of the end that no scan can contain."""
    place = 2
    while place + 4 <= len(original) and original[place] == 0xFF:
        kind = original[place + 1]
        if kind == 0xD9:
            return place + 2
        if kind == 0xDA:
            end = original.find(b"\xff\xd9", place)
            return end + 2 if end >= 0 else len(original)
        place += 2 + int.from_bytes(original[place + 2 : place + 4], "big")
    return len(original)
