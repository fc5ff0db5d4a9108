"""The live model, scoring the candidate's test rows."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.evaluation.panel import Judged
from components.evaluation.statistic import Floats
from components.training.scorer import Scorer, load_model
from components.training.segments.bundle_scorer import BundleScorer
from penstock.errors import DataError


@dataclass(frozen=True, slots=True)
class ChampionFolder:
    """The live model.

    Attributes:
        folder: Its model folder.
        name: Such as `fraud/3`.
    """

    folder: Path
    name: str


@dataclass(frozen=True, slots=True)
class ChampionScores:
    """What the champion says of rows.

    Attributes:
        name: Such as `fraud/3`.
        judged: The rows with its scores; None where it cannot score them.
        reason: Why it cannot; empty where it can.
        pooled: The rows with the scores of its pooled model alone, where it has one model per
            segment; None where it has no pooled one.
    """

    name: str
    judged: Judged | None
    reason: str = ""
    pooled: Judged | None = None

    def of_pooled(self) -> "ChampionScores":
        """Return what its pooled model says; one model for all counts as pooled."""
        if self.judged is None:
            return self
        if self.pooled is None:
            return ChampionScores(self.name, None, "it has no pooled model")
        return ChampionScores(self.name, self.pooled)


def score_by_champion(folder: Path, name: str, judged: Judged) -> ChampionScores:
    """Let the champion score the rows that the candidate was judged by.

    Args:
        folder: The champion's model folder.
        name: What messages call it.
        judged: The rows; their scores are not used.

    Raises:
        DataError: The champion's folder is damaged.
    """
    scorer = load_model(folder)
    labels = scorer.manifest.labels
    mine = (judged.labels.task, judged.labels.target, judged.labels.names)
    if (labels.task, labels.target, labels.names) != mine:
        return ChampionScores(name, None, "it predicts another target or other classes")
    try:
        judged.rows.check_features(scorer.manifest.feature_names)
    except DataError as error:
        return ChampionScores(name, None, error.problems[0].what.rstrip("."))
    whole = _scored(judged, scorer, _threshold(scorer, judged))
    if not isinstance(scorer, BundleScorer):
        return ChampionScores(name, whole, pooled=whole)
    if scorer.manifest.pooled is None:
        return ChampionScores(name, whole)
    alone = scorer.model(None)
    return ChampionScores(name, whole, pooled=_scored(judged, alone, alone.manifest.threshold))


def _scored(
    judged: Judged, scorer: Scorer | BundleScorer, threshold: "float | Floats | None"
) -> Judged:
    scores = scorer.score_rows(judged.rows)
    if judged.kept is not None:
        scores = scores[judged.kept]
    return replace(judged, scores=scores, threshold=threshold)


def served_by_both(candidate: Judged, champion: Judged) -> npt.NDArray[np.bool_]:
    """Return which rows both models have a score for, shape (n_rows,)."""
    return _served(candidate) & _served(champion)


def _served(judged: Judged) -> npt.NDArray[np.bool_]:
    scores = judged.scores if judged.scores.ndim == 1 else judged.scores[:, 0]
    return np.isfinite(scores)


def _threshold(scorer: Scorer | BundleScorer, judged: Judged) -> "float | Floats | None":
    if judged.labels.task != "binary":
        return None
    if isinstance(scorer, BundleScorer):
        return scorer.thresholds(judged.arrow(scorer.manifest.segment))
    return scorer.manifest.threshold
