"""Scores of each segment: a model may be good on the whole and bad where it matters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from components.evaluation.panel import Judged, statistics_of
from penstock.use_case import UseCase
from penstock.use_case.evaluation import Evaluation

SHOWN = {
    "binary": ("roc_auc", "average_precision", "precision", "recall", "brier"),
    "multiclass": ("accuracy", "macro_f1", "log_loss"),
    "regression": ("rmse", "mae", "r2"),
}
"""Metrics shown for each segment, by task."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment.

    Attributes:
        name: The value of the segment column.
        rows: How many test rows it holds.
        mean_target: Share of positives or mean of the target; None for several classes.
        metrics: Those of `SHOWN`; NaN where the segment does not define one.
    """

    name: str
    rows: int
    mean_target: float | None
    metrics: dict[str, float]


def segments_of(use_case: UseCase, judged: Judged, most: int) -> Sequence[Segment]:
    """Return the largest segments, largest first; none where no segment column is set.

    A column of personal data is never shown.
    """
    column = use_case.segment
    if not column or column in use_case.pii_columns or not most:
        return []
    values = judged.column(column)
    distinct, codes = np.unique(values.astype(str), return_inverse=True)
    sizes = np.bincount(codes)
    plain = use_case.model_copy(update={"evaluation": Evaluation()})
    found = []
    for index in np.argsort(-sizes, kind="stable")[:most]:
        here = np.flatnonzero(codes == index)
        part = replace(judged, truth=judged.truth[here], scores=judged.scores[here], kept=None)
        ones = np.ones(len(here))
        metrics: dict[str, float] = {}
        for statistic in statistics_of(plain, part):
            metrics.update(statistic(ones))
        task = judged.labels.task
        found.append(
            Segment(
                str(distinct[index]),
                len(here),
                None if task == "multiclass" else float(part.truth.mean()),
                {name: metrics[name] for name in SHOWN[task]},
            )
        )
    return found
