"""What a run has given: scores, gates, artifacts, registration, failures and how to go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from penstock.cli.run_view.documents import documents_of, pages_of
from penstock.cli.run_view.progress import Progress, duration
from penstock.cli.run_view.text_table import text_table
from penstock.targets.local.result import RunResult, RunStatus, StepRun, StepStatus

PARAMETERS = "parameters"
"""The output that holds a step's output parameters: of interest to machines only."""

SHOWN_METRICS = 6
"""Columns of the candidates' table; the documents hold all metrics."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that competed; scores by metric, on the rows named by `Scores.measured_on`."""

    name: str
    scores: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Scores:
    """How the candidates did."""

    measured_on: str
    metric: str
    best: str
    candidates: Sequence[Candidate]


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """One limit against the measured value."""

    metric: str
    value: float | None
    bound: str
    limit: float
    of_baseline: bool
    passed: bool


@dataclass(frozen=True, slots=True)
class ArtifactLine:
    """One artifact of the run."""

    step: str
    output: str
    digest: str
    uri: str


@dataclass(frozen=True, slots=True)
class StepLine:
    """How one step went; the seconds are None where it never started."""

    status: str
    seconds: float | None
    cached: bool


@dataclass(frozen=True, slots=True)
class Registration:
    """The version that the run registered, and whether people have decided about it."""

    group: str
    version: int
    uri: str
    status: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """What an inference has decided and where that is."""

    day: str
    rows: int
    counts: Mapping[str, int]
    model_version: str
    places: Sequence[str]
    stale: int | None


@dataclass(frozen=True, slots=True)
class DataSeen:
    """Which rows the run looked at."""

    table: str
    rows: int
    time_from: str
    time_to: str
    snapshot_from: str
    snapshot_to: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that failed."""

    step: str
    reason: str
    log_tail: Sequence[str]
    folder: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A run at its end."""

    execution_id: str
    status: str
    seconds: float
    steps: Mapping[str, StepLine]
    scores: Scores | None
    gates: Sequence[GateVerdict]
    artifacts: Sequence[ArtifactLine]
    registered: Registration | None
    reports: Sequence[str]
    failures: Sequence[Failure]
    resume: str
    data: DataSeen | None = None
    decisions: Decisions | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the summary as plain data."""
        return asdict(self)


def summarise(result: RunResult, progress: Progress, resume: str) -> Summary:
    """Gather what people want to know of a run.

    Args:
        result: What the executor gave back.
        progress: The events of the run; it holds the last log lines of failed steps.
        resume: The command that goes on with the run.
    """
    documents = [
        document
        for step in result.steps.values()
        if step.status == StepStatus.SUCCEEDED
        for document in documents_of(step)
    ]
    scores = next((d for d in documents if d["format"].startswith("penstock.scores/")), None)
    metrics = [d for d in documents if d["format"].startswith("penstock.metrics/")]
    ended_well = result.status == RunStatus.SUCCEEDED
    return Summary(
        execution_id=result.execution_id,
        status=str(result.status),
        seconds=result.ended - result.started,
        steps={name: _step(step) for name, step in result.steps.items()},
        scores=_scores(scores) if scores else None,
        gates=[_gate(gate) for document in metrics for gate in document.get("gates", [])],
        artifacts=[
            ArtifactLine(name, output, each.digest, each.uri)
            for name, step in result.steps.items()
            for output, each in step.outputs.items()
        ],
        registered=next(filter(None, map(_registered, result.steps.values())), None),
        reports=list(
            dict.fromkeys(page for step in result.steps.values() for page in pages_of(step))
        ),
        failures=[
            Failure(
                name,
                step.failure_reason or "",
                progress.steps[name].log_tail if name in progress.steps else (),
                str(step.folder or ""),
            )
            for name, step in result.steps.items()
            if step.status == StepStatus.FAILED
        ],
        resume="" if ended_well else resume,
        data=_data(documents),
        decisions=_decisions(documents),
    )


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
    if summary.data:
        results.append(f"data        {_data_text(summary.data)}")
    results += [f"report      {_near(report)}" for report in summary.reports]
    if results:
        parts.append("\n".join(results))
    parts.extend(map(_failure_text, summary.failures))
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


def _data(documents: Sequence[Mapping[str, Any]]) -> DataSeen | None:
    found = next((d for d in documents if isinstance(d.get("lineage"), dict)), None)
    if found is None:
        return None
    facts = found["lineage"]
    return DataSeen(
        str(facts.get("data_table", "")),
        int(facts.get("data_rows") or 0),
        str(facts.get("data_time_from", "")),
        str(facts.get("data_time_to", "")),
        str(facts.get("data_snapshot_from", "")),
        str(facts.get("data_snapshot_to", "")),
    )


def _data_text(data: DataSeen) -> str:
    days = f", {data.time_from[:10]}…{data.time_to[:10]}" if data.time_from else ""
    snapshots = ""
    if data.snapshot_to:
        since = f"after snapshot {data.snapshot_from} " if data.snapshot_from else ""
        snapshots = f", {since}up to snapshot {data.snapshot_to}"
    return f"{data.rows:,} rows{days}{snapshots}"


def _decisions(documents: Sequence[Mapping[str, Any]]) -> Decisions | None:
    found = next((d for d in documents if d["format"].startswith("penstock.decisions/")), None)
    if found is None:
        return None
    return Decisions(
        str(found["day"]),
        int(found["rows"]),
        dict(found.get("decisions", {})),
        str(found.get("model_version", "")),
        [str(place) for place in found.get("places", [])],
        found.get("stale"),
    )


def _decisions_text(decisions: Decisions) -> str:
    counted = ", ".join(f"{count:,} {name}" for name, count in decisions.counts.items())
    model = f" by {decisions.model_version}" if decisions.model_version else ""
    head = f"decisions for {decisions.day}{model}: {counted or f'{decisions.rows:,} predictions'}"
    if decisions.stale:
        head += f"; {decisions.stale:,} with stale data"
    return "\n".join([head, *(f"  in {_near(place)}" for place in decisions.places)])


def _scores(document: Mapping[str, Any]) -> Scores:
    return Scores(
        str(document.get("measured_on", "")),
        str(document.get("metric", "")),
        str(document.get("best", "")),
        [
            Candidate(str(entry["name"]), entry.get("scores", {}))
            for entry in document.get("candidates", [])
        ],
    )


def _gate(gate: Mapping[str, Any]) -> GateVerdict:
    return GateVerdict(
        metric=str(gate["metric"]),
        value=gate["value"],
        bound=str(gate["bound"]),
        limit=gate["limit"],
        of_baseline=bool(gate.get("of_baseline")),
        passed=bool(gate["passed"]),
    )


def _step(step: StepRun) -> StepLine:
    started = step.started is not None and step.ended is not None
    seconds = round((step.ended or 0) - (step.started or 0), 3) if started else None
    return StepLine(str(step.status), seconds, step.cached or step.reused)


def _registered(step: StepRun) -> Registration | None:
    if step.type != "RegisterModel" or step.status != StepStatus.SUCCEEDED:
        return None
    facts = step.parameters
    return Registration(
        str(facts.get("group")),
        int(facts.get("version", 0)),
        str(facts.get("uri")),
        str(step.properties.get("ModelApprovalStatus", "")),
    )


def _registration_text(found: Registration) -> str:
    waiting = ", pending approval" if found.status == "PendingManualApproval" else ""
    return f"{found.group} version {found.version} at {found.uri}{waiting}"


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
