"""The benchmarks: each is named, says its figure in one line of JSON, and exits by whether its goal is met."""

import json
from types import SimpleNamespace

import pytest

from bench import __main__ as command
from bench import intake
from bench.result import Options, Result


def result(value: float, *, smaller_is_better: bool = True) -> Result:
    return Result(name="x", value=value, unit="ms", goal=10, smaller_is_better=smaller_is_better, detail={"a": 1})


def test_the_list_names_the_journey(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--list"]) == 0
    assert "journey" in capsys.readouterr().out


def test_an_unknown_name_is_an_error_that_names_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        command.main(["nothing"])
    assert stopped.value.code == 2
    assert "journey" in capsys.readouterr().err


@pytest.mark.parametrize(
    "value, smaller_is_better, ok", [(10, True, True), (10.1, True, False), (10, False, True), (9.9, False, False)]
)
def test_the_goal_is_met_on_its_good_side(value: float, smaller_is_better: bool, ok: bool) -> None:
    said = json.loads(result(value, smaller_is_better=smaller_is_better).line())
    assert said == {"name": "x", "value": value, "unit": "ms", "goal": 10, "ok": ok, "detail": {"a": 1}}


@pytest.mark.parametrize("value, status", [(5, 0), (50, 1)])
def test_the_exit_status_tells(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: float, status: int
) -> None:
    asked: list[Options] = []

    def run(options: Options) -> Result:
        asked.append(options)
        return result(value)

    monkeypatch.setattr(command, "benchmarks", lambda: {"x": SimpleNamespace(DESCRIPTION="x", run=run)})
    assert command.main(["x", "--customers", "500"]) == status
    assert asked == [Options(customers=500)]
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["value"] == value


# --- The intake ----------------------------------------------------------------------------------
SUBMIT = intake.LAST_STEP
TAKEN = {"POST a": [1.0, 2.0, 300.0], SUBMIT: [10.0], "POST review": [1000.0]}


def test_an_intake_ends_with_handing_in() -> None:
    assert intake.of_intake(TAKEN) == 313.0


def test_the_table_shows_what_took_the_most_first() -> None:
    rows = intake.table(TAKEN)
    assert [(name, calls, p50, p99) for name, calls, p50, p99, _ in rows] == [
        ("POST review", 1, 1000.0, 1000.0),
        ("POST a", 3, 2.0, 300.0),
        (SUBMIT, 1, 10.0, 10.0),
    ]
    assert len(intake.written(rows)) == 4


def test_a_figure_is_not_enough_where_more_was_promised() -> None:
    met = Result(name="x", value=10, unit="ms", goal=10, also_ok=False)
    assert not met.ok


def test_how_many_loans_and_clients_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Options] = []

    def run(options: Options) -> Result:
        asked.append(options)
        return result(5)

    monkeypatch.setattr(command, "benchmarks", lambda: {"x": SimpleNamespace(DESCRIPTION="x", run=run)})
    assert command.main(["x", "--loans", "7", "--clients", "2"]) == 0
    assert asked == [Options(loans=7, clients=2)]
