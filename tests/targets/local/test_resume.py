"""An execution that was cut short, failed or paused goes on; what succeeded stays."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from penstock.data.digest import content_digest
from penstock.errors import RequestError, WorkError
from penstock.targets.local.events import Notice, RunStarted
from penstock.targets.local.journal import Journal, read_journal
from penstock.targets.local.result import RunStatus
from penstock.targets.local.store.file import FileStore

OUT = "/opt/ml/processing/output/out"
IN = "/opt/ml/processing/input"


def test_a_failed_run_goes_on_where_it_failed(bench, build, tmp_path):
    first = bench.run(
        build.processing("one", f"date +%s%N > {OUT}/a"),
        build.processing(
            "two", f"test -e {tmp_path}/go; cp {IN}/x/a {OUT}", inputs={"x": build.output_of("one")}
        ),
        build.processing("three", DependsOn=["two"]),
    )
    assert first.status is RunStatus.FAILED
    (tmp_path / "go").touch()
    again = bench.resume()
    assert again.execution_id == first.execution_id
    assert again.status is RunStatus.SUCCEEDED
    assert again.steps["one"] == first.steps["one"]
    assert {name: run.attempts for name, run in again.steps.items()} == {
        "one": 1,
        "two": 2,
        "three": 1,
    }
    assert [e.resumed for e in bench.events if isinstance(e, RunStarted)] == [False, True]


def test_resuming_a_finished_run_changes_nothing(bench, build):
    first = bench.run(
        build.processing("one", f"echo a > {OUT}/a"),
        build.condition(
            "gate",
            build.compare("Equals", 1, 2),
            then=[build.processing("yes")],
            otherwise=[build.processing("no")],
        ),
    )
    before = content_digest(bench.home / "artifacts")
    again = bench.resume(first.execution_id)
    assert (again.status, again.steps) == (RunStatus.SUCCEEDED, first.steps)
    assert content_digest(bench.home / "artifacts") == before
    events = read_journal(first.folder / "journal.jsonl")
    assert sum(event["event"] == "step_started" for event in events) == 3


def test_the_latest_run_is_resumed_unless_another_one_is_named(bench, build):
    first = bench.run(build.processing("one"))
    second = bench.run(build.processing("one"))
    assert bench.resume().execution_id == second.execution_id
    assert bench.resume(first.execution_id).execution_id == first.execution_id


def test_parameters_images_and_artifact_places_of_the_start_hold(bench, build, tmp_path):
    root = f"file://{tmp_path}/elsewhere"
    first = bench.run(
        build.processing(
            "one",
            f"test -e {tmp_path}/go; echo $WORD > {OUT}/a",
            environment={"WORD": build.get("Parameters.word")},
        ),
        declared={"word": "default"},
        parameters={"word": "given"},
        artifact_root=root,
    )
    (tmp_path / "go").touch()
    again = bench.resume()
    output = again.steps["one"].outputs["out"]
    assert output.uri == f"{root}/{first.execution_id}/one/out"
    assert bench.read(output, "a") == "given\n"


def test_what_ran_because_a_step_had_failed_is_decided_anew(bench, build, tmp_path):
    steps = [
        build.processing("one", f"test -e {tmp_path}/go"),
        build.processing("on_failure", DependsOn=[{"Step": "one", "Trigger": "Failed"}]),
        build.processing("after", DependsOn=["on_failure"]),
        build.processing("always", DependsOn=[{"Step": "one", "Trigger": "Any"}]),
        build.processing("alone"),
    ]
    first = bench.run(*steps)
    assert first.status is RunStatus.COMPLETED_WITH_FAILURES
    (tmp_path / "go").touch()
    again = bench.resume()
    assert again.status is RunStatus.SUCCEEDED
    assert {name: (run.status.value, run.attempts) for name, run in again.steps.items()} == {
        "one": ("succeeded", 2),
        "on_failure": ("not executed", 0),
        "after": ("not executed", 0),
        "always": ("succeeded", 2),
        "alone": ("succeeded", 1),
    }


def test_a_condition_keeps_its_outcome_and_a_fail_step_fails_again(bench, build, tmp_path):
    first = bench.run(
        build.condition(
            "gate",
            build.compare("Equals", 1, 2),
            otherwise=[build.fail("stop", "too bad")],
        )
    )
    again = bench.resume()
    assert (first.status, again.status) == (RunStatus.FAILED, RunStatus.FAILED)
    assert again.steps["stop"].failure_reason == "too bad"


class KilledError(BaseException):
    """Stands for the end of the process in the middle of something."""


@pytest.mark.parametrize("files", [1, 2, 3])
def test_a_try_that_died_while_publishing_leaves_nothing_beside_the_next(
    bench, build, tmp_path, monkeypatch, files
):
    """The tries give files of other names; none of the dead one's may stay."""
    real, published = os.link, []

    def dying(source, target, **options):
        real(source, target, **options)
        if "/artifacts/" in str(target):
            published.append(target)
            if len(published) == files:
                raise KilledError

    script = f"n=$(cat {tmp_path}/n || echo 0); echo $((n+1)) > {tmp_path}/n; "
    script += f"for part in a b; do echo x > {OUT}/$n-$part; done; echo y > {OUT}2/$n-c"
    monkeypatch.setattr(os, "link", dying)
    # A process that dies withdraws nothing.
    monkeypatch.setattr("penstock.targets.local.scheduler.Scheduler._stop", lambda self: None)
    with pytest.raises(KilledError):
        bench.run(build.processing("one", script, outputs=("out", "out2")))
    monkeypatch.undo()
    assert len(_artifacts(bench.home)) >= 1
    again = bench.resume()
    assert again.status is RunStatus.SUCCEEDED
    assert [path.name for path in _artifacts(bench.home)] == ["1-a", "1-b", "1-c"]
    for output in again.steps["one"].outputs.values():
        assert content_digest(Path(output.uri.removeprefix("file://"))) == output.digest


