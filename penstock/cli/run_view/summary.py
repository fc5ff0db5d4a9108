"""What a run has given: scores, gates, verdict, artifacts, registration, failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from penstock.cli.run_view.documents import documents_of, pages_of
from penstock.cli.run_view.progress import Progress
from penstock.targets.local.result import RunResult, RunStatus, StepRun, StepStatus

_EVIDENCE = ("penstock.evidence/", "evidence.html")


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
class Verdict:
    """What the evidence says of the candidate beside the live model."""

    recommended: bool
    outcome: str
    sentence: str


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
    verdict: Verdict | None = None
    waiting: Sequence[str] = ()

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
    evidence = next((d for d in documents if d["format"].startswith(_EVIDENCE[0])), None)
    scores = next((d for d in documents if d["format"].startswith("penstock.scores/")), None)
    metrics = [d for d in documents if d["format"].startswith("penstock.metrics/")]
    ended_well = result.status == RunStatus.SUCCEEDED
    return Summary(
        execution_id=result.execution_id,
        status=str(result.status),
        seconds=result.ended - result.started,
        steps={name: _step(step) for name, step in result.steps.items()},
        scores=_scores(scores) if scores else None,
        gates=[_gate(gate) for gate in (metrics[0] if metrics else {}).get("gates", [])],
        artifacts=[
            ArtifactLine(name, output, each.digest, each.uri)
            for name, step in result.steps.items()
            for output, each in step.outputs.items()
        ],
        registered=next(filter(None, map(_registered, result.steps.values())), None),
        reports=_reports(result),
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
        verdict=_verdict(evidence) if evidence else None,
        waiting=progress.notices if result.status == RunStatus.PAUSED else (),
    )


def _reports(result: RunResult) -> list[str]:
    """Return the pages; those that a pack of evidence holds copies of stand once."""
    pages = dict.fromkeys(page for step in result.steps.values() for page in pages_of(step))
    packs = {page.removesuffix(_EVIDENCE[1]) for page in pages if page.endswith(_EVIDENCE[1])}
    return [
        page
        for page in pages
        if page.endswith(_EVIDENCE[1]) or not any(page.startswith(pack) for pack in packs)
    ]


def _verdict(evidence: Mapping[str, Any]) -> Verdict:
    found = evidence.get("verdict", {})
    return Verdict(
        bool(found.get("recommended")), str(found.get("outcome", "")), str(found.get("sentence"))
    )


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
