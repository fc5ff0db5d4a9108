"""`train` with one model per segment: from rows to the bundle and the candidates' scores."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from components.training.competition import training_window, versions_of
from components.training.manifest import Feature
from components.training.rows import Rows
from components.training.scores import FORMAT, scores_document
from components.training.segments.bundle import Bundle, BundledSegment, Served, StoredModel
from components.training.segments.bundle_folder import write_bundle
from components.training.segments.competition import SegmentsResult, compete_by_segment
from components.training.segments.result import SegmentResult
from penstock.use_case import UseCase
from penstock.use_case.candidates import Candidate


def train_segments(
    use_case: UseCase,
    candidates: Mapping[str, Candidate],
    train: Rows,
    validation: Rows,
    *,
    seed: int,
    checkpoints: Path | None,
    target: Path,
    processes: int | None = None,
) -> tuple[Bundle, dict[str, Any]]:
    """Train all segments and write their bundle.

    Args:
        use_case: The settings; `segments` is set.
        candidates: What competes in each segment.
        train: Rows to learn from.
        validation: Rows to choose on.
        seed: Of everything random.
        checkpoints: Folder that survives an interruption, or None.
        target: The bundle's folder.
        processes: At a time; None: one a processor.

    Returns:
        The bundle and the document of the scores: that of the pooled model with `segments`, one
        such document each.

    Raises:
        DataError: The rows as a whole do not fit the use case, or no model came out.
        WorkError: The disk is full.
    """
    with _kept(checkpoints, target) as folder:
        result = compete_by_segment(
            use_case,
            candidates,
            train,
            validation,
            seed=seed,
            folder=folder,
            checkpoints=checkpoints is not None,
            processes=processes,
        )

        def payload(name: str | None) -> bytes:
            if name is not None:
                return result.payload(name)
            return b"" if result.pooled is None else result.pooled.best.payload

        bundle = write_bundle(target, _bundle(use_case, result, train, seed), payload)
    return bundle, _document(use_case, result)


@contextmanager
def _kept(checkpoints: Path | None, target: Path) -> Iterator[Path]:
    if checkpoints is not None:
        yield checkpoints
        return
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as folder:
        yield Path(folder)


def _bundle(use_case: UseCase, result: SegmentsResult, train: Rows, seed: int) -> Bundle:
    pooled = None
    if result.pooled is not None:
        pooled = StoredModel(result.pooled.best.manifest, dict(result.pooled.best.scores))
    return Bundle(
        use_case=f"{use_case.name}@{use_case.digest}",
        task=use_case.task,
        target=use_case.target,
        classes=result.labels.classes,
        features=tuple(Feature(name, result.types[name]) for name in use_case.features),
        segment=use_case.segment,
        training=training_window(use_case, train),
        seed=seed,
        libraries=versions_of("xgboost-cpu", "scikit-learn", "skops", "numpy"),
        pooled=pooled,
        pooled_reason=result.pooled_reason,
        segments={name: _bundled(each, pooled) for name, each in result.segments.items()},
    )


def _bundled(result: SegmentResult, pooled: StoredModel | None) -> BundledSegment:
    if result.manifest is not None:
        stored = StoredModel(result.manifest, result.metrics or {})
        return BundledSegment("own", rows=result.rows, model=stored)
    served: Served = "none" if pooled is None else "pooled"
    return BundledSegment(served, result.reason, result.outcome == "failed", result.rows)


def _document(use_case: UseCase, result: SegmentsResult) -> dict[str, Any]:
    if result.pooled is not None:
        document = scores_document(use_case, result.pooled)
    else:
        document = {
            "format": FORMAT,
            "use_case": f"{use_case.name}@{use_case.digest}",
            "metric": use_case.metric,
            "measured_on": "",
            "best": "",
            "baseline": None,
            "candidates": [],
        }
    return document | {
        "pooled_reason": result.pooled_reason,
        "segments": {
            name: {
                "outcome": each.outcome,
                "reason": each.reason,
                "rows": each.rows,
                **(each.scores or {}),
            }
            for name, each in result.segments.items()
        },
    }
