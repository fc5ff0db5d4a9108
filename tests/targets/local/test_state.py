"""What is written of a run gives the same run when it is read."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from penstock.errors import RequestError, WorkError
from penstock.targets.local.journal import Journal, read_journal
from penstock.targets.local.result import Output, StepRun, StepStatus
from penstock.targets.local.state import (
    RunFacts,
    ended_facts,
    latest_run,
    read_ended,
    read_facts,
    write_facts,
    write_whole,
)

FACTS = RunFacts(
    "abc",
    "fraud",
    {"a": 1, "b": 0.5, "c": True, "d": "text"},
    "sqlite:///x/mlflow.db",
    12.5,
    use_cache=False,
    only=("train",),
    images={"tool:1": "env"},
    ours=("penstock:0.1.0",),
    passed=("TOKEN",),
    isolation="subprocess",
)


@pytest.mark.parametrize("only", [None, (), ("train", "evaluate")])
def test_the_facts_of_a_run_come_back_as_they_were(
    tmp_path: Path, only: tuple[str, ...] | None
) -> None:
    from dataclasses import replace

    facts = replace(FACTS, only=only)
    write_facts(tmp_path, facts)
    assert read_facts(tmp_path) == facts


def test_the_ending_of_a_step_comes_back_from_the_journal(tmp_path: Path) -> None:
    run = StepRun(
        "train",
        "Training",
        StepStatus.SUCCEEDED,
        started=1.5,
        ended=2.5,
        attempts=2,
        cached=True,
        reused=True,
        outputs={"model": Output("file:///m", "sha256:1")},
        parameters={"rows": 3, "passed": True},
        properties={"ModelArtifacts": {"S3ModelArtifacts": "file:///m"}},
        folder=Path("/jobs/train"),
    )
    failed = StepRun("score", "Processing", StepStatus.FAILED, failure_reason="broken")
    journal = Journal(tmp_path / "journal.jsonl")
    journal.write("step_started", step="train", attempt=1)
    journal.write("step_started", step="train", attempt=2)
    journal.write("step_ended", **ended_facts(run))
    journal.write("step_started", step="score", attempt=1)
    journal.write("step_ended", **ended_facts(failed))
    journal.close()
    runs, attempts = read_ended(read_journal(tmp_path / "journal.jsonl"))
    assert runs == {"train": run, "score": failed}
    assert attempts == {"train": 2, "score": 1}


def test_the_latest_run_is_the_one_that_was_started_last(tmp_path: Path) -> None:
    for number, name in enumerate(("bbb", "aaa", "ccc")):
        (tmp_path / name).mkdir()
        write_facts(tmp_path / name, FACTS)
        os.utime(tmp_path / name / "run.json", ns=(number, [5, 9, 7][number]))
    (tmp_path / "begun").mkdir()
    assert latest_run(tmp_path) == "aaa"


def test_no_run_is_told_with_a_way_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as refused:
        latest_run(tmp_path / "runs")
    assert str(refused.value) == (
        f"{tmp_path}/runs: there is no run here. Start one: pipeline run training"
    )


def test_an_unknown_run_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as refused:
        read_facts(tmp_path / "nope")
    assert str(refused.value) == f"{tmp_path}: there is no run nope. There are no runs here."
    for number, name in enumerate(("first", "second")):
        (tmp_path / name).mkdir()
        write_facts(tmp_path / name, FACTS)
        os.utime(tmp_path / name / "run.json", ns=(0, number))
    with pytest.raises(RequestError) as refused:
        read_facts(tmp_path / "nope")
    assert str(refused.value) == (
        f"{tmp_path}: there is no run nope. The latest are: second, first."
    )


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"', "3", "{}", '{"only": null}'])
def test_damaged_facts_are_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(RequestError) as refused:
        read_facts(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path}/run.json: this file is damaged; the run cannot be resumed. Start anew."
    )


def test_a_file_is_there_as_a_whole_or_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "run.json"
    write_whole(file, b"old")
    real = Path.write_bytes

    def full(self: Path, content: bytes) -> int:
        real(self, content[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(WorkError) as refused:
        write_whole(file, b"new")
    assert str(refused.value) == (
        f"{file}: this cannot be written: No space left on device. Make room."
    )
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_the_facts_are_readable_json(tmp_path: Path) -> None:
    write_facts(tmp_path, FACTS)
    assert json.loads((tmp_path / "run.json").read_text())["parameters"] == FACTS.parameters
