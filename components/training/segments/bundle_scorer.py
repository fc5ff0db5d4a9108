"""Scores out of a bundle: each row by the model that serves its segment, in the rows' order."""

import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from components.training.rows import Rows, block_of
from components.training.scorer import Details, Scorer, check_columns, scorer_of
from components.training.segments.bundle import Bundle, Served
from components.training.segments.bundle_folder import Payload
from components.training.segments.values import rows_by_value

if TYPE_CHECKING:
    import pyarrow as pa

Floats = npt.NDArray[np.float64]

_CHUNK_ROWS = 1 << 16
_TOLD_SEGMENTS = 20
"""Unknown segments that are told by name; more are many."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of a batch that one segment holds.

    Attributes:
        segment: Its name; None where it is missing.
        rows: Their indices, rising.
        served_by: Which kind of model serves them.
        model: The segment whose model that is; None: the pooled one.
    """

    segment: str | None
    rows: npt.NDArray[np.int64]
    served_by: Served
    model: str | None


@dataclass(frozen=True, slots=True)
class BundleScorer:
    """A bundle ready to score; the interface is that of `Scorer`.

    Rows of a segment that the bundle does not know, or without one, go to the pooled model, and the
    first such rows of each segment are told on the error output. Where no model serves a segment,
    scores and thresholds are NaN. Models are loaded when their first row comes, and stay.

    Attributes:
        manifest: What the bundle is.
        place: Its folder, for messages.
    """

    manifest: Bundle
    place: str
    _payload: Payload
    _loaded: dict[str | None, Scorer] = field(default_factory=dict)
    _unknown: set[str | None] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def needed_columns(self) -> tuple[str, ...]:
        """Columns that rows must have to be scored."""
        names = self.manifest.feature_names
        return names if self.manifest.segment in names else (*names, self.manifest.segment)

    def score(self, rows: "pa.Table | pa.RecordBatch") -> Floats:
        """Score a table that has the needed columns among its own.

        Returns:
            As `Scorer.score`; NaN where no model serves a row.

        Raises:
            DataError: A column is missing, or a model is damaged.
        """
        check_columns(rows, self.needed_columns)
        batches = rows.to_batches(_CHUNK_ROWS) if hasattr(rows, "to_batches") else [rows]
        return self._gather([self._score(batch, self.groups(batch)) for batch in batches])

    def score_rows(self, rows: Rows) -> Floats:
        """Score Parquet files batch by batch."""
        return self._gather(
            [self._score(batch, self.groups(batch)) for batch in rows.batches(self.needed_columns)]
        )

    def score_details(self, batch: "pa.RecordBatch") -> Details:
        """Score a batch that has the needed columns among its own."""
        groups = self.groups(batch)
        return self._details(groups, self._score(batch, groups))

    def details_of(self, batch: "pa.RecordBatch", scores: Floats) -> Details:
        """Return what decides by scores that the bundle gave to a batch elsewhere."""
        return self._details(self.groups(batch), scores)

    def contributions(self, batch: "pa.RecordBatch") -> Floats | None:
        """Return what each feature adds to a row's margin, by the row's own model.

        Shape (n_rows, n_features); NaN in rows of a model that is not of XGBoost's trees. None
        where every row is such.
        """
        found = np.full((batch.num_rows, len(self.manifest.features)), np.nan)
        groups = self._served(self.groups(batch))
        trees = False
        for group, rows in _parts(_gathered(batch.select(self._names), groups), groups):
            part = self.model(group.model).contributions(rows)
            if part is not None:
                found[group.rows] = part
                trees = True
        return found if trees else None

    def payload(self, segment: str | None) -> bytes:
        """Return the file of a segment's own model, or of the pooled one; its digest is verified.

        Raises:
            DataError: The model is damaged.
        """
        return self._payload(segment)

    def model(self, segment: str | None) -> Scorer:
        """Return the scorer of a segment's own model; of the pooled one for None.

        Raises:
            DataError: The model is damaged.
            KeyError: The bundle holds no such model.
        """
        with self._lock:
            loaded = self._loaded.get(segment)
            if loaded is None:
                stored = self.manifest.models[segment]
                loaded = scorer_of(stored.manifest, self._payload(segment), self.place)
                if stored.manifest.kind == "xgboost":
                    # Starting threads takes longer than the few rows of a segment.
                    loaded.model.set_param({"nthread": 1})
                self._loaded[segment] = loaded
        return loaded

    def groups(self, batch: "pa.RecordBatch") -> list[Group]:
        """Return the rows of a batch by segment, each row once."""
        return list(self._groups(batch))

    def thresholds(self, segments: Any) -> Floats:
        """Return the score from which on each row counts as positive, shape (n_rows,).

        Args:
            segments: The segment column of the rows.
        """
        import pyarrow as pa

        whole = segments.combine_chunks() if isinstance(segments, pa.ChunkedArray) else segments
        batch = pa.RecordBatch.from_arrays([whole], names=[self.manifest.segment])
        return self._thresholds(self.groups(batch), batch.num_rows)

    def _thresholds(self, groups: Sequence[Group], rows: int) -> Floats:
        models = self.manifest.models
        thresholds = np.full(rows, np.nan)
        for group in self._served(groups):
            known = models[group.model].manifest.threshold
            thresholds[group.rows] = 0.5 if known is None else known
        return thresholds

    def _groups(self, batch: "pa.RecordBatch") -> Iterator[Group]:
        for name, rows in rows_by_value(batch.column(self.manifest.segment)):
            known = self.manifest.segments.get(name) if name is not None else None
            if known is None:
                self._tell(name, len(rows))
            served: Served = "pooled" if known is None else known.served_by
            if served == "pooled" and self.manifest.pooled is None:
                served = "none"
            yield Group(name, rows, served, name if served in ("own", "previous") else None)

    def _score(self, batch: "pa.RecordBatch", groups: Sequence[Group]) -> Floats:
        shape: tuple[int, ...] = (batch.num_rows,)
        if self.manifest.task == "multiclass":
            shape = (batch.num_rows, len(self.manifest.classes))
        scores = np.full(shape, np.nan)
        served = self._served(groups)
        gathered = _gathered(batch.select(self._names), served)
        plain: npt.NDArray[Any] | None = None
        start = 0
        for group, rows in _parts(gathered, served):
            scorer = self.model(group.model)
            end = start + len(group.rows)
            if not scorer.takes_plain_values:
                scores[group.rows] = scorer.score(rows)
            else:
                if plain is None:  # once for all groups: columns cost more than rows
                    plain = block_of(gathered, np.float32)
                scores[group.rows] = scorer.score_inputs(plain[start:end])
            start = end
        return scores

    def _served(self, groups: Sequence[Group]) -> list[Group]:
        return [group for group in groups if group.served_by != "none"]

    def _details(self, groups: Sequence[Group], scores: Floats) -> Details:
        models = np.full(len(scores), "", dtype=object)
        for group in groups:
            models[group.rows] = group.served_by
        thresholds = None
        if self.manifest.task == "binary":
            thresholds = self._thresholds(groups, len(scores))
        return Details(scores, thresholds, models.tolist())

    def _gather(self, parts: list[Floats]) -> Floats:
        if parts:
            return np.concatenate(parts)
        classes = len(self.manifest.classes)
        return np.empty((0, classes) if self.manifest.task == "multiclass" else 0)

    @property
    def _names(self) -> list[str]:
        return list(self.manifest.feature_names)

    def _tell(self, segment: str | None, rows: int) -> None:
        with self._lock:
            if segment in self._unknown or len(self._unknown) > _TOLD_SEGMENTS:
                return
            self._unknown.add(segment)
            many = len(self._unknown) > _TOLD_SEGMENTS
        named = f"{self.manifest.segment} {'is missing' if segment is None else repr(segment)}"
        serves = "the pooled model serves" if self.manifest.pooled else "no model serves"
        text = f"{named}: {serves} {rows} rows of a segment that was not trained."
        if many:
            text = "more segments were not trained than are told here."
        print(text, file=sys.stderr, flush=True)


def _parts(gathered: Any, groups: Sequence[Group]) -> Iterator[tuple[Group, Any]]:
    start = 0
    for group in groups:
        yield group, gathered.slice(start, len(group.rows))
        start += len(group.rows)


def _gathered(batch: "pa.RecordBatch", groups: Sequence[Group]) -> Any:
    """Return the rows of the groups, one group after the other."""
    if len(groups) == 1 and len(groups[0].rows) == batch.num_rows:
        return batch
    return batch.take(np.concatenate([np.empty(0, np.int64), *(group.rows for group in groups)]))
