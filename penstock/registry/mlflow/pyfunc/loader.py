"""Loads a model folder for `mlflow.pyfunc.load_model`, by this file alone.

A copy of it lies beside every registered model. It needs NumPy, pandas, and what the model was made
with: XGBoost, or scikit-learn and skops. Nothing in the model folder is run, and anything but the
formats `penstock.model/1` and `penstock.bundle/1` is refused.

Scores are those of Penstock's own scorer to the last bit: the same values in the same precision go
into the same library.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_FILES = {
    "xgboost": "model.ubj",
    "logistic_regression": "model.skops",
    "random_forest": "model.skops",
    "constant": "constant.json",
}
_TRUSTED = ["sklearn.tree._tree.Tree"]
_ESTIMATORS = ("LogisticRegression", "Ridge", "RandomForestClassifier", "RandomForestRegressor")
_REMEDY = "Use a model that Penstock registered."


class PenstockModel:
    """What MLflow asks for predictions.

    Args:
        folder: The model folder.
    """

    def __init__(self, folder: Path) -> None:
        facts = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        self._facts = facts
        self._names = [each["name"] for each in facts["features"]]
        self._segment: str | None = None
        self._routes: dict[str, str | None] = {}
        if facts.get("format") == "penstock.model/1":
            payload = (folder / _FILES[facts["kind"]]).read_bytes()
            self._models = {None: _Single(facts, payload, folder)}
        elif facts.get("format") == "penstock.bundle/1":
            self._open_bundle(facts, folder)
        else:
            raise ValueError(f"{folder}: the format {facts.get('format')!r} is unknown. {_REMEDY}")

    def predict(self, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:  # noqa: ARG002  # the signature is MLflow's
        """Return the scores of rows.

        Args:
            model_input: The features by name, and the segment column of a model of several.
            params: None are known.

        Returns:
            The index of the rows, and the column `score`: for two classes the probability of the
            positive one, for regression the prediction in the target's unit. For more classes
            `score_<class>`, the probability of each. NaN where no model serves a segment.
        """
        wanted = self._names if self._segment is None else [*self._names, self._segment]
        missing = [name for name in wanted if name not in model_input.columns]
        if missing:
            raise ValueError(f"the rows lack the columns {', '.join(missing)}. Add them.")
        classes = self._facts["classes"] if self._facts["task"] == "multiclass" else []
        scores = np.full((len(model_input), max(1, len(classes))), np.nan)
        for model, rows in self._parts(model_input):
            found = model.score(model_input.iloc[rows])
            scores[rows] = found.reshape(len(rows), -1)
        columns = [f"score_{each}" for each in classes] or ["score"]
        return pd.DataFrame(scores, columns=columns, index=model_input.index)

    def _open_bundle(self, facts: Any, folder: Path) -> None:
        content = (folder / "models.bin").read_bytes()
        if hashlib.sha256(content).hexdigest() != facts["payload_sha256"]:
            raise ValueError(f"{folder}: the models are not those of the manifest. {_REMEDY}")
        common = {key: facts[key] for key in ("task", "target", "classes", "features")}
        self._segment = str(facts["segment"])
        self._models = {}
        stored = {None: facts["pooled"]}
        for name, segment in facts["segments"].items():
            if segment["served_by"] in ("own", "previous"):
                stored[name] = segment["model"]
                self._routes[name] = name
            else:
                self._routes[name] = None if segment["served_by"] == "pooled" else name
        for name, own in stored.items():
            if own is not None:
                payload = content[own["offset"] : own["offset"] + own["size"]]
                self._models[name] = _Single({**common, **own}, payload, folder)

    def _parts(self, rows: pd.DataFrame) -> Any:
        """Yield each model with the numbers of its rows."""
        if self._segment is None:
            if len(rows):
                yield self._models[None], np.arange(len(rows))
            return
        texts = [_as_text(each) for each in rows[self._segment].tolist()]
        places: dict[str | None, list[int]] = {}
        for number, text in enumerate(texts):
            places.setdefault(text, []).append(number)
        for text, numbers in places.items():
            route = None if text is None else self._routes.get(text)
            if route in self._models:
                yield self._models[route], np.array(numbers)


class _Single:
    """One model."""

    def __init__(self, facts: Any, payload: bytes, folder: Path) -> None:
        where = f"{folder}/{_FILES[facts['kind']]}"
        if hashlib.sha256(payload).hexdigest() != facts["payload_sha256"]:
            raise ValueError(f"{where}: the file is not the one of the manifest. {_REMEDY}")
        self._facts = facts
        self._names = [each["name"] for each in facts["features"]]
        self._predict = _predictor(facts, payload, where)

    def score(self, rows: pd.DataFrame) -> Any:
        """Return the scores of one row at least, as `PenstockModel.predict` has them."""
        facts, scaling = self._facts, self._facts["standardisation"]
        narrow = facts["kind"] in ("xgboost", "random_forest")
        block = np.empty((len(rows), len(self._names)), np.float64 if scaling else _type(narrow))
        for index, name in enumerate(self._names):
            block[:, index] = _numbers(rows[name])
        if scaling:
            block = (block - np.asarray(scaling["means"])) / np.asarray(scaling["scales"])
            block = block.astype(_type(narrow))
        if facts["fill"] is not None:
            np.nan_to_num(block, copy=False, nan=facts["fill"])
        scores = np.asarray(self._predict(block), dtype=np.float64)
        return scores[:, 1] if facts["task"] == "binary" and scores.ndim == 2 else scores


def _load_pyfunc(path: str) -> PenstockModel:
    """Return the model of a folder; MLflow calls it."""
    return PenstockModel(Path(path))


def _predictor(facts: Any, payload: bytes, where: str) -> Any:
    if facts["kind"] == "xgboost":
        import xgboost

        return xgboost.Booster(model_file=bytearray(payload)).inplace_predict
    if facts["kind"] == "constant":
        values = np.array(json.loads(payload)["values"], dtype=np.float64)
        if facts["task"] == "regression":
            return lambda block: np.full(len(block), values[0])
        return lambda block: np.tile(values, (len(block), 1))
    from skops import io

    strange = sorted(set(io.get_untrusted_types(data=payload)) - set(_TRUSTED))
    if strange:
        raise ValueError(f"{where}: it names {', '.join(strange)}, which may run code. {_REMEDY}")
    model = io.loads(payload, trusted=_TRUSTED)
    if type(model).__name__ not in _ESTIMATORS:
        raise ValueError(f"{where}: it holds a {type(model).__name__}. {_REMEDY}")
    return model.predict if facts["task"] == "regression" else model.predict_proba


def _type(narrow: bool) -> Any:
    return np.float32 if narrow else np.float64


def _numbers(column: Any) -> Any:
    if isinstance(column.dtype, np.dtype) and column.dtype != object:
        return column.to_numpy()
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _as_text(value: Any) -> str | None:
    """Return a segment as text, as DuckDB writes it; None where it is missing."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, float) else str(value)
