"""What a run shows while it goes and at its end."""

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from penstock.cli.run_view.documents import local_path
from penstock.cli.run_view.plain import PlainView
from penstock.cli.run_view.progress import Progress, duration
from penstock.cli.run_view.summary import Decisions, summarise
from penstock.cli.run_view.summary_text import summary_text
from penstock.cli.run_view.text_table import text_table
from penstock.targets.local.events import (
    Notice,
    RunEnded,
    RunStarted,
    StepEnded,
    StepStarted,
)
from penstock.targets.local.result import (
    Output,
    RunResult,
    RunStatus,
    StepRun,
    StepStatus,
)

STEPS = {"preprocess": "Processing", "train": "Training", "gates": "Condition", "fail": "Fail"}


def ended(name: str, status: StepStatus, seconds: float | None = None, **facts: object) -> StepRun:
    started = None if seconds is None else 100.0
    return StepRun(
        name,
        STEPS[name],
        status,
        started=started,
        ended=None if seconds is None else 100.0 + seconds,
        **facts,  # type: ignore[arg-type]
    )


EVENTS = [
    RunStarted("training-1", STEPS, {"fail": "gates is false"}),
    StepStarted("preprocess", 1),
    StepEnded(ended("preprocess", StepStatus.SUCCEEDED, 1.5)),
    StepEnded(ended("train", StepStatus.SUCCEEDED, 0.0, cached=True)),
    Notice("the artifacts are linked", "train"),
    StepStarted("gates", 2),
    StepEnded(ended("gates", StepStatus.FAILED, 75.0, failure_reason="no"), ("line",)),
    StepEnded(ended("fail", StepStatus.SKIPPED)),
    RunEnded("training-1", "Failed"),
]


def test_a_pipe_gets_a_line_per_event() -> None:
    lines: list[str] = []
    view = PlainView(Progress(), lines.append)
    for event in EVENTS:
        view(event)
    assert lines == [
        "run training-1: 4 steps",
        "  preprocess: started",
        "  preprocess: succeeded in 1.50 s",
        "  train: succeeded, from the cache",
        "  train: the artifacts are linked",
        "  gates: started, attempt 2",
        "  gates: failed after 1 min 15 s",
        "  fail: skipped",
    ]


