"""Curves as points: ROC, precision-recall, distributions."""

from dataclasses import dataclass

import numpy as np

from components.evaluation.statistic import Floats

_MOST_POINTS = 200


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a curve and the threshold at each; all of shape (n_points,)."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    thresholds: tuple[float, ...]


def roc_curve(positive: Floats, scores: Floats) -> Curve:
    """Return false against true positive rates by falling threshold, at most 200 points.

    The first point, (0, 0), has the least threshold that calls nothing positive: 1 for
    probabilities. Every threshold is finite.
    """
    hits, alarms, thresholds = _counts(positive, scores)
    above = max(1.0, float(np.nextafter(thresholds[0], np.inf)))
    x = np.concatenate([[0.0], alarms / alarms[-1]])
    y = np.concatenate([[0.0], hits / hits[-1]])
    return _thinned(x, y, np.concatenate([[above], thresholds]))


def precision_recall_curve(positive: Floats, scores: Floats) -> Curve:
    """Return recall against precision by falling threshold, at most 200 points."""
    hits, alarms, thresholds = _counts(positive, scores)
    return _thinned(hits / hits[-1], hits / (hits + alarms), thresholds)


def distribution(values: Floats, edges: Floats) -> Floats:
    """Return the share of the values in each bin, shape (n_edges - 1,)."""
    counts = np.histogram(np.clip(values, edges[0], edges[-1]), bins=edges)[0]
    return counts / max(len(values), 1)


def _counts(positive: Floats, scores: Floats) -> tuple[Floats, Floats, Floats]:
    """Return true and false positives at each distinct score, highest first."""
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    ends = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
    hits = np.cumsum(positive[order])[ends]
    return hits, ends + 1 - hits, ordered[ends]


def _thinned(x: Floats, y: Floats, thresholds: Floats) -> Curve:
    """Keep points that are evenly spaced along the curve, the ends among them."""
    if len(x) > _MOST_POINTS:
        steps = np.abs(np.diff(x)) + np.abs(np.diff(y))
        along = np.concatenate([[0.0], np.cumsum(steps)])
        wanted = np.linspace(0, along[-1], _MOST_POINTS)
        kept = np.unique(np.clip(np.searchsorted(along, wanted), 0, len(x) - 1))
        x, y, thresholds = x[kept], y[kept], thresholds[kept]
    return Curve(tuple(x.tolist()), tuple(y.tolist()), tuple(thresholds.tolist()))