def test_nothing_of_a_dead_try_stays_when_the_next_one_fails(bench, build, tmp_path, monkeypatch):
    real = FileStore.publish

    def dying(self, source, uri):
        real(self, source, uri)
        raise KilledError

    monkeypatch.setattr(FileStore, "publish", dying)
    with pytest.raises(KilledError):
        bench.run(build.processing("one", f"test ! -e {tmp_path}/stop; echo a > {OUT}/a"))
    monkeypatch.undo()
    assert [path.name for path in _artifacts(bench.home)] == ["a"]
    (tmp_path / "stop").touch()
    assert bench.resume().status is RunStatus.FAILED
    assert _artifacts(bench.home) == []


def _artifacts(home: Path) -> list[Path]:
    return sorted(path for path in (home / "artifacts").rglob("*") if path.is_file())


def test_checkpoints_serve_the_next_try_of_the_same_run(bench, build, tmp_path):
    script = (
        "cd /opt/ml/checkpoints; n=$(cat n || echo 0); n=$((n+1)); echo $n > n; "
        f"test -e {tmp_path}/go; echo $n > /opt/ml/model/n"
    )
    bench.run(build.training("train", script, checkpoints=True))
    (tmp_path / "go").touch()
    again = bench.resume()
    assert again.status is RunStatus.SUCCEEDED
    model = again.steps["train"].folder / "opt" / "ml" / "model" / "n"
    assert model.read_text() == "2\n"
    fresh = bench.run(build.training("train", script, checkpoints=True))
    model = fresh.steps["train"].folder / "opt" / "ml" / "model" / "n"
    assert model.read_text() == "1\n"