def test_a_terminal_gets_a_tree_with_branches_below_their_condition() -> None:
    from rich.console import Console

    from penstock.cli.run_view.tree import TreeView

    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, color_system=None)
    with TreeView(Progress(), console) as view:
        for event in EVENTS:
            view(event)
    drawn = screen.getvalue().split("the artifacts are linked")[-1]
    last = drawn[drawn.rindex("run training-1") :].splitlines()
    assert [line.rstrip() for line in last[:5]] == [
        "run training-1",
        "├── ✓ preprocess  Processing  succeeded in 1.50 s",
        "├── ✓ train  Training  succeeded, from the cache",
        "└── ✗ gates  Condition  failed after 1 min 15 s",
        "    └── if false: - fail  Fail  skipped",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.4211, "0.42 s"), (12.34, "12.3 s"), (59.9, "59.9 s"), (125.2, "2 min 05 s")],
)
def test_times_are_written_for_people(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_numbers_stand_to_the_right() -> None:
    assert text_table(["name", "score"], [["a", "0.5"], ["long", "-"]]) == (
        "  name  score\n  a       0.5\n  long      -"
    )


SCORES = {
    "format": "penstock.scores/1",
    "metric": "average_precision",
    "measured_on": "validation",
    "best": "xgboost",
    "candidates": [
        {"name": "xgboost", "scores": {"roc_auc": 0.9, "average_precision": 0.75}},
        {"name": "constant", "scores": {"roc_auc": 0.5, "average_precision": None}},
    ],
}
METRICS = {
    "format": "penstock.metrics/1",
    "gates": [
        {"metric": "roc_auc", "bound": "minimum", "limit": 0.85, "value": 0.9, "passed": True},
        {"metric": "log_loss", "bound": "maximum", "limit": 0.1, "value": 0.2, "passed": False},
    ],
}


@pytest.fixture
def result(tmp_path: Path) -> RunResult:
    archive = tmp_path / "output.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        content = json.dumps(SCORES).encode()
        member = tarfile.TarInfo("scores/scores.json")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    evaluated = tmp_path / "evaluate"
    (evaluated / "metrics").mkdir(parents=True)
    (evaluated / "metrics" / "metrics.json").write_text(json.dumps(METRICS))
    (evaluated / "report").mkdir()
    (evaluated / "report" / "report.html").write_text("<html>")
    uri = evaluated.as_uri()
    steps = [
        StepRun(
            "train",
            "Training",
            StepStatus.SUCCEEDED,
            outputs={"scores": Output(archive.as_uri(), "sha256:11")},
            cached=True,
        ),
        StepRun(
            "evaluate",
            "Processing",
            StepStatus.SUCCEEDED,
            outputs={
                "metrics": Output(f"{uri}/metrics", "sha256:22"),
                "report": Output(f"{uri}/report", "sha256:33"),
            },
        ),
        StepRun(
            "register",
            "RegisterModel",
            StepStatus.SUCCEEDED,
            properties={"ModelApprovalStatus": "PendingManualApproval"},
            parameters={"group": "fraud", "version": 3, "uri": "models:/fraud/3"},
        ),
        StepRun(
            "fail",
            "Fail",
            StepStatus.FAILED,
            failure_reason="gate failed",
            folder=Path("/jobs/fail"),
        ),
    ]
    return RunResult(
        "training-1", RunStatus.FAILED, {step.name: step for step in steps}, {}, tmp_path, 10, 12.5
    )


def test_the_summary_tells_scores_gates_artifacts_registration_report_and_how_to_go_on(
    result: RunResult, tmp_path: Path
) -> None:
    progress = Progress()
    progress.take(RunStarted("training-1", {"fail": "Fail"}))
    progress.take(StepEnded(result.steps["fail"], ("first", "second")))
    text = summary_text(summarise(result, progress, "pipeline run --resume training-1"))
    assert text == (
        "candidates on the validation rows, the best by average_precision marked *\n"
        "     candidate  average_precision  roc_auc\n"
        "  *  xgboost               0.7500   0.9000\n"
        "     constant                   -   0.5000\n"
        "\n"
        "gates\n"
        "          metric     value             limit\n"
        "  passed  roc_auc   0.9000  at least  0.8500\n"
        "  FAILED  log_loss  0.2000  at most   0.1000\n"
        "\n"
        "artifacts\n"
        "  step      output   digest\n"
        "  train     scores   sha256:11\n"
        "  evaluate  metrics  sha256:22\n"
        "  evaluate  report   sha256:33\n"
        "\n"
        "registered  fraud version 3 at models:/fraud/3, pending approval\n"
        "decide      pipeline console, or pipeline models show fraud/3\n"
        f"report      {tmp_path}/evaluate/report/report.html\n"
        "\n"
        "fail failed: gate failed\n"
        "its last lines:\n"
        "  | first\n"
        "  | second\n"
        "its logs: /jobs/fail\n"
        "\n"
        "Failed: 3 succeeded, 1 failed, 1 from the cache, in 2.50 s. Run training-1.\n"
        "Go on with: pipeline run --resume training-1\n"
    )


def test_the_summary_is_plain_data_for_machines(result: RunResult) -> None:
    document = json.loads(json.dumps(summarise(result, Progress(), "again").to_json()))
    assert document["status"] == "Failed"
    assert document["scores"]["best"] == "xgboost"
    assert [gate["passed"] for gate in document["gates"]] == [True, False]
    assert document["steps"]["evaluate"]["status"] == "succeeded"
    assert document["resume"] == "again"


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///rows/a b#c%20/report", "/rows/a b#c%20/report"),
        ("file:///rows/a#b/output.tar.gz#scores", "/rows/a#b/output.tar.gz"),
        ("/rows/report", "/rows/report"),
    ],
)
def test_the_signs_of_an_outputs_address_stand_for_themselves(uri: str, path: str) -> None:
    assert local_path(uri) == Path(path)


def test_decisions_on_trial_say_how_to_decide_about_their_model(result: RunResult) -> None:
    def told(version: str) -> str:
        decisions = Decisions("2026-05-01", 5, {"leave": 5}, version, ["/kept"], None)
        return summary_text(replace(summarise(result, Progress(), ""), decisions=decisions))

    assert (
        "decisions for 2026-05-01 by fraud/3 (trial): 5 leave\n"
        "  in /kept\n"
        "  a trial, apart from the sinks; to approve fraud/3: pipeline console, or pipeline models "
        "show fraud/3\n"
    ) in told("fraud/3 (trial)")
    assert "a trial" not in told("fraud/3")
