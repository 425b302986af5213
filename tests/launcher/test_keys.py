"""The desk's secrets: made once, kept, private."""

import base64
import stat
from pathlib import Path

from aladdin.launcher.keys import desk_secrets


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    first = desk_secrets(tmp_path / "var" / "secrets.env")
    assert desk_secrets(tmp_path / "var" / "secrets.env") == first
    assert len(set(first.values())) == len(first)


def test_secrets_are_their_owners_alone(tmp_path: Path) -> None:
    desk_secrets(tmp_path / "secrets.env")
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


def test_a_field_key_has_a_name_and_256_bits(tmp_path: Path) -> None:
    name, _, key = desk_secrets(tmp_path / "secrets.env")["FIELD_KEYS"].partition(":")
    assert name
    assert len(base64.b64decode(key, validate=True)) == 32


def test_a_secret_added_later_leaves_the_older_ones_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"
    file.write_text("FIELD_KEYS=desk-0:older=\n")
    grown = desk_secrets(file)
    assert grown["FIELD_KEYS"] == "desk-0:older="
    assert grown["SECRET_KEY"]
    assert desk_secrets(file) == grown
