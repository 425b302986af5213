"""The bank's processes stand and fall together."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aladdin.launcher import children as module
from aladdin.launcher.children import ChildDied, Children, NotReady, StopAsked, StopSignals
from tests.launcher.conftest import Wait

WAITS = "import signal, sys; print('up', flush=True); signal.pause()"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\nwhile 1: signal.pause()"
)


@pytest.fixture
def stop() -> StopSignals:
    return StopSignals()


@pytest.fixture
def family(tmp_path: Path, stop: StopSignals) -> Iterator[Children]:
    made = Children(tmp_path, dict(os.environ), stop, verbose=False)
    yield made
    made.stop()


def _python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def _is_gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_process_that_ends_brings_its_name_and_last_words(family: Children) -> None:
    family.start("steady", *_python(WAITS))
    family.start("worker", *_python("import sys; print('the disk is full'); sys.exit(3)"))
    with pytest.raises(ChildDied) as death:
        family.watch(lambda: False)
    assert "worker ended unexpectedly (exit status 3)" in str(death.value)
    assert "worker | the disk is full" in str(death.value)


def test_a_process_that_is_killed_is_said_to_be(family: Children) -> None:
    child = family.start("web", *_python(WAITS))
    os.kill(child.process.pid, signal.SIGKILL)
    with pytest.raises(ChildDied, match=r"web ended unexpectedly \(signal 9\)"):
        family.watch(lambda: False)


def test_all_are_stopped_last_started_first(family: Children, tmp_path: Path) -> None:
    record = tmp_path / "record"
    code = (
        "import signal, sys\n"
        "def bye(*_): open(sys.argv[1], 'a').write(sys.argv[2]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, bye); print('up', flush=True); signal.pause()"
    )
    started = [family.start(name, *_python(code), str(record), name) for name in ("a", "b", "c")]
    family.watch(lambda: all(("up", False) in child.tail for child in started))

    family.stop()

    assert record.read_text() == "cba"
    assert all(child.process.poll() is not None for child in started)


def test_one_that_does_not_stop_is_killed(family: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 0.3)
    child = family.start("stubborn", *_python(STUBBORN))
    family.watch(lambda: ("up", False) in child.tail)
    family.stop()
    assert child.process.returncode == -signal.SIGKILL


def test_what_a_process_started_is_gone_with_it(family: Children, wait_until: Wait) -> None:
    code = (
        "import subprocess, signal; sleeper = subprocess.Popen(['sleep', '600'])\n"
        "print(sleeper.pid, flush=True); signal.pause()"
    )
    child = family.start("parent", *_python(code))
    family.watch(lambda: bool(child.tail))
    grandchild = int(child.tail[0][0])
    family.stop()
    wait_until(lambda: _is_gone(grandchild))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
def test_even_kill_9_of_the_launcher_leaves_nothing_running(tmp_path: Path, wait_until: Wait) -> None:
    code = (
        "import os, sys; from pathlib import Path\n"
        "from aladdin.launcher.children import Children, StopSignals\n"
        "children = Children(Path(sys.argv[1]), dict(os.environ), StopSignals(), verbose=True)\n"
        f"child = children.start('child', sys.executable, '-c', {WAITS!r})\n"
        "children.watch(lambda: ('up', True) in child.tail)\n"
        "print(child.process.pid, flush=True)\n"
        "children.watch(lambda: False)"
    )
    with subprocess.Popen([*_python(code), str(tmp_path)], stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout is not None
        assert launcher.stdout.readline() == "child | up\n"
        child = int(launcher.stdout.readline())
        launcher.kill()
    wait_until(lambda: _is_gone(child))


def test_ctrl_c_asks_for_a_stop_and_breaks_nothing_off(family: Children, stop: StopSignals) -> None:
    with stop.listening():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(StopAsked):
            family.watch(lambda: False)
        assert stop.count == 1


def test_a_bank_that_never_answers_is_given_up(family: Children) -> None:
    family.start("web", *_python(WAITS))
    with pytest.raises(NotReady, match="web"):
        family.watch(lambda: False, seconds=0.3)


def test_warnings_with_their_tracebacks_reach_the_screen_and_routine_the_log(
    family: Children, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        "2026-01-05 09:00:00,000 INFO loans opened",
        "2026-01-05 09:00:01,000 ERROR loans failed",
        "Traceback (most recent call last):",
        "ZeroDivisionError: division by zero",
        "2026-01-05 09:00:02,000 INFO loans went on",
    ]
    child = family.start("web", *_python(f"print({chr(10).join(lines)!r})\nimport signal; signal.pause()"))
    family.watch(lambda: len(child.tail) == len(lines))
    assert capsys.readouterr().out.splitlines() == [f"web | {line}" for line in lines[1:4]]
    assert (tmp_path / "web.log").read_text().splitlines() == lines


def test_the_last_runs_log_is_kept_beside_this_ones(family: Children, tmp_path: Path) -> None:
    family.run("web", *_python("print('yesterday')"))
    family.run("web", *_python("print('today')"))
    assert (tmp_path / "web.previous.log").read_text() == "yesterday\n"
    assert (tmp_path / "web.log").read_text() == "today\n"


def test_what_the_screen_had_already_is_not_said_again(family: Children, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ChildDied) as death:
        family.run("prepare", *_python("print('migrating'); raise ZeroDivisionError"))
    assert "prepare | ZeroDivisionError" in capsys.readouterr().out
    assert "ZeroDivisionError" not in str(death.value)


def test_what_a_preparing_step_says_reaches_the_screen_without_its_routine_log(
    family: Children, capsys: pytest.CaptureFixture[str]
) -> None:
    family.run("prepare", *_python("print('customers'); print('2026-01-05 09:00:00,000 INFO jobs deferred')"))
    assert capsys.readouterr().out == "prepare | customers\n"
