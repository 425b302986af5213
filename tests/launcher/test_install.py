"""`bin/setup` does nothing twice, and says what it lacks."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aladdin.launcher import install as module

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with an empty lock, so that making its environment needs no network."""
    (tmp_path / "requirements.txt").write_text("")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path


def _runs(python: Path) -> bool:
    return subprocess.run([python, "-c", "import pip"], check=False).returncode == 0


def test_the_environment_is_made_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module.install(project / ".venv", ["requirements.txt"])
    assert _runs(project / ".venv" / "bin" / "python")
    assert "making .venv" in capsys.readouterr().out

    module.install(project / ".venv", ["requirements.txt"])
    assert capsys.readouterr().out == ""


def test_a_changed_lock_is_installed_into_the_environment_there_is(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module.install(project / ".venv", ["requirements.txt"])
    (project / "requirements.txt").write_text("# changed\n")
    capsys.readouterr()

    module.install(project / ".venv", ["requirements.txt"])

    said = capsys.readouterr().out
    assert "installing requirements.txt" in said
    assert "making" not in said


def test_an_interrupted_start_is_begun_again(project: Path) -> None:
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "bin" / "python").symlink_to("/nowhere/python3")
    module.install(project / ".venv", ["requirements.txt"])
    assert _runs(project / ".venv" / "bin" / "python")


def test_a_requirement_without_its_hash_is_refused(project: Path) -> None:
    (project / "requirements.txt").write_text("rich==15.0.0\n")
    with pytest.raises(module.SetupError, match="pip could not install"):
        module.install(project / ".venv", ["requirements.txt"])


def test_a_machine_without_a_suitable_python_gets_a_clear_message(tmp_path: Path) -> None:
    for tool in ("sh", "dirname"):
        program = shutil.which(tool)
        assert program is not None
        (tmp_path / tool).symlink_to(program)
    done = subprocess.run(
        [ROOT / "bin" / "setup"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "需要 Python 3.11" in done.stderr


def test_locks_name_a_hash_for_each_requirement_and_no_machine() -> None:
    for lock in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / lock).read_text()
        pins = [line for line in text.splitlines() if "==" in line]
        assert pins
        assert all(line.endswith("\\") for line in pins)
        assert "://" not in text
        assert sys.prefix not in text
