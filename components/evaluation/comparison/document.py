"""A comparison as a part of the document of metrics."""

import math
from typing import Any

from components.evaluation.comparison.comparison import Comparison


def comparison_document(found: Comparison) -> dict[str, Any]:
    """Return what docs/architecture.md says of the key `comparison`."""
    decisive = found.metrics.get(found.metric)
    return {
        "champion": found.champion or "none",
        "metric": found.metric,
        "rule": found.rule.rule,
        "margin": found.rule.margin,
        "confidence": found.rule.confidence,
        "rows": found.rows,
        "outcome": found.outcome,
        "difference": None if decisive is None else _defined(decisive.value),
        "low": None if decisive is None else decisive.low,
        "high": None if decisive is None else decisive.high,
        "metrics": {
            name: {
                "champion": _defined(each.champion),
                "difference": _defined(each.value),
                "low": each.low,
                "high": each.high,
            }
            for name, each in found.metrics.items()
        },
        "recommended": found.recommended,
        "sentence": found.sentence,
    }


def _defined(value: float) -> float | None:
    return value if math.isfinite(value) else None
