"""The engine: the real one on drawn cards, and what happens where its process is slow or falls."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as bank_settings

from demo import camera, cards
from loans.ocr import engine
from loans.ocr.documents import DOCUMENTS
from loans.ocr.engine import EngineFailed, ProcessEngine

# All on one worker, so that the models are loaded once.
pytestmark = pytest.mark.xdist_group("ocr")


@pytest.fixture(scope="module")
def real() -> Iterator[ProcessEngine]:
    found = ProcessEngine()
    yield found
    found.close()


def read(real: ProcessEngine, kind: str, card: cards.Card, shot: camera.Shot) -> dict[str, str]:
    document = DOCUMENTS[kind]
    found = real.read(camera.photograph(card.image, shot).content, side=document.side)
    assert found.engine.startswith("rapidocr 3.")
    fields, _ = document.find(found.lines)
    return {each.name: each.value for each in fields if each.value}


@pytest.mark.parametrize("turn", [-4.0, 184.0])
def test_the_real_engine_reads_an_identity_card(real: ProcessEngine, turn: float) -> None:
    card = cards.identity_front(cards.somebody("engine"))
    shot = camera.Shot(seed="engine", size=(1200, 900), turn=turn, tilt=0.3, grain=0.1)
    assert read(real, "IDENTITY_FRONT", card, shot) == card.fields


def test_the_real_engine_reads_a_bank_card(real: ProcessEngine) -> None:
    card = cards.bank_card("engine")
    assert read(real, "BANK_CARD", card, camera.Shot(seed="bank", size=(1200, 900))) == card.fields


def test_what_is_no_picture_costs_the_engine_nothing(real: ProcessEngine) -> None:
    with pytest.raises(EngineFailed, match="ocr_failed"):
        real.read(b"no picture", side=800)
    card = cards.identity_back("engine")
    assert read(real, "IDENTITY_BACK", card, camera.Shot(size=(1200, 900)))["authority"] == card.fields["authority"]


def test_this_process_has_loaded_no_models(real: ProcessEngine) -> None:
    assert not {"rapidocr", "onnxruntime", "cv2"} & set(sys.modules)


def test_no_opencv_with_windows_is_installed() -> None:
    """It would want the libraries of a desk."""
    assert version("opencv-python-headless")
    with pytest.raises(PackageNotFoundError):
        version("opencv-python")


# --- A process that does not do as it should -----------------------------------------------------
_STAND_IN = """
import json, sys, time
print(json.dumps({"ready": "stand-in"}), flush=True)
while header := sys.stdin.buffer.readline():
    picture = sys.stdin.buffer.read(json.loads(header)["length"])
    if picture == b"fall": sys.exit(1)
    if picture == b"sleep": time.sleep(60)
    if picture == b"babble": print("no JSON", flush=True)
    print(json.dumps({"lines": [], "milliseconds": 1}), flush=True)
"""


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[ProcessEngine]:
    """The engine with a process that does what the picture says."""
    monkeypatch.setattr(engine, "_START", _STAND_IN)
    settings.OCR = {**bank_settings.OCR, "PROCESSES": 1, "TIMEOUT": 5.0}
    found = ProcessEngine()
    yield found
    found.close()


@pytest.mark.parametrize("picture,code", [(b"fall", "ocr_failed"), (b"babble", "ocr_failed")])
def test_after_a_fall_the_next_picture_gets_a_new_process(stand_in: ProcessEngine, picture: bytes, code: str) -> None:
    assert stand_in.read(b"good", side=1).lines == ()
    with pytest.raises(EngineFailed, match=code):
        stand_in.read(picture, side=1)
    assert stand_in.read(b"good", side=1).engine == "stand-in"


def test_a_slow_picture_is_given_up(stand_in: ProcessEngine) -> None:
    stand_in.read(b"good", side=1)
    stand_in._told = {**stand_in._told, "TIMEOUT": 0.2}
    stand_in.close()
    with pytest.raises(EngineFailed, match="ocr_timeout"):
        stand_in.read(b"sleep", side=1)


def test_a_process_that_cannot_start_is_a_failure(stand_in: ProcessEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_START", "raise SystemExit(3)")
    with pytest.raises(EngineFailed, match="ocr_failed"):
        stand_in.read(b"good", side=1)


# --- The darkroom's walls ------------------------------------------------------------------------
def confined(deed: str) -> str:
    """What becomes of a deed inside the bounds."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from loans.darkroom.confine import confine\n"
        "import socket, tempfile\nconfine(memory=600_000_000, cpu_seconds=5)\n"
        f"try:\n    {deed}\n    print('done')\nexcept BaseException as error:\n    print(type(error).__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(bank_settings.ROOT)], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or str(done.returncode)


@pytest.mark.parametrize(
    "deed,becomes",
    [
        ("pass", "done"),
        ("socket.create_connection(('127.0.0.1', 9))", "WouldReachOut"),
        ("bytearray(2_000_000_000)", "MemoryError"),
    ],
)
def test_the_darkroom_reaches_nobody_and_takes_no_more_than_its_share(deed: str, becomes: str) -> None:
    assert confined(deed) == becomes


def test_the_darkroom_writes_no_files(tmp_path: Path) -> None:
    assert confined(f"open({str(tmp_path / 'leak')!r}, 'wb', 0).write(b'x')") == "OSError"


def test_the_settings_name_the_real_engine() -> None:
    assert isinstance(engine._engine(bank_settings.OCR["ENGINE"]), ProcessEngine)
    assert json.dumps(bank_settings.OCR)
