"""scikit-learn's rival techniques and the constant baseline."""

import json
from typing import Any

import numpy as np

from components.training.outcome import Fitted, Task
from components.training.skops_bytes import dump_estimator
from components.training.standardisation import measure
from penstock.use_case.candidates import (
    ConstantCandidate,
    LogisticRegressionCandidate,
    RandomForestCandidate,
)


def fit_linear(candidate: LogisticRegressionCandidate, task: Task) -> Fitted:
    """Fit a logistic regression, or a ridge regression where the task is regression.

    A missing value counts as the feature's mean. One thread: sums in another order would give other
    last digits.
    """
    from sklearn.linear_model import LogisticRegression, Ridge
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    settings = candidate.settings
    scaling = measure(task.rows, task.features)
    values = task.rows.matrix(task.features, np.float64)
    values -= scaling.means
    if candidate.standardise:
        values /= scaling.scales
    else:
        scaling = type(scaling)(scaling.means, (1.0,) * len(scaling.scales))
    np.nan_to_num(values, copy=False, nan=0.0)
    label = task.labels.read(task.rows)
    if task.labels.task == "regression":
        model: Any = Ridge(alpha=1 / settings.c)
    else:
        model = LogisticRegression(
            C=settings.c,
            max_iter=settings.max_iterations,
            class_weight="balanced" if settings.balance else None,
            random_state=_seed(settings.random_state, task),
        )
    with threadpool_limits(limits=1):
        model.fit(values, label)
    return Fitted("logistic_regression", dump_estimator(model), None, scaling, fill=0.0)


def fit_forest(candidate: RandomForestCandidate, task: Task) -> Fitted:
    """Fit a random forest; trees take missing values as they are."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    settings = candidate.settings
    values = task.rows.matrix(task.features, np.float32)
    scaling = measure(task.rows, task.features) if candidate.standardise else None
    if scaling is not None:
        values = scaling.apply(values).astype(np.float32)
    shared: dict[str, Any] = {
        "n_estimators": settings.trees,
        "max_depth": settings.max_depth,
        "min_samples_leaf": settings.min_samples_leaf,
        "max_features": settings.max_features,
        "max_samples": settings.max_samples,
        "random_state": _seed(settings.random_state, task),
        "n_jobs": task.threads or -1,
    }
    if task.labels.task == "regression":
        model: Any = RandomForestRegressor(**shared)
    else:
        weight = "balanced" if settings.balance else None
        model = RandomForestClassifier(**shared, class_weight=weight)
    model.fit(values, task.labels.read(task.rows))
    model.n_jobs = None  # how many threads fitted it is no part of the model
    return Fitted("random_forest", dump_estimator(model), None, scaling)


def fit_constant(candidate: ConstantCandidate, task: Task) -> Fitted:  # noqa: ARG001  # one signature for all kinds
    """Take each class's frequency, or the mean."""
    label = task.labels.read(task.rows)
    if task.labels.task == "regression":
        values = [float(label.mean())]
    else:
        counts = np.bincount(label.astype(np.int64), minlength=len(task.labels.classes))
        values = (counts / len(label)).tolist()
    return Fitted("constant", json.dumps({"values": values}).encode() + b"\n")


def _seed(random_state: int | None, task: Task) -> int:
    return task.seed if random_state is None else random_state
