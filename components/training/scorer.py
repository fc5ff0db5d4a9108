"""Scores out of a model folder: the only way a model is read, wherever it is used."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from components.training.manifest import MANIFEST, PAYLOADS, Manifest, read_facts, read_model
from components.training.rows import Rows, block_of
from components.training.segments.bundle import FORMAT as BUNDLE
from components.training.skops_bytes import load_estimator
from components.training.ubjson import check_object
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

    from components.training.segments.bundle_scorer import BundleScorer

Floats = npt.NDArray[np.float64]
Predict = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]

_CHUNK_ROWS = 1 << 16


@dataclass(frozen=True, slots=True)
class Details:
    """Scores of a batch and what decides by them.

    Attributes:
        scores: As `Scorer.score` gives them; NaN where no model serves a row.
        thresholds: Score from which on a row counts as positive, shape (n_rows,); None unless
            binary.
        models: Which model of a bundle scored each row (`own`, `pooled` or `previous`); None for a
            single model.
    """

    scores: Floats
    thresholds: Floats | None
    models: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Scorer:
    """A model ready to score.

    Attributes:
        manifest: What the model is.
        model: The library's own object: a Booster, an estimator, or None for the constant.
    """

    manifest: Manifest
    model: Any
    _predict: Predict

    def score(self, rows: "pa.Table | pa.RecordBatch") -> Floats:
        """Score a table that has the model's features among its columns.

        Returns:
            For `binary` the probability of the positive class, shape (n_rows,); for `multiclass`
            the probability of each class, shape (n_rows, n_classes); for `regression` the
            prediction in the target's unit, shape (n_rows,).

        Raises:
            DataError: A feature is missing.
        """
        check_columns(rows, self.manifest.feature_names)
        chosen = rows.select(list(self.manifest.feature_names))
        batches = chosen.to_batches(_CHUNK_ROWS) if hasattr(chosen, "to_batches") else [chosen]
        return self._gather([self._score_batch(batch) for batch in batches])

    def score_rows(self, rows: Rows) -> Floats:
        """Score Parquet files batch by batch; the features alone are read."""
        return self._gather(
            [self._score_batch(batch) for batch in rows.batches(self.manifest.feature_names)]
        )

    @property
    def needed_columns(self) -> tuple[str, ...]:
        """Columns that rows must have to be scored."""
        return self.manifest.feature_names

    def score_details(self, batch: "pa.RecordBatch") -> Details:
        """Score a batch that has the needed columns among its own."""
        scores = self._score_batch(batch.select(list(self.manifest.feature_names)))
        return self.details_of(batch, scores)

    def details_of(self, batch: "pa.RecordBatch", scores: Floats) -> Details:  # noqa: ARG002  # a bundle's depend on it
        """Return what decides by scores that the model gave to a batch elsewhere."""
        thresholds = None
        if self.manifest.task == "binary":
            known = self.manifest.threshold
            thresholds = np.full(len(scores), 0.5 if known is None else known)
        return Details(scores, thresholds, None)

    def contributions(self, batch: "pa.RecordBatch") -> Floats | None:
        """Return what each feature adds to a row's margin (log odds for binary tasks).

        Exact TreeSHAP. Shape (n_rows, n_features), in the order of the model's features; for
        several classes those of the class with the greatest score. None where the model is not of
        XGBoost's trees.
        """
        if self.manifest.kind != "xgboost":
            return None
        import xgboost as xgb

        block = self.inputs(batch.select(list(self.manifest.feature_names)))
        found = self.model.predict(xgb.DMatrix(block), pred_contribs=True)
        if found.ndim == 3:
            best = self._score_batch(batch.select(list(self.manifest.feature_names))).argmax(axis=1)
            found = found[np.arange(len(found)), best]
        return np.asarray(found[:, :-1], dtype=np.float64)

    def inputs(self, batch: "pa.RecordBatch") -> npt.NDArray[Any]:
        """Return what the model sees for a batch of the features, shape (n_rows, n_features)."""
        narrow = self.manifest.kind in ("xgboost", "random_forest")
        scaling = self.manifest.standardisation
        if scaling is None:
            block: npt.NDArray[Any] = block_of(batch, np.float32 if narrow else np.float64)
        else:
            block = scaling.apply(block_of(batch, np.float64))
            if narrow:
                block = block.astype(np.float32)
        if self.manifest.fill is not None:
            np.nan_to_num(block, copy=False, nan=self.manifest.fill)
        return block

    def _score_batch(self, batch: "pa.RecordBatch") -> Floats:
        if not batch.num_rows:
            return self._gather([])
        return self.score_inputs(self.inputs(batch))

    @property
    def takes_plain_values(self) -> bool:
        """Whether `inputs` only rounds the features to single precision."""
        known = self.manifest
        narrow = known.kind in ("xgboost", "random_forest")
        return narrow and known.standardisation is None and known.fill is None

    def score_inputs(self, block: npt.NDArray[Any]) -> Floats:
        """Score what `inputs` gave, one row at least."""
        scores = np.asarray(self._predict(block), dtype=np.float64)
        if self.manifest.task == "binary" and scores.ndim == 2:
            return scores[:, 1]
        return scores

    def _gather(self, parts: list[Floats]) -> Floats:
        if parts:
            return np.concatenate(parts)
        classes = len(self.manifest.classes)
        return np.empty((0, classes) if self.manifest.task == "multiclass" else 0)


def load_model(folder: Path) -> "Scorer | BundleScorer":
    """Load a model folder that `train` or `assemble` wrote. Nothing in it is run.

    Returns:
        The scorer of one model, or of a bundle of one model per segment: both have `manifest`,
        `needed_columns`, `score`, `score_rows`, `score_details`, `details_of` and `contributions`.

    Raises:
        DataError: The folder holds anything else, or something was changed since it was written.
    """
    facts = read_facts(folder)
    if isinstance(facts, dict) and facts.get("format") == BUNDLE:
        from components.training.segments.bundle_folder import read_bundle
        from components.training.segments.bundle_scorer import BundleScorer

        bundle, payload = read_bundle(folder)
        return BundleScorer(bundle, str(folder), payload)
    return scorer_of(*read_model(folder), place=str(folder))


def check_columns(rows: "pa.Table | pa.RecordBatch", names: Sequence[str]) -> None:
    """Refuse rows to score that lack a column.

    Raises:
        DataError: Columns are missing; each is listed.
    """
    missing = [name for name in names if name not in rows.schema.names]
    if missing:
        raise DataError(
            [
                Problem(f"the feature {name!r} is missing.", "rows to score", "Add the column.")
                for name in missing
            ]
        )


def scorer_of(manifest: Manifest, payload: bytes, place: str = MANIFEST) -> Scorer:
    """Make a scorer out of a manifest and its model file.

    Raises:
        DataError: The model file does not hold a model of the manifest's kind and width.
    """
    file = f"{place}/{PAYLOADS[manifest.kind]}"
    if manifest.kind == "xgboost":
        model, predict, width = _booster(payload, file)
    elif manifest.kind == "constant":
        model, predict, width = None, _constant(manifest, payload, file), len(manifest.features)
    else:
        model = load_estimator(payload, file)
        predict = model.predict if manifest.task == "regression" else model.predict_proba
        width = int(model.n_features_in_)
    if width != len(manifest.features):
        raise DataError(
            Problem(
                f"the model takes {width} features, the manifest names {len(manifest.features)}.",
                file,
                "Use a model that `train` wrote.",
            )
        )
    return Scorer(manifest, model, predict)


def _booster(payload: bytes, file: str) -> tuple[Any, Predict, int]:
    import xgboost as xgb

    try:
        check_object(payload)
        booster = xgb.Booster(model_file=bytearray(payload))
    except (ValueError, xgb.core.XGBoostError) as error:
        reason = str(error) if type(error) is ValueError else "XGBoost refuses it"
        raise DataError(
            Problem(
                f"the file is no XGBoost model in UBJSON: {reason}.",
                file,
                "Use a model that `train` wrote.",
            )
        ) from error
    return booster, booster.inplace_predict, booster.num_features()


def _constant(manifest: Manifest, payload: bytes, file: str) -> Predict:
    values = np.empty(0)
    try:
        values = np.array(json.loads(payload)["values"], dtype=np.float64)
        wanted = 1 if manifest.task == "regression" else len(manifest.classes)
        sound = values.shape == (wanted,) and all(map(math.isfinite, values))
    except (ValueError, KeyError, TypeError, RecursionError):
        sound = False
    if not sound:
        raise DataError(
            Problem("the file is no constant model.", file, "Use a model that `train` wrote.")
        )

    def predict(block: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if manifest.task == "regression":
            return np.full(len(block), values[0])
        return np.tile(values, (len(block), 1))

    return predict
