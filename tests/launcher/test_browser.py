"""Where no browser can be had, a person is told loudly and CI fails."""

import os
from pathlib import Path

import pytest

from aladdin.launcher.browser import NoBrowser, chromium


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without browser, package manager or font list."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("ALADDIN_CHROMIUM", raising=False)
    monkeypatch.delenv("CI", raising=False)
    return tmp_path


def _program(path: Path) -> Path:
    path.touch(mode=0o755)
    return path


def test_a_browser_on_the_path_is_found(bare: Path) -> None:
    assert chromium() is None
    browser = _program(bare / "chromium")
    assert chromium() == str(browser)


def test_a_named_browser_comes_first(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(bare / "chromium")
    named = _program(bare / "my-browser")
    monkeypatch.setenv("ALADDIN_CHROMIUM", str(named))
    assert chromium() == str(named)


@pytest.mark.usefixtures("bare")
def test_without_one_the_person_is_told_loudly(capsys: pytest.CaptureFixture[str]) -> None:
    assert chromium() is None
    assert "browser tests are SKIPPED" in capsys.readouterr().err


@pytest.mark.usefixtures("bare")
def test_without_one_ci_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "CI", "true")
    with pytest.raises(NoBrowser):
        chromium()
