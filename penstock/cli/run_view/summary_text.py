"""The end of a run for people."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from penstock.cli.models.choosing import TRIAL
from penstock.cli.run_view.progress import duration
from penstock.cli.run_view.summary import (
    DataSeen,
    Decisions,
    Failure,
    Registration,
    Scores,
    Summary,
)
from penstock.cli.run_view.text_table import text_table

PARAMETERS = "parameters"
"""The output that holds a step's output parameters: of interest to machines only."""

SHOWN_METRICS = 6
"""Columns of the candidates' table; the documents hold all metrics."""

PENDING = "PendingManualApproval"


def summary_text(summary: Summary) -> str:
    """Return the summary for people."""
    parts: list[str] = []
    if summary.scores:
        parts.append(_scores_text(summary.scores))
    if summary.gates:
        rows = [
            [
                "passed" if gate.passed else "FAILED",
                gate.metric,
                _number(gate.value),
                "at least" if gate.bound == "minimum" else "at most",
                _number(gate.limit),
                "the constant baseline's" if gate.of_baseline else "",
            ]
            for gate in summary.gates
        ]
        parts.append("gates\n" + text_table(["", "metric", "value", "", "limit", ""], rows))
    if summary.verdict:
        advice = "recommended" if summary.verdict.recommended else "not recommended"
        parts.append(f"{advice}: {summary.verdict.sentence}")
    rows = [
        [line.step, line.output, line.digest]
        for line in summary.artifacts
        if line.output != PARAMETERS
    ]
    if summary.decisions:
        parts.append(_decisions_text(summary.decisions))
    if rows:
        parts.append("artifacts\n" + text_table(["step", "output", "digest"], rows))
    results = (
        [f"registered  {_registration_text(summary.registered)}"] if summary.registered else []
    )
    if summary.registered and summary.registered.status == PENDING:
        name = f"{summary.registered.group}/{summary.registered.version}"
        results.append(f"decide      {_how_to_decide(name)}")
    if summary.data:
        results.append(f"data        {_data_text(summary.data)}")
    results += [f"report      {_near(report)}" for report in summary.reports]
    if results:
        parts.append("\n".join(results))
    parts.extend(map(_failure_text, summary.failures))
    parts.extend(f"waiting: {each}" for each in summary.waiting)
    from_cache = sum(step.cached for step in summary.steps.values())
    cached = f", {from_cache} from the cache" if from_cache else ""
    counts = Counter(step.status for step in summary.steps.values())
    ending = [
        f"{summary.status}: {', '.join(f'{n} {status}' for status, n in counts.items())}{cached}, "
        f"in {duration(summary.seconds)}. Run {summary.execution_id}."
    ]
    if summary.resume:
        ending.append(f"Go on with: {summary.resume}")
    return "\n\n".join([*parts, "\n".join(ending)]) + "\n"


def _data_text(data: DataSeen) -> str:
    days = f", {data.time_from[:10]}…{data.time_to[:10]}" if data.time_from else ""
    snapshots = ""
    if data.snapshot_to:
        since = f"after snapshot {data.snapshot_from} " if data.snapshot_from else ""
        snapshots = f", {since}up to snapshot {data.snapshot_to}"
    return f"{data.rows:,} rows{days}{snapshots}"


def _decisions_text(decisions: Decisions) -> str:
    counted = ", ".join(f"{count:,} {name}" for name, count in decisions.counts.items())
    model = f" by {decisions.model_version}" if decisions.model_version else ""
    head = f"decisions for {decisions.day}{model}: {counted or f'{decisions.rows:,} predictions'}"
    if decisions.stale:
        head += f"; {decisions.stale:,} with stale data"
    lines = [head, *(f"  in {_near(place)}" for place in decisions.places)]
    if decisions.model_version.endswith(TRIAL):
        name = decisions.model_version.removesuffix(TRIAL)
        lines.append(f"  a trial, apart from the sinks; to approve {name}: {_how_to_decide(name)}")
    return "\n".join(lines)


def _registration_text(found: Registration) -> str:
    waiting = ", pending approval" if found.status == PENDING else ""
    return f"{found.group} version {found.version} at {found.uri}{waiting}"


def _how_to_decide(name: str) -> str:
    return f"pipeline console, or pipeline models show {name}"


def _scores_text(scores: Scores) -> str:
    found = dict.fromkeys(name for each in scores.candidates for name in each.scores)
    whole = [name for name in found if not name.startswith("class_")]
    names = sorted(whole, key=lambda name: name != scores.metric)[:SHOWN_METRICS]
    rows = [
        ["*" if each.name == scores.best else "", each.name]
        + [_number(each.scores.get(name)) for name in names]
        for each in scores.candidates
    ]
    head = f"candidates on the {scores.measured_on} rows, the best by {scores.metric} marked *"
    return f"{head}\n{text_table(['', 'candidate', *names], rows)}"


def _failure_text(failure: Failure) -> str:
    lines = [f"{failure.step} failed: {failure.reason}"]
    if failure.log_tail and "\n".join(failure.log_tail).strip() != failure.reason.strip():
        lines.append("its last lines:")
        lines.extend(f"  | {line}" for line in failure.log_tail)
    if failure.folder:
        lines.append(f"its logs: {_near(failure.folder)}")
    return "\n".join(lines)


def _near(place: str) -> str:
    """Return a path below the working directory as it is typed there, another one as it is."""
    if "://" in place or not Path(place).is_relative_to(Path.cwd()):
        return place
    return str(Path(place).relative_to(Path.cwd()))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
