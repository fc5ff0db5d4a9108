"""XGBoost, out of Parquet batches in single precision, interruptible."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from components.training.boosting_matrix import boosting_matrix
from components.training.checkpoints import CandidateCheckpoints
from components.training.outcome import Fitted, Task
from components.training.standardisation import Standardisation, measure
from penstock.use_case.candidates import XgboostCandidate, XgboostSettings

if TYPE_CHECKING:
    import xgboost as xgb

ROUNDS_PER_SEGMENT = 50
"""A checkpoint is written after so many rounds."""

_HIGHER_IS_BETTER = ("auc", "aucpr", "pre", "map", "ndcg")
_NEAREST_METRIC = {
    "roc_auc": "auc",
    "rmse": "rmse",
    "mae": "mae",
    "r2": "rmse",
    "brier": "rmse",
    "log_loss": "logloss",
    "accuracy": "logloss",
}
_BEST_SCORE, _BEST_ROUND = "penstock_best_score", "penstock_best_round"


def fit_boosting(
    candidate: XgboostCandidate,
    task: Task,
    *,
    metric: str,
    rounds: int | None = None,
    checkpoints: CandidateCheckpoints | None = None,
) -> Fitted:
    """Boost trees until the validation score stops getting better.

    The bytes depend on the rows, their order, the settings and the seed; not on the number of
    threads, nor on an interruption between two checkpoints.

    Args:
        candidate: The settings.
        task: What to learn.
        metric: The use case's metric, which the early-stopping metric follows.
        rounds: Boost exactly so many trees, whatever the settings say.
        checkpoints: Where the state is kept.
    """
    settings = candidate.settings
    scaling = measure(task.rows, task.features) if candidate.standardise else None
    label = task.labels.read(task.rows)
    parameters = _parameters(settings, task, label, metric)
    weights = _class_weights(label) if _weighs_classes(settings, task) else None
    train = boosting_matrix(
        task.rows,
        task.features,
        label,
        settings,
        weights=weights,
        standardisation=scaling,
        threads=task.threads,
    )
    patience = settings.early_stopping_rounds
    watched = None
    if patience and rounds is None and task.validation is not None:
        watched = _watched(task, task.validation, scaling, settings, train)
    booster = _boost(
        parameters,
        train,
        watched,
        rounds=rounds or settings.rounds,
        patience=patience,
        checkpoints=checkpoints,
    )
    kept = booster.num_boosted_rounds()
    if watched is not None:
        kept = int(booster.attr(_BEST_ROUND) or 0) + 1
        booster = booster[:kept]
    booster.set_attr(**{_BEST_SCORE: None, _BEST_ROUND: None})
    return Fitted("xgboost", bytes(booster.save_raw("ubj")), kept, scaling)


def _boost(
    parameters: Mapping[str, Any],
    train: "xgb.DMatrix",
    watched: "xgb.DMatrix | None",
    *,
    rounds: int,
    patience: int,
    checkpoints: CandidateCheckpoints | None,
) -> "xgb.Booster":
    cache = [train] if watched is None else [train, watched]
    sampling = any(parameters[name] < 1 for name in ("subsample", "colsample_bytree"))
    higher = str(parameters["eval_metric"]).startswith(_HIGHER_IS_BETTER)
    saved = checkpoints.load_state() if checkpoints else None
    booster = _booster(parameters, cache, saved)
    start = booster.num_boosted_rounds()
    for number in range(start, rounds):
        if number > start and number % ROUNDS_PER_SEGMENT == 0:
            state = bytes(booster.save_raw("ubj"))
            if checkpoints:
                checkpoints.save_state(state)
            if sampling:  # XGBoost does not save its random state: start it anew, resumed or not
                booster = _booster(parameters, cache, state)
        booster.update(train, number)
        if watched is None:
            continue
        score = float(booster.eval_set([(watched, "validation")], number).rpartition(":")[2])
        best = booster.attr(_BEST_SCORE)
        if best is None or (score > float(best) if higher else score < float(best)):
            booster.set_attr(**{_BEST_SCORE: repr(score), _BEST_ROUND: str(number)})
        elif number - int(booster.attr(_BEST_ROUND) or 0) >= patience:
            break
    return booster


def _booster(
    parameters: Mapping[str, Any], cache: "list[xgb.DMatrix]", state: bytes | None
) -> "xgb.Booster":
    """Return a new booster, or one that goes on from a state with the seed of its segment."""
    import xgboost as xgb

    if state is None:
        return xgb.Booster(dict(parameters), cache)
    reached = xgb.Booster(model_file=bytearray(state)).num_boosted_rounds()
    seed = parameters["seed"] + reached // ROUNDS_PER_SEGMENT
    return xgb.Booster({**parameters, "seed": seed}, cache, model_file=bytearray(state))


def _watched(
    task: Task, rows: Any, scaling: Standardisation | None, settings: XgboostSettings, train: Any
) -> "xgb.DMatrix":
    label = task.labels.read(rows)
    return boosting_matrix(
        rows,
        task.features,
        label,
        settings,
        standardisation=scaling,
        reference=train,
        threads=task.threads,
    )


def _parameters(
    settings: XgboostSettings, task: Task, label: npt.NDArray[np.float64], metric: str
) -> dict[str, Any]:
    own = settings.model_dump(
        exclude={"rounds", "early_stopping_rounds", "balance", "random_state", "eval_metric"},
        exclude_none=True,
    )
    if settings.tree_method == "exact":
        del own["max_bin"]
    kind = task.labels.task
    objective = {
        "binary": "binary:logistic",
        "multiclass": "multi:softprob",
        "regression": "reg:squarederror",
    }[kind]
    if kind == "multiclass":
        own["num_class"] = len(task.labels.classes)
    elif kind == "binary" and settings.balance:
        positives = float(label.sum())
        own["scale_pos_weight"] = (len(label) - positives) / positives
    seed = task.seed if settings.random_state is None else settings.random_state
    return (
        own
        | {
            "objective": objective,
            "seed": seed,
            "eval_metric": settings.eval_metric or _stopping_metric(kind, metric),
            "verbosity": 0,
        }
        | ({"nthread": task.threads} if task.threads else {})
    )


def _stopping_metric(kind: str, metric: str) -> str:
    if kind == "multiclass":
        return "mlogloss"
    if kind == "regression":
        return _NEAREST_METRIC.get(metric, "rmse")
    return _NEAREST_METRIC.get(metric, "aucpr")


def _weighs_classes(settings: XgboostSettings, task: Task) -> bool:
    return settings.balance and task.labels.task == "multiclass"


def _class_weights(label: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    codes = label.astype(np.int64)
    counts = np.bincount(codes)
    weights: npt.NDArray[np.float64] = len(label) / (np.count_nonzero(counts) * counts[codes])
    return weights
