"""Fit every candidate, measure each on the validation rows, pick the best."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from components.evaluation.panel import Judged, statistics_of
from components.evaluation.threshold import choose_threshold
from components.training.boosting import fit_boosting
from components.training.checkpoints import CandidateCheckpoints, fingerprint
from components.training.classical import fit_constant, fit_forest, fit_linear
from components.training.labels import labels_of
from components.training.manifest import Feature, Manifest
from components.training.outcome import Fitted, Task
from components.training.rows import Rows
from components.training.scorer import scorer_of
from penstock.data.digest import content_digest
from penstock.errors import DataError, Problem
from penstock.use_case import UseCase
from penstock.use_case.candidates import Candidate
from penstock.use_case.evaluation import LESS_IS_BETTER


@dataclass(frozen=True, slots=True)
class Entry:
    """A candidate with its result.

    Attributes:
        name: In the use case.
        manifest: Of its model.
        payload: Its model file.
        scores: Metrics on the rows of `measured_on`; None where these rows do not define one.
    """

    name: str
    manifest: Manifest
    payload: bytes
    scores: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a competition.

    Attributes:
        entries: Every candidate, in the use case's order.
        best: The one picked, refitted where its settings ask for that.
        measured_on: `validation`, or `train` where there are no validation rows.
    """

    entries: Sequence[Entry]
    best: Entry
    measured_on: str


def compete(
    use_case: UseCase,
    candidates: Mapping[str, Candidate],
    train: Rows,
    validation: Rows,
    *,
    seed: int,
    checkpoints: Path | None,
    threads: int | None = None,
) -> Result:
    """Run the competition.

    Without validation rows there is nothing to choose by: then one candidate beside the constant
    is allowed, it is taken, and its scores and threshold come from the training rows.

    Args:
        use_case: The settings.
        candidates: What competes, by name.
        train: Rows to learn from.
        validation: Rows to stop early, choose the model and its threshold on.
        seed: Of everything random.
        checkpoints: Folder that survives an interruption, or None.
        threads: To learn with; None: one a processor.

    Raises:
        DataError: The rows do not fit the use case.
    """
    if not train.count:
        raise DataError(
            Problem(
                "there are no training rows.", str(train.folders[0]), "Widen the training window."
            )
        )
    train.check_features(use_case.features)
    labels = labels_of(use_case.task, use_case.target, use_case.positive_label, train)
    watched = validation if validation.count else None
    contenders = [name for name, each in candidates.items() if each.kind != "constant"]
    if watched is None and len(contenders) > 1:
        raise DataError(
            Problem(
                f"there are no validation rows to choose between {', '.join(contenders)} by.",
                str(validation.folders[0]),
                "Set split.validation_days, or name one candidate.",
            )
        )
    if watched is not None:
        watched.check_features(use_case.features)
    task = Task(tuple(use_case.features), labels, train, watched, seed, threads)
    facts = training_facts(use_case, train, validation, seed) if checkpoints else {}
    judged_on = watched or train
    truth = labels.read(judged_on)
    entries = []
    for name, candidate in candidates.items():
        kept = _checkpoints(checkpoints, facts, name, candidate)
        fitted = _fit(candidate, task, use_case.metric, kept)
        entries.append(_entry(use_case, name, fitted, task, judged_on=judged_on, truth=truth))
    best = _pick(use_case, entries, contenders if watched is None else None)
    candidate = candidates[best.name]
    if candidate.refit and watched is not None:
        both = train.followed_by(validation)
        kept = _checkpoints(
            checkpoints, facts | {"refit": best.manifest.rounds}, best.name, candidate
        )
        fitted = _fit(
            candidate,
            replace(task, rows=both, validation=None),
            use_case.metric,
            kept,
            rounds=best.manifest.rounds,
        )
        manifest = _manifest(
            use_case, best.name, fitted, task, rows=both, threshold=best.manifest.threshold
        )
        best = replace(best, manifest=manifest, payload=fitted.payload)
    return Result(entries, best, "train" if watched is None else "validation")


def _fit(
    candidate: Candidate,
    task: Task,
    metric: str,
    checkpoints: CandidateCheckpoints | None,
    rounds: int | None = None,
) -> Fitted:
    finished = checkpoints.load_finished() if checkpoints else None
    if finished is not None:
        return finished
    if candidate.kind == "xgboost":
        fitted = fit_boosting(
            candidate, task, metric=metric, rounds=rounds, checkpoints=checkpoints
        )
    elif candidate.kind == "logistic_regression":
        fitted = fit_linear(candidate, task)
    elif candidate.kind == "random_forest":
        fitted = fit_forest(candidate, task)
    else:
        fitted = fit_constant(candidate, task)
    if checkpoints:
        checkpoints.save_finished(fitted)
    return fitted


