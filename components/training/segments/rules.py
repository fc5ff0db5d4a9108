"""Which segments are too thin for a model of their own."""

from collections.abc import Mapping

import numpy as np

from components.training.labels import Labels
from components.training.rows import Rows
from penstock.use_case import UseCase
from penstock.use_case.candidates import Candidate
from penstock.use_case.segments import Segments


def why_thin(
    use_case: UseCase,
    candidates: Mapping[str, Candidate],
    labels: Labels,
    train: Rows,
    validation: Rows,
    *,
    validates: bool,
) -> str:
    """Return why the pooled model has to serve a segment; empty where it can have its own.

    A segment needs `minimum_rows` training rows, `minimum_positives` of each class (one at least),
    and, where there is something to choose, validation rows of two classes.

    Args:
        use_case: Its settings say how much is enough.
        candidates: What would compete.
        labels: The classes among all segments' rows.
        train: The segment's.
        validation: The segment's.
        validates: Whether the run has validation rows at all.

    Raises:
        DataError: A target is missing or is of no known class.
    """
    settings = use_case.segments or Segments()
    if train.count < max(settings.minimum_rows, 1):
        return f"{train.count} training rows, fewer than {settings.minimum_rows}"
    if labels.task != "regression":
        sizes = np.bincount(labels.read(train).astype(np.int64), minlength=len(labels.classes))
        rarest = int(sizes.argmin())
        least = max(settings.minimum_positives, 1)
        if sizes[rarest] < least:
            return (
                f"{int(sizes[rarest])} training rows with {labels.target} = {labels.names[rarest]}"
                f", fewer than {least}"
            )
    if not validates or not chooses(use_case, candidates):
        return ""
    if not validation.count:
        return "no validation rows to choose a model by"
    if labels.task != "regression":
        found = np.unique(labels.read(validation))
        if len(found) < 2:
            only = labels.names[int(found[0])]
            return (
                f"every one of the {validation.count} validation rows has {labels.target} = {only}"
                "; a model is chosen by two classes"
            )
    return ""


def chooses(use_case: UseCase, candidates: Mapping[str, Candidate]) -> bool:
    """Tell whether anything depends on validation rows.

    It is a choice between candidates, rounds to stop early at, or a threshold that is found on
    rows. The constant baseline is no choice.
    """
    contenders = [each for each in candidates.values() if each.kind != "constant"]
    stops = any(
        each.kind == "xgboost" and each.settings.early_stopping_rounds for each in contenders
    )
    found = use_case.task == "binary" and use_case.evaluation.threshold.policy in (
        "maximise_f1",
        "minimise_cost",
    )
    return len(contenders) > 1 or stops or found
