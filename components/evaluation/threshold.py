"""The probability from which on a row counts as positive."""

import numpy as np

from components.evaluation.statistic import Floats
from penstock.use_case.evaluation import Threshold


def choose_threshold(settings: Threshold, positive: Floats, probability: Floats) -> float:
    """Choose the threshold by the policy, over all distinct probabilities of these rows.

    Args:
        settings: The policy.
        positive: 1 or 0, shape (n_rows,).
        probability: Of the positive class, shape (n_rows,).

    Returns:
        A probability of one of the rows; of equally good ones the highest. Above every probability
        where it costs least to call nothing positive. By `expected_cost` it depends on no row.
    """
    if settings.policy == "fixed":
        return settings.value
    if settings.policy == "expected_cost":
        both = settings.cost_false_positive + settings.cost_false_negative
        return settings.cost_false_positive / both if both else settings.value
    order = np.argsort(-probability, kind="stable")
    ordered = probability[order]
    ends = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
    hits = np.cumsum(positive[order])[ends]
    alarms = ends + 1 - hits
    missed = positive.sum() - hits
    if settings.policy == "maximise_f1":
        goodness = 2 * hits / np.maximum(2 * hits + alarms + missed, 1)
    else:
        goodness = -(alarms * settings.cost_false_positive + missed * settings.cost_false_negative)
        nothing = -positive.sum() * settings.cost_false_negative
        if nothing >= goodness.max():
            return float(np.nextafter(ordered[0], np.inf))
    return float(ordered[ends[int(np.argmax(goodness))]])
