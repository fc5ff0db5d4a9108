"""Compares a candidate with the champion on the rows that both have scores for."""

from dataclasses import replace

import numpy as np

from components.evaluation.bootstrap import Resampling
from components.evaluation.comparison.champion import ChampionScores, served_by_both
from components.evaluation.comparison.comparison import (
    Comparison,
    first,
    incomparable,
    judge_difference,
)
from components.evaluation.comparison.paired import deciding_units, paired_differences
from components.evaluation.panel import Judged, statistics_of
from components.evaluation.statistic import Integers
from penstock.use_case import UseCase


def compare(
    use_case: UseCase, judged: Judged, champion: ChampionScores | None, resampling: Resampling
) -> Comparison:
    """Return what the rows say about the candidate against the champion.

    Args:
        use_case: Its metrics and its rule.
        judged: The rows with the candidate's scores.
        champion: The same rows with the champion's; None: there is none.
        resampling: Of the candidate's own intervals; the rule's confidence takes the place of its
            confidence.
    """
    if champion is None:
        return first(use_case, len(judged.truth))
    if champion.judged is None:
        return incomparable(use_case, champion.name, champion.reason)
    served = served_by_both(judged, champion.judged)
    if not served.any():
        return incomparable(use_case, champion.name, "no row has a score of both")
    mine, other, units = judged, champion.judged, resampling.units
    if not served.all():
        rows = np.flatnonzero(served)
        mine, other = part_of(judged, rows), part_of(champion.judged, rows)
        if units is not None:
            units = np.unique(units[rows], return_inverse=True)[1].astype(np.int64)
    drawn = replace(resampling, confidence=use_case.champion.confidence, units=units)
    differences = paired_differences(
        statistics_of(use_case, mine),
        statistics_of(use_case, other),
        len(mine.truth),
        drawn,
        deciding_units(mine, units),
    )
    return judge_difference(use_case, champion.name, differences, len(mine.truth))


def part_of(judged: Judged, rows: Integers) -> Judged:
    """Return some of the judged rows.

    Args:
        judged: The rows.
        rows: Indices into `truth` and `scores`, rising.
    """
    threshold = judged.threshold
    return replace(
        judged,
        truth=judged.truth[rows],
        scores=judged.scores[rows],
        threshold=threshold[rows] if isinstance(threshold, np.ndarray) else threshold,
        kept=rows if judged.kept is None else judged.kept[rows],
    )
