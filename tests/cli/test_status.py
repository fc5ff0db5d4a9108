"""The list of runs, out of what runs leave behind."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from penstock.targets.local.state import RunFacts, write_facts

STEP = {"type": "Processing", "attempts": 1, "cached": False, "reused": False}
STEP |= {"failure_reason": None, "outputs": {}, "parameters": {}, "properties": {}, "folder": None}


def ended(step: str, status: str = "succeeded", **facts: Any) -> dict[str, Any]:
    times = {"started": 1000.0, "ended": 1001.0}
    return {"event": "step_ended", "step": step, "status": status, **STEP, **times, **facts}


@pytest.fixture
def leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Write the files of a run; the later call is the later run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    count = 0

    def write(name: str, pipeline: str, *events: dict[str, Any], **parameters: str) -> Path:
        nonlocal count
        count += 1
        folder = tmp_path / ".penstock" / "runs" / name
        folder.mkdir(parents=True)
        write_facts(folder, RunFacts(name, pipeline, parameters, "", 1000.0))
        os.utime(folder / "run.json", (count, count))
        journal = folder / "journal.jsonl"
        journal.write_text("".join(json.dumps(event) + "\n" for event in events))
        return journal

    yield write
    monkeypatch.undo()
    time.tzset()


END = {"event": "run_ended", "status": "Succeeded", "at": 1065.0}


def test_runs_are_listed_newest_first_with_what_they_read_and_gave(
    pipeline: Any, leave: Any
) -> None:
    data = {"data_time_from": "2024-03-01T00:00:00Z", "data_time_to": "2024-03-31T23:00:00Z"}
    data |= {"data_rows": 31, "data_snapshot_from": "none", "data_snapshot_to": "7"}
    registered = {"type": "RegisterModel", "parameters": {"group": "fraud", "version": 2}}
    leave(
        "one",
        "fraud-training",
        ended("preprocess", parameters=data),
        ended("register", **registered),
        END,
    )
    leave(
        "two",
        "fraud-inference",
        ended("prepare", parameters=data | {"day": "2024-03-31"}),
        ended("publish"),
        END,
        model_version="fraud/2",
        sinks='["s3://b/decisions"]',
    )
    leave("three", "fraud-eu-training", ended("preprocess", "failed"), END | {"status": "Failed"})
    text = pipeline("status").out
    assert text == (
        "  run    pipeline           state                started           took        data"
        "                   rows  model    decides for\n"
        "  three  fraud-eu-training  Failed (preprocess)  1970-01-01 00:16  1 min 05 s\n"
        "  two    fraud-inference    Succeeded            1970-01-01 00:16  1 min 05 s  "
        "2024-03-01…2024-03-31    31  fraud/2  2024-03-31\n"
        "  one    fraud-training     Succeeded            1970-01-01 00:16  1 min 05 s  "
        "2024-03-01…2024-03-31    31  fraud/2\n"
    )
    listed = json.loads(pipeline("status", "--use-case", "fraud", "--json").out)
    assert [each["execution_id"] for each in listed] == ["two", "one"]
    assert [each["decisions"] for each in listed] == [["s3://b/decisions"], []]
    assert [(each["snapshot_from"], each["snapshot_to"]) for each in listed] == [("", "7")] * 2
    assert len(json.loads(pipeline("status", "--limit", "1", "--json").out)) == 1


def test_a_run_without_its_end_is_running_or_interrupted(pipeline: Any, leave: Any) -> None:
    journal = leave("killed", "fraud-training", ended("preprocess"))
    alive = leave("alive", "fraud-training")

    def states() -> list[tuple[str, str]]:
        listed = json.loads(pipeline("status", "--json").out)
        return [(each["execution_id"], each["state"]) for each in listed]

    with alive.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert states() == [("alive", "Running"), ("killed", "Interrupted")]
    assert states() == [("alive", "Interrupted"), ("killed", "Interrupted")]
    assert journal.is_file()


def test_a_damaged_run_hides_no_other(pipeline: Any, leave: Any) -> None:
    leave("sound", "fraud-training", END)
    leave("damaged", "fraud-training").with_name("run.json").write_text("{")
    assert [each["execution_id"] for each in json.loads(pipeline("status", "--json").out)] == [
        "sound"
    ]
