"""What is written of a run, and a run read back from it."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from penstock.errors import Problem, RequestError, WorkError
from penstock.targets.local.documents import Value
from penstock.targets.local.result import Output, StepRun, StepStatus

RUN_FILE, DEFINITION_FILE, JOURNAL_FILE = "run.json", "definition.json", "journal.jsonl"
STEP_STARTED, STEP_ENDED, RUN_ENDED = "step_started", "step_ended", "run_ended"


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run was started with; a resumed run goes on with the same.

    Attributes:
        started: Seconds since the epoch.
        only: The steps that were selected; None: all.
        labels: What whoever started it has to know when it goes on; nothing here reads them.
    """

    execution_id: str
    pipeline: str
    parameters: Mapping[str, Value]
    registry: str
    started: float
    use_cache: bool = True
    only: tuple[str, ...] | None = None
    images: Mapping[str, str] = field(default_factory=dict)
    ours: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    isolation: str = "warm"
    labels: Mapping[str, str] = field(default_factory=dict)


def write_facts(folder: Path, facts: RunFacts) -> None:
    """Write what the run was started with.

    Raises:
        WorkError: The disk does not take it.
    """
    content = {name: getattr(facts, name) for name in RunFacts.__slots__}
    write_whole(folder / RUN_FILE, json.dumps(content, indent=1).encode())


def read_facts(folder: Path) -> RunFacts:
    """Read what a run was started with.

    Raises:
        RequestError: There is no such run, or its file is damaged.
    """
    file = folder / RUN_FILE
    try:
        content = json.loads(file.read_bytes())
        only = content.pop("only")
        for name in ("ours", "passed"):
            content[name] = tuple(content[name])
        return RunFacts(**content, only=None if only is None else tuple(only))
    except FileNotFoundError:
        raise RequestError(_no_such_run(folder)) from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise RequestError(
            Problem("this file is damaged; the run cannot be resumed.", str(file), "Start anew.")
        ) from error


def latest_run(runs: Path) -> str:
    """Return the execution id of the run that was started last.

    Raises:
        RequestError: There is none.
    """
    found = runs_by_age(runs)
    if not found:
        raise RequestError(
            Problem("there is no run here.", str(runs), "Start one: pipeline run training")
        )
    return found[0].name


def runs_by_age(runs: Path) -> list[Path]:
    """Return the folders of all runs, the one that was started last first."""
    files = sorted(runs.glob(f"*/{RUN_FILE}"), key=lambda file: file.stat().st_mtime_ns)
    return [file.parent for file in reversed(files)]


def write_whole(file: Path, content: bytes) -> None:
    """Write a file so that it is there as a whole or not at all.

    Raises:
        WorkError: The disk does not take it.
    """
    aside = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        aside.write_bytes(content)
        aside.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise WorkError(unwritable(error, file)) from error


def unwritable(error: OSError, place: Path) -> Problem:
    """Return the problem of a file or folder that the disk does not take."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return Problem(
        f"this cannot be written: {error.strerror}.",
        str(place),
        "Make room." if full else "Give this user the right to it, or work in another folder.",
    )


def ended_facts(run: StepRun) -> dict[str, Any]:
    """Return what the journal says of a step that ended."""
    return {
        "step": run.name,
        "type": run.type,
        "status": run.status.value,
        "started": run.started,
        "ended": run.ended,
        "attempts": run.attempts,
        "cached": run.cached,
        "reused": run.reused,
        "failure_reason": run.failure_reason,
        "outputs": {
            name: {"uri": output.uri, "digest": output.digest, "mark": output.mark}
            for name, output in run.outputs.items()
        },
        "parameters": run.parameters,
        "properties": run.properties,
        "folder": None if run.folder is None else str(run.folder),
    }


def read_ended(events: Iterable[Mapping[str, Any]]) -> tuple[dict[str, StepRun], dict[str, int]]:
    """Return how each step ended, and how many attempts each has begun, by the journal."""
    runs: dict[str, StepRun] = {}
    attempts: dict[str, int] = {}
    for event in events:
        if event.get("event") == STEP_STARTED:
            attempts[event["step"]] = max(attempts.get(event["step"], 0), int(event["attempt"]))
        elif event.get("event") == STEP_ENDED:
            folder = event.get("folder")
            runs[event["step"]] = StepRun(
                name=event["step"],
                type=event["type"],
                status=StepStatus(event["status"]),
                started=event["started"],
                ended=event["ended"],
                attempts=event["attempts"],
                cached=event["cached"],
                reused=event["reused"],
                failure_reason=event["failure_reason"],
                outputs={name: Output(**found) for name, found in event["outputs"].items()},
                parameters=event["parameters"],
                properties=event["properties"],
                folder=None if folder is None else Path(folder),
            )
    return runs, attempts


def _no_such_run(folder: Path) -> Problem:
    known = ", ".join(run.name for run in runs_by_age(folder.parent)[:5])
    remedy = f"The latest are: {known}." if known else "There are no runs here."
    return Problem(f"there is no run {folder.name}.", str(folder.parent), remedy)
