"""How a model is judged: metrics, threshold, gates, report."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from penstock.use_case.base import Settings

Task = Literal["binary", "multiclass", "regression"]

METRICS: dict[str, tuple[str, ...]] = {
    "binary": (
        "roc_auc", "average_precision", "log_loss", "brier",
        "calibration_error", "accuracy", "precision", "recall", "f1",
    ),
    "multiclass": (
        "accuracy", "balanced_accuracy", "macro_f1", "macro_precision", "macro_recall",
        "macro_roc_auc", "macro_average_precision", "log_loss", "brier",
    ),
    "regression": ("rmse", "mae", "r2"),
}  # fmt: skip
"""The metrics of each task. Precision at k adds the names that the use case gives."""

CLASS_METRICS = ("precision", "recall", "f1", "roc_auc", "average_precision")
"""Of each class of a multi-class task: `class_<label>_f1` and so on."""

LESS_IS_BETTER = frozenset({"log_loss", "brier", "calibration_error", "rmse", "mae"})
"""Metrics of which the smallest value is the best."""


class Threshold(Settings):
    """Which score makes a case positive (binary tasks); chosen on the validation rows."""

    policy: Literal["maximise_f1", "fixed", "minimise_cost", "expected_cost"] = "maximise_f1"
    """`minimise_cost` finds the cheapest threshold on the validation rows; `expected_cost` takes
    the scores for probabilities: cost of a false positive over the sum of both costs."""
    value: float = Field(default=0.5, ge=0, le=1)
    """The threshold, where the policy is `fixed`."""
    cost_false_positive: float = Field(default=1.0, ge=0)
    """Cost of an alarm for nothing, by the policies of cost."""
    cost_false_negative: float = Field(default=10.0, ge=0)
    """Cost of a missed positive, by the policies of cost."""


class PrecisionAtK(Settings):
    """Share of true positives among the k groups with the highest scores, averaged over periods.

    Source: Fraud Detection Handbook, chapter 4, card precision top-k.
    """

    name: str
    """Name of the metric, such as `card_precision@100`."""
    group: str
    """Column whose values are ranked by their highest score; the entity or a key column."""
    per: Literal["day", "all"] = "day"
    """Period within which groups are ranked."""
    k: int = Field(ge=1)
    """Groups that can be looked at in one period."""
    exclude_found: bool = True
    """Whether a group found positive in an earlier period is left out of later ones."""


class KnownCompromised(Settings):
    """Entities known positive before a day are left out of that day's evaluation.

    On day d of a window that starts on day s, an entity is known if it has a positive on a day in
    [s - label delay - days, d - label delay). Source: Fraud Detection Handbook, chapter 3.
    """

    days: int = Field(ge=0)
    """Days before the window, the label delay apart, in which positives count as known."""


class Bootstrap(Settings):
    """Confidence intervals by resampling the test rows."""

    resamples: int = Field(default=200, ge=0)
    """Resamples; 0: no intervals."""
    confidence: float = Field(default=0.95, gt=0, lt=1)


class Evaluation(Settings):
    """What is measured on the test rows."""

    threshold: Threshold = Threshold()
    precision_at_k: list[PrecisionAtK] = []
    exclude_known: KnownCompromised | None = None
    """None: every test row counts."""
    bootstrap: Bootstrap = Bootstrap()


class Gate(Settings):
    """A condition on a test metric that the model must meet to be registered."""

    metric: str
    minimum: float | None = None
    maximum: float | None = None
    not_worse_than_baseline: bool = False
    """Whether the constant baseline's value is a limit as well."""


class Report(Settings):
    """What the report shows."""

    title: str = ""
    """Empty: the use case's name and description."""
    strongest_features: int = Field(default=15, ge=1)
    """Features shown, the strongest first."""
    segments: int = Field(default=20, ge=0)
    """Segments shown, the largest first."""