def test_a_callback_pauses_the_run_until_its_answer_is_there(bench, build):
    steps = [
        build.processing("one"),
        {
            "Name": "ask",
            "Type": "Callback",
            "SqsQueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/approvals",
            "Arguments": {"status": build.get("Steps.one.ProcessingJobStatus")},
            "OutputParameters": [{"OutputName": "limit", "OutputType": "Float"}],
        },
        build.processing(
            "use",
            f"echo $LIMIT > {OUT}/a",
            environment={"LIMIT": build.join(build.get("Steps.ask.OutputParameters['limit']"))},
        ),
        build.processing("aside"),
    ]
    first = bench.run(*steps)
    answer = first.folder / "jobs" / "ask" / "answer.json"
    assert first.status is RunStatus.PAUSED
    assert first.steps["aside"].status.value == "succeeded"
    assert [e for e in bench.events if isinstance(e, Notice)] == [
        Notice(
            'it waits for an answer. Write {"outputs": {...}} or {"failure": "why"} to '
            f"{answer}, then resume the run.",
            "ask",
        )
    ]
    question = json.loads((answer.parent / "question.json").read_text())
    assert question["arguments"] == {"status": "Completed"}
    assert question["queue"] == "https://sqs.eu-west-1.amazonaws.com/1/approvals"
    assert bench.resume().status is RunStatus.PAUSED
    answer.write_text('{"outputs": {"limit": 0.5}}')
    again = bench.resume()
    assert again.status is RunStatus.SUCCEEDED
    assert bench.read(again.steps["use"].outputs["out"], "a") == "0.5\n"


def test_a_damaged_run_is_told_and_not_resumed(bench, build):
    result = bench.run(build.processing("one"))
    journal = result.folder / "journal.jsonl"
    journal.write_bytes(b"{broken\n" + journal.read_bytes())
    with pytest.raises(WorkError) as damaged:
        bench.resume()
    assert str(damaged.value) == (
        f"{journal}:1: this line of the run's journal is damaged. The run cannot be resumed; "
        "start a new one, its cached steps are kept."
    )
    shutil.rmtree(result.folder)
    with pytest.raises(RequestError) as refused:
        bench.resume(result.execution_id)
    assert str(refused.value) == (
        f"{bench.home}/runs: there is no run {result.execution_id}. There are no runs here."
    )


def test_a_last_line_cut_short_by_a_crash_costs_one_event_at_most(bench, build):
    result = bench.run(build.processing("one"), build.processing("two", DependsOn=["one"]))
    journal = result.folder / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:3]) + lines[3][:20])
    again = bench.resume()
    assert again.status is RunStatus.SUCCEEDED
    assert (again.steps["one"].attempts, again.steps["two"].attempts) == (1, 2)


def test_a_live_run_is_left_alone(bench, build):
    result = bench.run(build.processing("one"))
    other = Journal(result.folder / "journal.jsonl")
    with pytest.raises(RequestError) as refused:
        bench.resume()
    assert str(refused.value) == (
        f"{result.folder}: another process is executing this run. Wait for it to end, or stop it."
    )
    other.close()
    assert bench.resume().status is RunStatus.SUCCEEDED


def test_a_step_whose_artifact_has_changed_runs_again_with_its_descendants(bench, build, tmp_path):
    steps = [
        build.processing("make", f"echo good > {OUT}/a"),
        build.processing("copy", f"cp {IN}/x/a {OUT}/a", inputs={"x": build.output_of("make")}),
        build.processing("aside"),
        build.processing("gate", f"test -e {tmp_path}/go"),
    ]
    first = bench.run(*steps)
    file = Path(first.steps["make"].outputs["out"].uri.removeprefix("file://"), "a")
    file.unlink()
    (tmp_path / "go").touch()
    again = bench.resume()
    assert {name: run.attempts for name, run in again.steps.items()} == {
        "make": 2,
        "copy": 2,
        "aside": 1,
        "gate": 2,
    }
    assert file.read_text() == "good\n"
    assert [event.message for event in bench.events if isinstance(event, Notice)] == [
        "the artifacts of make have changed; it runs again."
    ]
