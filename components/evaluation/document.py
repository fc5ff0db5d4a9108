"""The metrics as one JSON document: stable keys, the same bytes for the same inputs."""

import math
from typing import Any

import numpy as np

from components.evaluation.by_segment.document import gates_document, segments_document
from components.evaluation.comparison.document import comparison_document
from components.evaluation.decisions import Decisions
from components.evaluation.findings import Findings
from components.evaluation.panel import Judged
from components.evaluation.probability import Calibration
from components.evaluation.slices import slice_document

FORMAT = "penstock.metrics/1"


def metrics_document(findings: Findings) -> dict[str, Any]:
    """Return the document. A value that is not defined is null; nothing in it is NaN."""
    judged, manifest, drawn = findings.judged, findings.scorer.manifest, findings.resampling
    document: dict[str, Any] = {
        "format": FORMAT,
        "use_case": manifest.use_case,
        "task": manifest.task,
        "model": {
            "candidate": manifest.candidate,
            "kind": manifest.kind,
            "payload_sha256": manifest.payload_sha256,
            "threshold": manifest.threshold,
            "training": dict(manifest.training),
        },
        "test": {
            "rows": len(judged.truth),
            "rows_left_out": findings.left_out,
            "from": findings.window and findings.window[0],
            "to": findings.window and findings.window[1],
        },
        "intervals": {
            "method": "bootstrap percentile",
            "unit": "row" if drawn.units is None else "entity",
            "resamples": drawn.resamples,
            "confidence": drawn.confidence,
            "seed": drawn.seed,
        },
        "metrics": {
            name: {"value": _defined(each.value), "low": each.low, "high": each.high}
            for name, each in findings.metrics.items()
        },
        "baseline": {name: _defined(value) for name, value in findings.baseline.items()},
        "gates": gates_document(findings.verdicts),
        "passed": findings.passed,
        "comparison": comparison_document(findings.comparison),
        "slices": [slice_document(each) for each in findings.slices],
        "verdict": findings.verdict,
        "segments": [
            {
                "name": segment.name,
                "rows": segment.rows,
                "mean_target": segment.mean_target,
                "metrics": {name: _defined(value) for name, value in segment.metrics.items()},
            }
            for segment in findings.segments
        ],
    }
    if findings.by_segment is not None:
        document |= segments_document(findings.by_segment)
    else:
        document["candidates"] = [
            each | {"scores": {name: _known(value) for name, value in each["scores"].items()}}
            for each in findings.candidates["candidates"]
        ]
    if manifest.task != "regression":
        document["confusion"] = {
            "classes": list(manifest.labels.names),
            "counts": confusion_of(judged),
        }
    if manifest.task == "binary":
        document["calibration"] = [
            {"rows": each.rows, "predicted": each.predicted, "observed": each.observed}
            for each in Calibration(judged.truth, judged.scores).bins()
        ]
    return document


def confusion_of(judged: Judged) -> list[list[int]]:
    """Return counts, true classes in rows and predicted ones in columns."""
    decisions = Decisions(judged.truth.astype(np.int64), judged.predicted, judged.labels.names)
    counts: list[list[int]] = decisions.confusion(np.ones(len(judged.truth))).astype(int).tolist()
    return counts


def _defined(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _known(value: float | None) -> float | None:
    return None if value is None else _defined(value)
