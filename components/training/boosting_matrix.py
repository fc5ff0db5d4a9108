"""Rows as XGBoost takes them, without a second copy in memory."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from components.training.rows import Rows, block_of
from components.training.standardisation import Standardisation
from penstock.use_case.candidates import XgboostSettings

if TYPE_CHECKING:
    import xgboost as xgb

Floats = npt.NDArray[np.float64]
Block = npt.NDArray[np.float32]

_KEPT_BYTES = 1 << 30
"""Up to here the single-precision blocks stay in memory while XGBoost passes over them."""


def boosting_matrix(
    rows: Rows,
    features: Sequence[str],
    label: Floats,
    settings: XgboostSettings,
    *,
    weights: Floats | None = None,
    standardisation: Standardisation | None = None,
    reference: Any = None,
    threads: int | None = None,
) -> "xgb.DMatrix":
    """Build the matrix that the tree method needs.

    Histograms are built batch by batch: what stays is one byte or two a value. `exact` and
    `approx` need every value in memory.

    Args:
        rows: What to read.
        features: Columns, in order.
        label: Shape (n_rows,).
        weights: Weight of each row, or None.
        standardisation: Applied in double precision before values are rounded to single.
        settings: Tree method and number of bins.
        reference: The training matrix, whose bins a validation matrix shares.
        threads: To build it with; None: one a processor.
    """
    import xgboost as xgb

    def blocks() -> Iterator[Block]:
        for batch in rows.batches(features):
            if standardisation is None:
                yield block_of(batch, np.float32)
            else:
                block = standardisation.apply(block_of(batch, np.float64))
                yield block.astype(np.float32)

    if settings.tree_method != "hist":
        whole = np.concatenate([*blocks(), np.empty((0, len(features)), np.float32)])
        return xgb.DMatrix(whole, label=label, weight=weights, nthread=threads)
    source, kept = blocks, list[Block]()
    if rows.count * len(features) * 4 <= _KEPT_BYTES:
        kept += blocks()
        source = kept.__iter__
    batches = _batches_of(source, label, weights)
    matrix = xgb.QuantileDMatrix(batches, ref=reference, max_bin=settings.max_bin, nthread=threads)
    kept.clear()  # XGBoost holds on to the iterator for as long as to the matrix
    return matrix


def _batches_of(
    source: Callable[[], Iterator[Block]], label: Floats, weights: Floats | None
) -> "xgb.DataIter":
    import xgboost as xgb

    class Batches(xgb.DataIter):
        def __init__(self) -> None:
            super().__init__()
            self._start = 0
            self._blocks = source()

        def next(self, input_data: Callable[..., None]) -> bool:
            block = next(self._blocks, None)
            if block is None:
                return False
            here = slice(self._start, self._start + len(block))
            self._start = here.stop
            input_data(
                data=block, label=label[here], weight=None if weights is None else weights[here]
            )
            return True

        def reset(self) -> None:
            self._blocks, self._start = source(), 0

    return Batches()