def _entry(
    use_case: UseCase, name: str, fitted: Fitted, task: Task, *, judged_on: Rows, truth: Any
) -> Entry:
    manifest = _manifest(use_case, name, fitted, task, rows=task.rows, threshold=None)
    scores = scorer_of(manifest, fitted.payload).score_rows(judged_on)
    if task.labels.task == "binary":
        threshold = choose_threshold(use_case.evaluation.threshold, truth, scores)
        manifest = replace(manifest, threshold=threshold)
    judged = Judged(judged_on, task.labels, truth, scores, manifest.threshold)
    ones = np.ones(len(truth))
    values: dict[str, float] = {}
    for statistic in statistics_of(use_case, judged):
        values.update(statistic(ones))
    defined = {metric: value if np.isfinite(value) else None for metric, value in values.items()}
    return Entry(name, manifest, fitted.payload, defined)


def _pick(use_case: UseCase, entries: Sequence[Entry], only: Sequence[str] | None) -> Entry:
    """Return the entry with the best value of the use case's metric, the first of equals."""
    allowed = [entry for entry in entries if not only or entry.name in only]
    sign = -1.0 if use_case.metric in LESS_IS_BETTER else 1.0

    def goodness(entry: Entry) -> float:
        value = entry.scores.get(use_case.metric)
        return float("-inf") if value is None else sign * value

    best = max(allowed, key=goodness)
    if goodness(best) == float("-inf"):  # nothing to choose by: rather learned than constant
        return next((entry for entry in allowed if entry.manifest.kind != "constant"), best)
    return best


def _manifest(
    use_case: UseCase, name: str, fitted: Fitted, task: Task, *, rows: Rows, threshold: float | None
) -> Manifest:
    packages = {"xgboost": ["xgboost-cpu"], "constant": []}.get(
        fitted.kind, ["scikit-learn", "skops"]
    )
    return Manifest(
        candidate=name,
        kind=fitted.kind,
        use_case=f"{use_case.name}@{use_case.digest}",
        task=task.labels.task,
        target=task.labels.target,
        classes=task.labels.classes,
        threshold=threshold,
        features=tuple(Feature(column, rows.types[column]) for column in task.features),
        standardisation=fitted.standardisation,
        fill=fitted.fill,
        rounds=fitted.rounds,
        training=training_window(use_case, rows),
        seed=task.seed,
        libraries=versions_of(*packages, "numpy"),
        payload_sha256=hashlib.sha256(fitted.payload).hexdigest(),
    )


def versions_of(*packages: str) -> dict[str, str]:
    """Return the installed version of each package."""
    return {package: _version(package) for package in packages}


@cache
def _version(package: str) -> str:
    if package == "xgboost-cpu":  # the same module is published under two names
        import xgboost

        return str(xgboost.__version__)
    return version(package)


def training_window(use_case: UseCase, rows: Rows) -> dict[str, Any]:
    """Return the number of rows, and their first and last time where they have any."""
    window: dict[str, Any] = {"rows": rows.count}
    if use_case.time_column and use_case.time_column in rows.types:
        import pyarrow.compute

        pc: Any = pyarrow.compute  # Its functions are made at run time, out of checkers' sight.
        bounds = pc.min_max(rows.column(use_case.time_column))
        window |= {
            "from": bounds["min"].as_py().isoformat(),
            "to": bounds["max"].as_py().isoformat(),
        }
    return window


def training_facts(use_case: UseCase, train: Rows, validation: Rows, seed: int) -> dict[str, Any]:
    """Return what decides the result of a training, its candidates apart."""
    return {
        "use_case": use_case.reference,
        "train": [content_digest(folder) for folder in train.folders],
        "validation": [content_digest(folder) for folder in validation.folders],
        "seed": seed,
        "libraries": versions_of("xgboost-cpu", "scikit-learn", "skops"),
    }


def _checkpoints(
    folder: Path | None, facts: Mapping[str, Any], name: str, candidate: Candidate
) -> CandidateCheckpoints | None:
    if folder is None:
        return None
    whole = {**facts, "name": name, "settings": candidate.model_dump(mode="json")}
    return CandidateCheckpoints(folder, fingerprint(whole))
