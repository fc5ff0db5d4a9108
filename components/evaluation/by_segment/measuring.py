"""The metrics of each segment, measured side by side in forked processes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from components.evaluation.bootstrap import Estimate, Resampling, estimate
from components.evaluation.comparison.champion import ChampionScores
from components.evaluation.comparison.comparing import compare
from components.evaluation.comparison.comparison import Comparison
from components.evaluation.comparison.paired import Difference
from components.evaluation.panel import DAY, Judged, statistics_of
from components.evaluation.periods import codes_of
from components.evaluation.statistic import Floats, Integers
from components.training.segments.forked import each_forked, processes_at_hand
from components.training.table_rows import TableRows
from penstock.use_case import UseCase


@dataclass(frozen=True, slots=True)
class Measured:
    """Metrics of a model and of the constant baseline on the same rows.

    Attributes:
        metrics: With intervals.
        baseline: Without.
        failure: How measuring broke off; empty where it did not.
        comparison: With the champion on the same rows.
    """

    metrics: Mapping[str, Estimate]
    baseline: Mapping[str, float]
    failure: str = ""
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """Test rows with the scores of models and of baselines, ready to be cut by segment.

    Attributes:
        use_case: Its metrics and resamples.
        judged: The rows with the scores of the model of each; thresholds stand by row.
        constant: The same with the scores of each row's constant baseline.
        seed: Of the bootstrap.
        champion: The same with the champion's scores; None: there is none.
    """

    use_case: UseCase
    judged: Judged
    constant: Judged
    seed: int
    champion: ChampionScores | None = None

    def measure(self, rows: Integers) -> Measured:
        """Measure on some of the rows."""
        part, constant = cut(self.judged, rows), cut(self.constant, rows)
        units = None
        entity = self.use_case.entity
        if entity and entity in part.rows.types:
            units = codes_of(part.rows.column(entity))
        settings = self.use_case.evaluation.bootstrap
        drawn = Resampling(settings.resamples, settings.confidence, self.seed, units)
        metrics = estimate(statistics_of(self.use_case, part), len(part.truth), drawn)
        baseline: dict[str, float] = {}
        for statistic in statistics_of(self.use_case, constant):
            baseline.update(statistic(np.ones(len(part.truth))))
        beside = self.champion
        if beside is not None and beside.judged is not None:
            beside = replace(beside, judged=cut(beside.judged, rows))
        return Measured(metrics, baseline, "", compare(self.use_case, part, beside, drawn))

    def measure_each(self, rows: Mapping[str, Integers]) -> dict[str, Measured]:
        """Measure each segment on its rows; there is at least one."""

        def work(name: str) -> bytes:
            try:
                return _encoded(self.measure(rows[name]))
            except Exception as error:  # noqa: BLE001  # one segment stops no other
                return _encoded(Measured({}, {}, f"{type(error).__name__}: {error}"))

        names = sorted(rows, key=lambda name: (-len(rows[name]), name))
        return {
            name: self._measured(answer) if isinstance(answer, bytes) else Measured({}, {}, answer)
            for name, answer in each_forked(work, names, processes=processes_at_hand())
        }

    def _measured(self, answer: bytes | str) -> Measured:
        if isinstance(answer, str):
            return Measured({}, {}, answer)
        return _decoded(answer, self.use_case)


def in_memory(use_case: UseCase, judged: Judged) -> Judged:
    """Return the same rows with the columns in memory that metrics ask for."""
    import pyarrow as pa

    groups = [each.group for each in use_case.evaluation.precision_at_k]
    wanted = dict.fromkeys([use_case.segment, use_case.entity, use_case.time_column, DAY, *groups])
    columns = [name for name in wanted if name in judged.rows.types]
    table = pa.Table.from_batches(list(judged.rows.batches(columns)))
    if judged.kept is not None:
        table = table.take(judged.kept)
    return replace(judged, rows=TableRows(judged.rows.folders, table), kept=None)


def cut(judged: Judged, rows: Integers) -> Judged:
    """Return some rows of what `in_memory` returned."""
    assert isinstance(judged.rows, TableRows)  # noqa: S101  # the type, for checkers
    threshold = judged.threshold
    return replace(
        judged,
        rows=TableRows(judged.rows.folders, judged.rows.table.take(rows)),
        truth=judged.truth[rows],
        scores=judged.scores[rows],
        threshold=threshold[rows] if isinstance(threshold, np.ndarray) else threshold,
    )


def undefined(measured: Measured, truth: Floats, metrics: Sequence[str], task: str) -> bool:
    """Tell whether test rows cannot say what the metrics of the gates are.

    They cannot if there are none, if all are of one class, or if a metric has no value.
    """
    if not len(truth) or (task != "regression" and len(np.unique(truth)) < 2):
        return True
    values = (measured.metrics.get(name) for name in metrics)
    return any(each is None or not np.isfinite(each.value) for each in values)


def _encoded(measured: Measured) -> bytes:
    facts = {
        "metrics": {n: [each.value, each.low, each.high] for n, each in measured.metrics.items()},
        "baseline": dict(measured.baseline),
        "failure": measured.failure,
        "comparison": _comparison_facts(measured.comparison),
    }
    return json.dumps(facts).encode()


def _comparison_facts(compared: Comparison | None) -> dict[str, Any] | None:
    if compared is None:
        return None
    plain = ("champion", "metric", "rows", "outcome", "recommended", "sentence")
    return {
        **{name: getattr(compared, name) for name in plain},
        "metrics": {name: asdict(each) for name, each in compared.metrics.items()},
    }


def _decoded(content: bytes, use_case: UseCase) -> Measured:
    facts: dict[str, Any] = json.loads(content)
    metrics = {name: Estimate(*each) for name, each in facts["metrics"].items()}
    compared = facts["comparison"]
    if compared is not None:
        both = {name: Difference(**each) for name, each in compared["metrics"].items()}
        compared = Comparison(**{**compared, "rule": use_case.champion, "metrics": both})
    return Measured(metrics, facts["baseline"], facts["failure"], compared)
