"""Sealed files that no row names are destroyed, in time; named ones never."""

import os
from datetime import timedelta
from pathlib import Path

from django.db import transaction

from aladdin import clock
from loans import evidence, sweeping
from loans.models import Material
from tests.loans.builders import Case, done, picture


def aged(root: Path, days: int) -> None:
    """As if all files had been written so many days ago."""
    moment = (clock.now() - timedelta(days=days)).timestamp()
    for path in root.rglob("*"):
        if path.is_file():
            os.utime(path, (moment, moment))


def files(root: Path) -> int:
    return sum(path.is_file() for path in root.rglob("*"))


class Broken(Exception):
    """Something fails after the files were written."""


def rolled_back(case: Case) -> None:
    """Two files that no row will name."""
    try:
        with transaction.atomic():
            for _ in range(2):
                evidence.keep(b"picture", application_id=case.row.pk, key=case.customer.data_key())
            raise Broken
    except Broken:
        return


def test_what_a_rolled_back_upload_left_behind_goes_after_a_week(case: Case, tmp_path: Path) -> None:
    case.draft()
    done(case.upload("materials", type="ID_CARD", file=picture()))
    rolled_back(case)
    assert files(tmp_path) == 5
    aged(tmp_path, days=6)
    assert sweeping.sweep() == 0, "a transaction may still be under way"
    aged(tmp_path, days=8)
    assert sweeping.sweep() == 2
    row, key = Material.objects.get(), case.customer.data_key()
    for name in (row.original_file, row.copy_file, row.thumbnail_file):
        assert evidence.fetch(name, key=key)


def test_what_was_looked_at_for_weeks_is_not_looked_at_again(case: Case, tmp_path: Path) -> None:
    case.draft()
    rolled_back(case)
    aged(tmp_path, days=60)
    assert sweeping.sweep() == 0


def test_every_column_that_names_files_is_known() -> None:
    """A file whose column is not seen here would be swept."""
    known = {f"{model._meta.label}.{column}" for model, column in sweeping.columns()}
    assert known >= {
        "loans.Material.original_file",
        "loans.Material.copy_file",
        "loans.Material.thumbnail_file",
        "loans.CreditAuthorization.signature_file",
        "loans.Contract.signature_file",
        "loans.LoanPaper.file",
        "loans.CostDisclosure.signature_file",
        "loans.CostDisclosure.file",
        "loans.DocumentReading.picture_file",
        "loans.DocumentReading.portrait_file",
        "loans.UploadPart.part_file",
    }


def test_whoever_keeps_a_file_names_it_in_such_a_column() -> None:
    """In the source: what `evidence.keep` gives goes into a `file` or `…_file`, or into one named here."""
    root = Path(sweeping.__file__).parent.parent
    passed_on = {"original = ", "name = "}  # put into a `_file` column a few lines below
    for path in [*root.glob("loans/**/*.py"), *root.glob("postloan/**/*.py")]:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "evidence.keep(" in line:
                before = line.split("evidence.keep(")[0].strip()
                named = before.endswith(("_file =", ".file =")) or before == "return"
                assert named or f"{before} " in passed_on, f"{path}: {line}"
