"""The models that compete, each kind with its own settings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from penstock.use_case.base import Settings


class XgboostSettings(Settings):
    """Settings of XGBoost; the names are the library's own."""

    rounds: int = Field(default=200, ge=1)
    """Most trees to boost."""
    early_stopping_rounds: int = Field(default=20, ge=0)
    """Rounds without a better validation score after which boosting stops; 0: never."""
    max_depth: int = Field(default=6, ge=0)
    learning_rate: float = Field(default=0.3, gt=0)
    min_child_weight: float = Field(default=1.0, ge=0)
    subsample: float = Field(default=1.0, gt=0, le=1)
    colsample_bytree: float = Field(default=1.0, gt=0, le=1)
    gamma: float = Field(default=0.0, ge=0)
    reg_alpha: float = Field(default=0.0, ge=0)
    reg_lambda: float = Field(default=1.0, ge=0)
    max_bin: int = Field(default=256, ge=2)
    max_delta_step: float = Field(default=0.0, ge=0)
    tree_method: Literal["hist", "exact", "approx"] = "hist"
    base_score: float | None = None
    """Prediction before the first tree; None: estimated from the rows."""
    random_state: int | None = None
    """None: the seed of the run."""
    balance: bool = False
    """Weigh positives by negatives per positive (scale_pos_weight); weights per class otherwise."""
    eval_metric: str | None = None
    """Metric for early stopping; None: the one nearest to the use case's metric."""


class LogisticRegressionSettings(Settings):
    """Settings of scikit-learn's LogisticRegression, and of Ridge where the task is regression."""

    c: float = Field(default=1.0, gt=0)
    """Inverse strength of regularisation."""
    max_iterations: int = Field(default=300, ge=1)
    balance: bool = False
    """Weigh classes by their inverse frequency."""
    random_state: int | None = None
    """None: the seed of the run."""


class RandomForestSettings(Settings):
    """Settings of scikit-learn's RandomForestClassifier and RandomForestRegressor."""

    trees: int = Field(default=100, ge=1)
    max_depth: int | None = Field(default=None, ge=1)
    min_samples_leaf: int = Field(default=1, ge=1)
    max_features: Literal["sqrt", "log2"] | float | None = "sqrt"
    max_samples: float | None = Field(default=None, gt=0, le=1)
    balance: bool = False
    """Weigh classes by their inverse frequency."""
    random_state: int | None = None
    """None: the seed of the run."""


class ConstantSettings(Settings):
    """The constant baseline has no settings: it answers the mean, or each class's frequency."""


class _Candidate(Settings):
    enabled: bool = True
    """Whether a run tries it unless asked otherwise by name."""
    standardise: bool = False
    """Whether features are brought to mean 0 and deviation 1, measured on the training rows."""
    refit: bool = False
    """Whether it is trained once more, if picked, on training and validation rows together."""


class XgboostCandidate(_Candidate):
    """Gradient boosted trees."""

    kind: Literal["xgboost"]
    settings: XgboostSettings = XgboostSettings()


class LogisticRegressionCandidate(_Candidate):
    """A linear model."""

    kind: Literal["logistic_regression"]
    standardise: bool = True
    settings: LogisticRegressionSettings = LogisticRegressionSettings()


class RandomForestCandidate(_Candidate):
    """Bagged trees."""

    kind: Literal["random_forest"]
    settings: RandomForestSettings = RandomForestSettings()


class ConstantCandidate(_Candidate):
    """The baseline that every other candidate must beat."""

    kind: Literal["constant"]
    settings: ConstantSettings = ConstantSettings()


Candidate = Annotated[
    XgboostCandidate | LogisticRegressionCandidate | RandomForestCandidate | ConstantCandidate,
    Field(discriminator="kind"),
]

KINDS = ("xgboost", "logistic_regression", "random_forest", "constant")


def name_gives_kind(candidates: Any) -> Any:
    """Let a candidate that is called like its kind leave `kind` out."""
    if not isinstance(candidates, dict):
        return candidates
    return {
        name: {"kind": name, **(value or {})}
        if name in KINDS and isinstance(value, dict | None)
        else value
        for name, value in candidates.items()
    } | ({} if "constant" in candidates else {"constant": {"kind": "constant"}})
