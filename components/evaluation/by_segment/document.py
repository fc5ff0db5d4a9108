"""What was found about each segment, as a part of the document of metrics."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from components.evaluation.bootstrap import Estimate
from components.evaluation.by_segment.found import SegmentsFound
from components.evaluation.comparison.comparison import Comparison
from components.evaluation.comparison.document import comparison_document
from components.evaluation.gates import Verdict


def segments_document(found: SegmentsFound) -> dict[str, Any]:
    """Return `segments` (the worst first), `outcomes` (how many of each) and `pooled`."""
    return {
        "pooled": {
            "passed": found.pooled.passed,
            "reason": found.pooled.reason,
            "verdict": found.pooled.sentence,
            "metrics": _metrics(found.pooled.metrics),
            "gates": gates_document(found.pooled.verdicts),
            "comparison": _comparison(found.pooled.comparison),
        },
        "outcomes": dict(sorted(Counter(each.outcome for each in found.segments).items())),
        "rows_without_model": found.unserved,
        "segments": [
            {
                "name": each.name,
                "outcome": each.outcome,
                "served_by": each.served_by,
                "reason": each.reason,
                "training_rows": each.training_rows,
                "rows": each.rows,
                "mean_target": each.mean_target,
                "metrics": {
                    name: _defined(estimate.value) for name, estimate in each.metrics.items()
                },
                "intervals": {
                    name: [estimate.low, estimate.high]
                    for name, estimate in each.metrics.items()
                    if estimate.low is not None
                },
                "baseline": {name: _defined(value) for name, value in each.baseline.items()},
                "gates": gates_document(each.verdicts),
                "judged_with": each.judged_with,
                "comparison": _comparison(each.comparison),
            }
            for each in found.segments
        ],
    }


def _comparison(found: Comparison | None) -> dict[str, Any] | None:
    return None if found is None else comparison_document(found)


def gates_document(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Return every limit of every gate with the measured value."""
    return [
        {
            "metric": verdict.metric,
            "bound": verdict.bound,
            "limit": verdict.limit,
            "of_baseline": verdict.baseline,
            "value": _defined(verdict.value),
            "passed": verdict.passed,
        }
        for verdict in verdicts
    ]


def _metrics(metrics: Mapping[str, Estimate]) -> dict[str, Any]:
    return {
        name: {"value": _defined(each.value), "low": each.low, "high": each.high}
        for name, each in metrics.items()
    }


def _defined(value: float) -> float | None:
    return value if math.isfinite(value) else None
