"""Train one model per segment, and the pooled model that serves the rest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.evaluation.panel import DAY
from components.training.checkpoints import fingerprint
from components.training.competition import Result, compete, training_facts
from components.training.labels import Labels, labels_of
from components.training.rows import Rows
from components.training.scores import candidates_document
from components.training.segments.forked import each_forked, processes_at_hand
from components.training.segments.grouping import Grouped, group
from components.training.segments.progress import Progress
from components.training.segments.result import SegmentResult, encode
from components.training.segments.rules import why_thin
from components.training.segments.saved import SavedSegments
from components.training.table_rows import TableRows
from penstock.errors import DataError, PenstockError, Problem
from penstock.use_case import UseCase
from penstock.use_case.candidates import Candidate


@dataclass(frozen=True, slots=True)
class SegmentsResult:
    """The result of all segments.

    Attributes:
        segments: By name, in the order of names.
        payload: Returns the file of a segment's model.
        pooled: The pooled model's competition; None where it failed.
        pooled_reason: How it failed; empty where it did not.
        labels: How the target is read.
        types: Type of each column of the training rows.
    """

    segments: Mapping[str, SegmentResult]
    payload: Callable[[str], bytes]
    pooled: Result | None
    pooled_reason: str
    labels: Labels
    types: Mapping[str, str]


def compete_by_segment(
    use_case: UseCase,
    candidates: Mapping[str, Candidate],
    train: Rows,
    validation: Rows,
    *,
    seed: int,
    folder: Path,
    checkpoints: bool,
    processes: int | None = None,
) -> SegmentsResult:
    """Train every segment in a process of its own thread, then the pooled model on all rows.

    What goes wrong in one segment is recorded there and stops no other. Finished segments are kept
    in `folder` and taken from there when the same training is started again. The result does not
    depend on the number of processes.

    Args:
        use_case: The settings; `segments` is set.
        candidates: What competes in each segment, by name.
        train: Rows to learn from, of all segments.
        validation: Rows to stop early, choose each segment's model and its threshold on.
        seed: Of everything random.
        folder: Where finished segments are kept, until the result is written at least.
        checkpoints: Whether `folder` survives an interruption.
        processes: At a time; None: one a processor.

    Raises:
        DataError: The rows as a whole do not fit the use case, or no model came out.
        WorkError: The disk is full.
    """
    if not train.count:
        what = "there are no training rows."
        raise DataError(Problem(what, str(train.folders[0]), "Widen the training window."))
    train.check_features(use_case.features)
    labels = labels_among(use_case, train)
    facts = training_facts(use_case, train, validation, seed) | {
        "candidates": {name: each.model_dump(mode="json") for name, each in candidates.items()}
    }
    saved = SavedSegments(folder / f"segments-{fingerprint(facts)}")
    saved.load()
    train_each(use_case, candidates, train, validation, labels, seed, saved, processes=processes)
    pooled, reason = None, ""
    try:
        kept = folder if checkpoints else None
        pooled = compete(use_case, candidates, train, validation, seed=seed, checkpoints=kept)
    except Exception as error:  # the segments have models of their own
        reason = _told(error)
        if all(each.outcome != "own" for each in saved.results.values()):
            raise
    ordered = {name: saved.results[name] for name in sorted(saved.results)}
    return SegmentsResult(ordered, saved.payload, pooled, reason, labels, train.types)


def train_each(
    use_case: UseCase,
    candidates: Mapping[str, Candidate],
    train: Rows,
    validation: Rows,
    labels: Labels,
    seed: int,
    saved: SavedSegments,
    *,
    processes: int | None = None,
) -> None:
    """Train every segment that `saved` does not hold yet, and keep each result there.

    Raises:
        WorkError: The disk is full.
    """
    columns = _columns(use_case)
    learning = group(train, use_case.segment, columns)
    watching = group(validation, use_case.segment, columns)
    names = sorted(use_case.segment_names or learning.slices)
    finished = {name for name, each in saved.results.items() if each.outcome != "failed"}
    left = sorted(
        (name for name in names if name not in finished),
        key=lambda name: (-learning.slices.get(name, (0, 0))[1], name),
    )  # the longest first, so that no process ends long after the others
    validates = bool(watching.table.num_rows)

    def work(name: str) -> bytes:
        rows = learning.of(name)
        try:
            return _fit(
                use_case, candidates, labels, name, rows, watching, seed=seed, validates=validates
            )
        except Exception as error:  # noqa: BLE001  # one segment stops no other
            return encode(SegmentResult(name, "failed", _told(error), rows.count))

    progress = Progress(len(names), len(names) - len(left))
    progress.begin()
    for name, answer in each_forked(work, left, processes=processes or processes_at_hand()):
        content = answer
        if isinstance(content, str):
            content = encode(SegmentResult(name, "failed", content, learning.of(name).count))
        result = saved.append(content)
        progress.done(_ENDS[result.outcome])


_ENDS = {"own": "trained", "pooled": "left to the pooled model", "failed": "failed"}


def _fit(
    use_case: UseCase,
    candidates: Mapping[str, Candidate],
    labels: Labels,
    name: str,
    train: TableRows,
    watching: Grouped,
    *,
    seed: int,
    validates: bool,
) -> bytes:
    validation = watching.of(name)
    thin = why_thin(use_case, candidates, labels, train, validation, validates=validates)
    if thin:
        return encode(SegmentResult(name, "pooled", thin, train.count))
    result = compete(
        use_case, candidates, train, validation, seed=seed, checkpoints=None, threads=1
    )
    scores = candidates_document(result)
    best = result.best
    if best.manifest.kind == "constant" and len(candidates) > 1:
        reason = f"no candidate beats the constant baseline on the {result.measured_on} rows"
        return encode(SegmentResult(name, "pooled", reason, train.count, scores))
    own = SegmentResult(name, "own", "", train.count, scores, dict(best.scores), best.manifest)
    return encode(own, best.payload)


def labels_among(use_case: UseCase, train: Rows) -> Labels:
    """Find the classes; rows without a target are their own segment's failure.

    Raises:
        DataError: There is one class only, or a binary target holds more than two.
    """
    import pyarrow.compute

    pc: Any = pyarrow.compute  # Its functions are made at run time, out of checkers' sight.
    rows = train
    if use_case.target in train.types:
        import pyarrow as pa

        target = train.column(use_case.target)
        known = pc.drop_null(target)
        rows = TableRows(train.folders, pa.table({use_case.target: known}))
    return labels_of(use_case.task, use_case.target, use_case.positive_label, rows)


def _columns(use_case: UseCase) -> list[str]:
    groups = [each.group for each in use_case.evaluation.precision_at_k]
    return [use_case.target, use_case.time_column, DAY, *groups, *use_case.features]


def _told(error: Exception) -> str:
    if isinstance(error, PenstockError):
        return " ".join(str(problem) for problem in error.problems)
    return f"{type(error).__name__}: {error}"
