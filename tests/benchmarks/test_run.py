import json
from pathlib import Path

import pytest

from benchmarks import run
from benchmarks.benchmark import Outcome, Settings
from benchmarks.comparing import Comparison, Verdict
from benchmarks.measuring import CommandFailedError, Measurement


def test_an_unknown_benchmark_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--only", "startup,speed"]) == 2
    known = (
        "startup, compile, upsert, features, training, scoring, segments, console, evidence, "
        "whole_run"
    )
    assert capsys.readouterr().err == f"benchmarks: unknown: speed. Known: {known}.\n"


def test_every_benchmark_named_is_there() -> None:
    folder = Path(run.__file__).parent
    assert [name for name in run.BENCHMARKS if not (folder / f"{name}.py").is_file()] == []


def fake(monkeypatch: pytest.MonkeyPatch, value: float) -> None:
    class Startup:
        @staticmethod
        def run(settings: Settings) -> Outcome:
            assert settings.quick
            if value < 0:
                raise CommandFailedError("x: exit code 3 from x\nno luck")
            rounds = {"x": [Measurement(1.0, 1.0, 1.0, 1_000_000)]}
            verdict = Verdict("x / y", value, 2.0)
            return Outcome([Comparison("start-up", rounds)], [verdict], ["a remark"])

    monkeypatch.setattr(run.importlib, "import_module", lambda _: Startup)


@pytest.mark.parametrize(("value", "code"), [(1.5, 0), (2.5, 1), (-1.0, 1)])
def test_a_missed_target_or_a_failed_command_shows_in_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, value: float, code: int
) -> None:
    fake(monkeypatch, value)
    assert run.main(["--only", "startup", "--quick"]) == code


def test_the_report_holds_machine_figures_remarks_and_targets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fake(monkeypatch, 2.5)
    run.main(["--only", "startup", "--quick", "--json", str(tmp_path / "out.json")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("machine: cores ")
    assert "start-up, 1 interleaved rounds" in lines
    assert "note: a remark" in lines
    assert lines[-3:] == [
        "== targets (quick: not figures to quote)",
        "target       wanted  measured",
        "x / y   at most 2 x    2.50 x  MISSED",
    ]
    assert json.loads((tmp_path / "out.json").read_text())["targets"][0]["met"] is False


def test_a_failed_command_is_told_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake(monkeypatch, -1.0)
    run.main(["--only", "startup,training", "--quick"])
    assert capsys.readouterr().out.count("FAILED: x: exit code 3 from x\nno luck") == 2
