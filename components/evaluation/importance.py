"""The features that move the model's answers most."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from components.evaluation.statistic import Floats
from components.training.rows import Rows
from components.training.scorer import Scorer
from components.training.segments.bundle_scorer import BundleScorer

_SAMPLE_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Importance:
    """How strong each feature is.

    Attributes:
        method: What was measured, in words.
        strength: Of each feature, strongest first; shares of the whole.
        gain: XGBoost's total gain as shares, by feature; empty for other kinds.
    """

    method: str
    strength: dict[str, float]
    gain: dict[str, float]


def importance_of(scorer: Scorer | BundleScorer, rows: Rows) -> Importance | None:
    """Measure the features' strength on a sample of rows; None for the constant baseline.

    XGBoost: mean absolute exact Shapley value (TreeSHAP, Lundberg et al. 2020) in log-odds or the
    target's unit. Linear models: mean absolute contribution. Forests: decrease of impurity.
    """
    names = scorer.manifest.feature_names
    if isinstance(scorer, BundleScorer):
        return _importance_in_bundle(scorer, rows)
    kind = scorer.manifest.kind
    if kind == "constant":
        return None
    if kind == "random_forest":
        strength = np.asarray(scorer.model.feature_importances_)
        return Importance("mean decrease of impurity", _ranked(names, strength), {})
    sample = _sample(scorer, rows)
    if kind == "logistic_regression":
        coefficients = np.atleast_2d(scorer.model.coef_)
        strength = (np.abs(sample).mean(axis=0) * np.abs(coefficients)).sum(axis=0)
        return Importance("mean absolute contribution", _ranked(names, strength), {})
    import xgboost as xgb

    contributions = scorer.model.predict(xgb.DMatrix(sample), pred_contribs=True)
    strength = np.abs(contributions).mean(axis=0)
    if strength.ndim == 2:
        strength = strength.sum(axis=0)
    gains = scorer.model.get_score(importance_type="total_gain")
    gain = np.array([gains.get(f"f{index}", 0.0) for index in range(len(names))])
    return Importance(
        f"mean absolute Shapley value over {len(sample)} rows",
        _ranked(names, strength[:-1]),
        _ranked(names, gain),
    )


def _importance_in_bundle(scorer: BundleScorer, rows: Rows) -> Importance | None:
    """Measure by the model that serves each row; models without Shapley values are left out."""
    parts = []
    step, start = max(1, -(-rows.count // _SAMPLE_ROWS)), 0
    for batch in rows.batches(scorer.needed_columns):
        taken = batch.take(np.arange(-start % step, batch.num_rows, step))
        found = scorer.contributions(taken) if taken.num_rows else None
        if found is not None:
            parts.append(found[np.isfinite(found).all(axis=1)])
        start += batch.num_rows
    if not parts:
        return None
    whole = np.concatenate(parts)
    return Importance(
        f"mean absolute Shapley value over {len(whole)} rows, each by its segment's model",
        _ranked(scorer.manifest.feature_names, np.abs(whole).mean(axis=0)),
        {},
    )


def _sample(scorer: Scorer, rows: Rows) -> Any:
    """Return evenly spaced rows as the model sees them."""
    step = max(1, -(-rows.count // _SAMPLE_ROWS))
    parts, start = [], 0
    for batch in rows.batches(scorer.manifest.feature_names):
        first = -start % step
        parts.append(scorer.inputs(batch)[first::step])
        start += batch.num_rows
    return np.concatenate(parts)


def _ranked(names: tuple[str, ...], strength: Floats) -> dict[str, float]:
    total = float(strength.sum()) or 1.0
    order = np.argsort(-strength, kind="stable")
    return {names[index]: float(strength[index]) / total for index in order}
