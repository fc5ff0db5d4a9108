"""Everything that evaluation finds out about a model, before it is written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from components.evaluation.bootstrap import Estimate, Resampling, estimate
from components.evaluation.by_segment.found import SegmentsFound
from components.evaluation.by_segment.judging import constant_scores, judge_segments
from components.evaluation.comparison.champion import ChampionFolder, score_by_champion
from components.evaluation.comparison.comparing import compare
from components.evaluation.comparison.comparison import Comparison
from components.evaluation.data_summary import FeatureSummary, summarise
from components.evaluation.gates import Verdict, judge, sentence
from components.evaluation.importance import Importance, importance_of
from components.evaluation.panel import Judged, statistics_of
from components.evaluation.segments import Segment, segments_of
from components.evaluation.slices import SliceFound, judge_slices
from components.training.rows import Rows
from components.training.scorer import Scorer
from components.training.segments.bundle_scorer import BundleScorer
from penstock.errors import DataError, Problem
from penstock.use_case import UseCase

KNOWN = "known_compromised"
"""Column of rows that `preprocess` marked as not to be judged."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found.

    Attributes:
        use_case: The settings.
        scorer: The model.
        judged: The test rows that count, with truth and scores.
        left_out: Test rows that do not count because their entity was known.
        window: First and last time of the test rows that count; None without a time column.
        resampling: How the intervals were made.
        metrics: Every metric with its interval.
        baseline: Every metric of the constant baseline.
        verdicts: Every limit of every gate.
        segments: Scores by segment.
        importance: The strongest features.
        features: Summary of each feature.
        candidates: The document of the candidates' scores, as `train` wrote it.
        comparison: With the champion, on the same rows.
        slices: Parts of the rows on their own.
        by_segment: What was found about each segment's model; None where one model serves all.
            `metrics` are then those of all models together, `verdicts` those of the pooled one.
    """

    use_case: UseCase
    scorer: Scorer | BundleScorer
    judged: Judged
    left_out: int
    window: tuple[str, str] | None
    resampling: Resampling
    metrics: Mapping[str, Estimate]
    baseline: Mapping[str, float]
    verdicts: Sequence[Verdict]
    segments: Sequence[Segment]
    importance: Importance | None
    features: Sequence[FeatureSummary]
    candidates: Mapping[str, Any]
    comparison: Comparison
    slices: Sequence[SliceFound] = ()
    by_segment: SegmentsFound | None = None

    @property
    def passed(self) -> bool:
        """Whether every gate passed; with one model per segment, those of one model at least."""
        if self.by_segment is not None:
            return self.by_segment.passed
        return all(verdict.passed for verdict in self.verdicts)

    @property
    def verdict(self) -> str:
        """One sentence about the gates."""
        if self.by_segment is not None:
            return self.by_segment.verdict
        return sentence(self.verdicts)


def find_out(
    use_case: UseCase,
    scorer: Scorer | BundleScorer,
    test: Rows,
    candidates: Mapping[str, Any],
    seed: int,
    champion: ChampionFolder | None = None,
) -> Findings:
    """Evaluate a model, or a bundle of one model per segment, on test rows.

    Args:
        use_case: The settings.
        scorer: The model.
        test: The test rows.
        candidates: The document of the candidates' scores, as `train` wrote it.
        seed: Of the bootstrap.
        champion: The live model; None: there is none.

    Raises:
        DataError: There are no test rows that count, they hold one class only, or they do not fit
            the model.
    """
    test.check_features(scorer.manifest.feature_names)
    judged, left_out, unserved = _judge_rows(scorer, test)
    units = None
    if use_case.entity and use_case.entity in test.types:
        units = judged.codes(use_case.entity)
    settings = use_case.evaluation.bootstrap
    resampling = Resampling(settings.resamples, settings.confidence, seed, units)
    constant = _constant(scorer, judged, candidates)
    beside = None
    if champion is not None:
        beside = score_by_champion(champion.folder, champion.name, judged)
    by_segment = None
    if isinstance(scorer, BundleScorer):  # first, because it forks
        by_segment = judge_segments(
            use_case, scorer, judged, constant, resampling, champion=beside, unserved=unserved
        )
    metrics = estimate(statistics_of(use_case, judged), len(judged.truth), resampling)
    baseline: dict[str, float] = {}
    for statistic in statistics_of(use_case, constant):
        baseline.update(statistic(np.ones(len(judged.truth))))
    return Findings(
        use_case=use_case,
        scorer=scorer,
        judged=judged,
        left_out=left_out,
        window=_window(use_case, judged),
        resampling=resampling,
        metrics=metrics,
        baseline=baseline,
        verdicts=judge(use_case.gates, metrics, baseline)
        if by_segment is None
        else by_segment.pooled.verdicts,
        segments=[] if by_segment else segments_of(use_case, judged, use_case.report.segments),
        importance=importance_of(scorer, test),
        features=summarise(test, scorer.manifest.feature_names),
        candidates=candidates,
        comparison=compare(use_case, judged, beside, resampling),
        slices=judge_slices(use_case, judged, beside, resampling),
        by_segment=by_segment,
    )


def _judge_rows(scorer: Scorer | BundleScorer, test: Rows) -> tuple[Judged, int, int]:
    """Return the rows that count, how many are of known entities, and how many get no score."""
    labels, place = scorer.manifest.labels, str(test.folders[0])
    truth, scores = labels.read(test), scorer.score_rows(test)
    kept, left_out, unserved = None, 0, 0
    if KNOWN in test.types:
        known = test.column(KNOWN).to_numpy().astype(bool)
        if known.any():
            kept, left_out = np.flatnonzero(~known), int(known.sum())
            truth, scores = truth[kept], scores[kept]
    if isinstance(scorer, BundleScorer):
        served = np.isfinite(scores if scores.ndim == 1 else scores[:, 0])
        if not served.all():
            unserved = int((~served).sum())
            kept = np.flatnonzero(served) if kept is None else kept[served]
            truth, scores = truth[served], scores[served]
    if not len(truth):
        what = f"all {left_out} test rows belong to known entities" if left_out else "no test rows"
        if unserved:
            what = f"no model serves the segment of any of {unserved} test rows"
        raise DataError(
            Problem(f"there is nothing to judge by: {what}.", place, "Widen the test window.")
        )
    if labels.task != "regression" and len(np.unique(truth)) < 2:
        only = labels.names[int(truth[0])]
        raise DataError(
            Problem(
                f"every one of the {len(truth)} test rows has {labels.target} = {only}; "
                "a model can be judged on two classes or more.",
                place,
                "Widen the test window or check the label.",
            )
        )
    judged = Judged(test, labels, truth, scores, scorer.manifest.threshold, kept)
    if isinstance(scorer, BundleScorer) and labels.task == "binary":
        judged = replace(judged, threshold=scorer.thresholds(judged.arrow(scorer.manifest.segment)))
    return judged, left_out, unserved


def _constant(
    scorer: Scorer | BundleScorer,
    judged: Judged,
    candidates: Mapping[str, Any],
) -> Judged:
    """Return the same rows with the scores of the constant baseline, and its own threshold."""
    if isinstance(scorer, BundleScorer):
        segments = judged.arrow(scorer.manifest.segment)
        scores, thresholds = constant_scores(judged, segments, candidates)
        return replace(judged, scores=scores, threshold=thresholds)
    values = np.asarray(candidates["baseline"], dtype=np.float64)
    rows, task = len(judged.truth), judged.labels.task
    scores = np.tile(values, (rows, 1)) if task == "multiclass" else np.full(rows, values[-1])
    threshold = next(
        (each["threshold"] for each in candidates["candidates"] if each["kind"] == "constant"), None
    )
    return replace(judged, scores=scores, threshold=threshold)


def _window(use_case: UseCase, judged: Judged) -> tuple[str, str] | None:
    if not use_case.time_column or use_case.time_column not in judged.rows.types:
        return None
    times = judged.column(use_case.time_column)
    first, last = np.datetime_as_string([times.min(), times.max()], unit="s")
    return str(first), str(last)
