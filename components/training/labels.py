"""The target as numbers: the index of a class, or a quantity."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from components.training.rows import Rows
from penstock.errors import DataError, Problem

Task = Literal["binary", "multiclass", "regression"]
Label = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Labels:
    """How a target is read.

    Attributes:
        task: What is predicted.
        target: The column.
        classes: Values of the classes in the order of their index; for `binary` the second is the
            positive one; empty for `regression`.
    """

    task: Task
    target: str
    classes: tuple[Label, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The classes as people read them."""
        return tuple(str(label) for label in self.classes)

    def read(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Return the index of each row's class, or its quantity, shape (n_rows,).

        Raises:
            DataError: The column is missing, holds a null, or a class unknown in training.
        """
        values = target_values(rows, self.target)
        if self.task == "regression":
            return np.asarray(values, dtype=np.float64)
        known = {_plain(label): float(index) for index, label in enumerate(self.classes)}
        distinct, codes = np.unique(values, return_inverse=True)
        strange = [value for value in distinct.tolist() if _plain(value) not in known]
        if strange:
            raise DataError(
                Problem(
                    f"the target {self.target!r} holds {_listed(strange)}, not among the classes "
                    f"{_listed(self.classes)}.",
                    str(rows.folders[0]),
                    "Let the training rows hold every class, or leave those rows out.",
                )
            )
        indices = np.array([known[_plain(value)] for value in distinct.tolist()], dtype=np.float64)
        return indices[codes] if len(indices) else np.empty(0)


def labels_of(task: Task, target: str, positive_label: Label, rows: Rows) -> Labels:
    """Find the classes in the training rows.

    Raises:
        DataError: There are no rows, the target is missing or holds a null, there is one class
            only, or a binary target holds more than two.
    """
    place = str(rows.folders[0])
    if not rows.count:
        raise DataError(Problem("there are no training rows.", place, "Widen the training window."))
    values = target_values(rows, target)
    if task == "regression":
        return Labels(task, target, ())
    distinct = np.unique(values).tolist()
    if len(distinct) < 2:
        raise DataError(
            Problem(
                f"every training row has {target} = {distinct[0]}; a model needs two classes.",
                place,
                "Widen the training window or check the label.",
            )
        )
    if task == "multiclass":
        return Labels(task, target, tuple(distinct))
    negative = [value for value in distinct if _plain(value) != _plain(positive_label)]
    if len(negative) != 1 or len(distinct) != 2:
        raise DataError(
            Problem(
                f"the target {target!r} holds {_listed(distinct)}; a binary task needs the "
                f"positive label {positive_label!r} and one other value.",
                place,
                "Set positive_label in the use case, or task: multiclass.",
            )
        )
    return Labels(task, target, (negative[0], positive_label))


def target_values(rows: Rows, target: str) -> npt.NDArray[Any]:
    """Return the target as it stands, shape (n_rows,).

    Raises:
        DataError: The column is missing or holds a null.
    """
    place = str(rows.folders[0])
    if not rows.count:
        return np.empty(0)
    if target not in rows.types:
        raise DataError(
            Problem(
                f"the target {target!r} is missing.",
                place,
                f"The columns are: {', '.join(rows.types) or 'none'}.",
            )
        )
    column = rows.column(target)
    if column.null_count:
        raise DataError(
            Problem(
                f"{column.null_count} of {rows.count} rows have no {target}.",
                place,
                "Leave them out in the feature SQL, or set nullable: false on the column.",
            )
        )
    values: npt.NDArray[Any] = column.to_numpy()
    return values


def _plain(value: object) -> object:
    """Let 1, 1.0 and true be one label."""
    return float(value) if isinstance(value, bool | int | float) else value


def _listed(values: Sequence[object]) -> str:
    shown = ", ".join(str(value) for value in values[:10])
    return shown + (f" and {len(values) - 10} more" if len(values) > 10 else "")
