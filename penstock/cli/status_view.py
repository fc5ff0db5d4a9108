"""The runs of this machine, as lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from penstock.cli.home import HOME
from penstock.cli.run_view.progress import duration
from penstock.cli.run_view.text_table import text_table
from penstock.data.lineage import known

if TYPE_CHECKING:
    from penstock.targets.local.history import PastRun

_READERS = ("preprocess", "prepare")


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run. Times are ISO 8601 in the zone of this machine; texts are empty where not known.

    `decisions` are the addresses that its decisions were published to.
    """

    execution_id: str
    pipeline: str
    state: str
    started: str
    seconds: float | None
    data_from: str
    data_to: str
    data_rows: int | None
    snapshot_from: str
    snapshot_to: str
    day: str
    model: str
    failed: str
    decisions: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def list_runs(use_case: str | None, limit: int) -> list[RunLine]:
    """Return the latest runs, newest first."""
    from penstock.targets.local.history import past_runs

    runs = past_runs(HOME)
    if use_case is not None:
        from penstock.cli.project_pipelines import pipeline_names
        from penstock.use_case import load_use_case

        group = load_use_case(use_case).group
        wanted = {f"{group}-{name}" for name in pipeline_names()}
        runs = (run for run in runs if run.pipeline in wanted)
    return [_line(run) for run in islice(runs, limit)]


def runs_text(runs: Sequence[RunLine]) -> str:
    """Return the runs as a table."""
    if not runs:
        return "no runs here yet; start one: pipeline run training"
    rows = [
        [
            run.execution_id,
            run.pipeline,
            run.state + (f" ({run.failed})" if run.failed else ""),
            run.started[:16].replace("T", " "),
            "" if run.seconds is None else duration(run.seconds),
            f"{run.data_from[:10]}…{run.data_to[:10]}" if run.data_from else "",
            "" if run.data_rows is None else f"{run.data_rows}",
            run.model,
            run.day,
        ]
        for run in runs
    ]
    heads = ["run", "pipeline", "state", "started", "took", "data", "rows", "model", "decides for"]
    return text_table(heads, rows)


def _line(run: PastRun) -> RunLine:
    reader = next((step for step in _READERS if step in run.steps), "")

    def fact(name: str) -> str:
        value = run.value(reader, f"data_{name}")
        return "" if value is None else known(str(value))

    rows = run.value(reader, "data_rows")
    registered = next(
        (step for step in run.steps.values() if step.type == "RegisterModel" and step.parameters),
        None,
    )
    model = str(run.parameters.get("model_version") or "")
    if registered is not None:
        model = f"{registered.parameters.get('group')}/{registered.parameters.get('version')}"
    failed = [name for name, step in run.steps.items() if step.status == "failed"]
    return RunLine(
        run.execution_id,
        run.pipeline,
        run.state,
        datetime.fromtimestamp(run.started).astimezone().isoformat(timespec="seconds"),
        None if run.ended is None else round(run.ended - run.started, 3),
        fact("time_from"),
        fact("time_to"),
        None if rows is None else int(rows),
        fact("snapshot_from"),
        fact("snapshot_to"),
        str(run.value("prepare", "day") or ""),
        model,
        ", ".join(failed),
        _places(run) if "publish" in run.steps and not failed else (),
    )


def _places(run: PastRun) -> Sequence[str]:
    """Return the addresses of a run's sinks, as it was given them."""
    try:
        return [str(place) for place in json.loads(str(run.parameters.get("sinks", "[]")))]
    except ValueError:
        return ()
