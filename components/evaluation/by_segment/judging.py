"""Each segment's model held against the gates."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from components.evaluation.bootstrap import Resampling, estimate
from components.evaluation.by_segment.found import (
    Outcome,
    PooledFound,
    SegmentFound,
    SegmentsFound,
)
from components.evaluation.by_segment.measuring import Measured, Panel, in_memory, undefined
from components.evaluation.comparison.champion import ChampionScores
from components.evaluation.comparison.comparing import compare
from components.evaluation.gates import Verdict, judge, sentence
from components.evaluation.panel import Judged, statistics_of
from components.evaluation.statistic import Floats, Integers
from components.training.segments.bundle import BundledSegment, Served
from components.training.segments.bundle_scorer import BundleScorer
from components.training.segments.values import rows_by_value
from penstock.use_case import UseCase
from penstock.use_case.evaluation import LESS_IS_BETTER

_WORST_FIRST: tuple[Outcome, ...] = ("failed", "failed_gate", "unknown", "thin", "passed")


def judge_segments(
    use_case: UseCase,
    scorer: BundleScorer,
    judged: Judged,
    constant: Judged,
    resampling: Resampling,
    *,
    champion: ChampionScores | None = None,
    unserved: int,
) -> SegmentsFound:
    """Judge every segment by its own test rows, and the pooled model by all of them.

    Segments whose rows cannot define a gate's metric (there are none, or all are of one class) are
    judged together: on the rows of all of them, each scored by its own model. If these cannot
    define it either, the gate has failed.

    Args:
        use_case: Its gates.
        scorer: The bundle.
        judged: Test rows with the scores of the model that serves each; thresholds by row.
        constant: The same with the scores of the constant baselines.
        resampling: How intervals are made.
        champion: The same with the scores of the champion; None: there is none.
        unserved: Test rows that no model serves; they are not among `judged`.
    """
    here, constants = in_memory(use_case, judged), in_memory(use_case, constant)
    panel = Panel(use_case, here, constants, resampling.seed, _in_memory(champion, here))
    rows = {
        "" if name is None else name: found
        for name, found in rows_by_value(here.rows.column(use_case.segment))
    }
    measured = panel.measure_each(rows)
    known = scorer.manifest.segments
    own = {name for name, each in known.items() if each.served_by == "own"}
    metrics = [gate.metric for gate in use_case.gates]
    task = here.labels.task
    none = np.empty(0, dtype=np.int64)
    nothing = Measured({}, {})
    together = [
        name
        for name in sorted(own)
        if metrics
        and not measured.get(name, nothing).failure
        and undefined(measured.get(name, nothing), here.truth[rows.get(name, none)], metrics, task)
    ]
    joint = np.sort(np.concatenate([none, *(rows.get(name, none) for name in together)]))
    shared = _joint_verdicts(use_case, panel, joint, metrics)
    found = []
    for name in sorted({*known, *rows}):
        segment = known.get(name)
        got = measured.get(name, nothing)
        verdicts: Sequence[Verdict] = []
        if name in own:
            verdicts = (
                shared if name in together else judge(use_case.gates, got.metrics, got.baseline)
            )
        truth = here.truth[rows.get(name, none)]
        outcome, reason = _outcome(segment, got, verdicts, len(together) * (name in together))
        found.append(
            SegmentFound(
                name=name,
                outcome=outcome,
                served_by=_served(scorer, segment),
                reason=reason,
                training_rows=0 if segment is None else segment.rows,
                rows=len(truth),
                mean_target=None if task == "multiclass" or not len(truth) else float(truth.mean()),
                metrics=got.metrics,
                baseline=got.baseline,
                verdicts=verdicts,
                judged_with=len(together) if name in together else 0,
                comparison=got.comparison,
            )
        )
    pooled = _pooled(use_case, scorer, judged, constant, resampling, champion)
    return SegmentsFound(_ordered(found, use_case.metric), pooled, unserved)


def _served(scorer: BundleScorer, segment: BundledSegment | None) -> Served:
    if segment is not None:
        return segment.served_by
    return "none" if scorer.manifest.pooled is None else "pooled"


def _outcome(
    segment: BundledSegment | None, measured: Measured, verdicts: Sequence[Verdict], shared: int
) -> tuple[Outcome, str]:
    if segment is None:
        return "unknown", "it is not among the training rows"
    if segment.failed:
        return "failed", segment.reason
    if segment.served_by != "own":
        return "thin", segment.reason
    if measured.failure:
        return "failed", f"it could not be judged: {measured.failure}"
    if all(verdict.passed for verdict in verdicts):
        return "passed", ""
    start = ""
    if shared > 1:
        start = f"judged together with {shared - 1} more segments of too few test rows: "
    elif shared:
        start = "its test rows are too few to judge by: "
    return "failed_gate", start + sentence(verdicts)


def _joint_verdicts(
    use_case: UseCase, panel: Panel, rows: Integers, metrics: Sequence[str]
) -> Sequence[Verdict]:
    nothing = Measured({}, {})
    truth = panel.judged.truth[rows]
    measured = panel.measure(rows) if len(rows) else nothing
    if undefined(measured, truth, metrics, panel.judged.labels.task):
        measured = replace(measured, metrics={})
    return judge(use_case.gates, measured.metrics, measured.baseline)


def _pooled(
    use_case: UseCase,
    scorer: BundleScorer,
    judged: Judged,
    constant: Judged,
    resampling: Resampling,
    champion: ChampionScores | None,
) -> PooledFound:
    if scorer.manifest.pooled is None:
        reason = scorer.manifest.pooled_reason or "it was not trained"
        return PooledFound(reason, {}, [], None)
    model = scorer.model(None)
    scores: Floats = model.score_rows(judged.rows)
    if judged.kept is not None:
        scores = scores[judged.kept]
    own = replace(judged, scores=scores, threshold=model.manifest.threshold)
    metrics = estimate(statistics_of(use_case, own), len(own.truth), resampling)
    baseline: dict[str, float] = {}
    for statistic in statistics_of(use_case, constant):
        baseline.update(statistic(np.ones(len(own.truth))))
    beside = None if champion is None else champion.of_pooled()
    compared = compare(use_case, own, beside, resampling)
    return PooledFound("", metrics, judge(use_case.gates, metrics, baseline), compared)


def _in_memory(champion: ChampionScores | None, judged: Judged) -> ChampionScores | None:
    """Return the champion's scores over the rows that are in memory."""
    if champion is None or champion.judged is None:
        return champion
    other = champion.judged
    scored = replace(judged, scores=other.scores, threshold=other.threshold)
    return replace(champion, judged=scored)


