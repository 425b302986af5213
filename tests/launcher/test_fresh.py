"""`bin/run --fresh` asks before it empties a database that is not its own."""

from pathlib import Path

import psycopg
import pytest

from aladdin.embedded import services
from aladdin.launcher.fresh import Declined, confirm_erasing, erase_database

URL = "postgresql://bank:secret@db.example/aladdin"


def test_without_a_terminal_nothing_is_deleted_unless_agreed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    with pytest.raises(Declined, match="--yes"):
        confirm_erasing(URL, agreed=False)
    said = capsys.readouterr().out
    assert "db.example/aladdin" in said
    assert "secret" not in said


def test_any_answer_but_yes_declines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: "y")
    with pytest.raises(Declined):
        confirm_erasing(URL, agreed=False)
    monkeypatch.setattr("builtins.input", lambda _: " YES ")
    confirm_erasing(URL, agreed=False)


def test_every_schema_of_ours_is_emptied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with services(folder / "data", durable=False) as urls:
        url = urls["DATABASE_URL"]
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE loan (); CREATE SCHEMA archive; CREATE TABLE archive.loan ()")
        erase_database(url)
        with psycopg.connect(url) as connection:
            left = connection.execute("SELECT schemaname FROM pg_tables WHERE tableowner = current_user").fetchall()
            connection.execute("CREATE TABLE loan ()")
    assert left == []