def _ordered(found: Sequence[SegmentFound], metric: str) -> list[SegmentFound]:
    sign = -1.0 if metric in LESS_IS_BETTER else 1.0

    def place(each: SegmentFound) -> tuple[int, float, str]:
        value = each.metrics[metric].value if metric in each.metrics else float("nan")
        order = _WORST_FIRST.index(each.outcome)
        return order, sign * value if np.isfinite(value) else float("-inf"), each.name

    return sorted(found, key=place)


def constant_scores(
    judged: Judged, column: Any, scores: Mapping[str, Any]
) -> tuple[Floats, Floats | None]:
    """Return the scores of each row's constant baseline and, for two classes, its threshold.

    A segment without candidates of its own has the baseline of the pooled model; without that the
    scores are NaN.

    Args:
        judged: The rows.
        column: Their segments.
        scores: The document of the candidates' scores, as `train` wrote it.
    """
    count, task = len(judged.truth), judged.labels.task
    width = len(judged.labels.classes)
    answers = np.full((count, width) if task == "multiclass" else count, np.nan)
    thresholds = np.full(count, 0.5)
    for name, rows in rows_by_value(column):
        document = scores["segments"].get(name, {})
        if document.get("baseline") is None:
            document = scores
        if document.get("baseline") is None:
            continue
        values = np.asarray(document["baseline"], dtype=np.float64)
        answers[rows] = values if task == "multiclass" else values[-1]
        known = [each["threshold"] for each in document["candidates"] if each["kind"] == "constant"]
        if known and known[0] is not None:
            thresholds[rows] = known[0]
    return answers, thresholds if task == "binary" else None
