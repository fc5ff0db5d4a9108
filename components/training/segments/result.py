"""What training gives for one segment, and its form as bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from components.training.manifest import Manifest, facts_of, manifest_of

Outcome = Literal["own", "pooled", "failed"]


@dataclass(frozen=True, slots=True)
class SegmentResult:
    """The result of one segment.

    Attributes:
        segment: Its name.
        outcome: `own`: it has a model; `pooled`: the pooled model serves it; `failed`: its training
            broke off.
        reason: Why it has no model of its own; empty where it has.
        rows: Its training rows.
        scores: Document of its candidates' scores; None without a competition.
        metrics: Of its model on the rows that it was chosen on.
        manifest: Of its model.
    """

    segment: str
    outcome: Outcome
    reason: str
    rows: int
    scores: Mapping[str, Any] | None = None
    metrics: Mapping[str, float | None] | None = None
    manifest: Manifest | None = None


def encode(result: SegmentResult, payload: bytes = b"") -> bytes:
    """Return a result and the file of its model as bytes; equal ones give equal bytes."""
    facts = {
        "segment": result.segment,
        "outcome": result.outcome,
        "reason": result.reason,
        "rows": result.rows,
        "scores": result.scores,
        "metrics": None if result.metrics is None else dict(result.metrics),
        "manifest": result.manifest and facts_of(result.manifest),
    }
    return json.dumps(facts, separators=(",", ":"), allow_nan=False).encode() + b"\n" + payload


def decode(content: bytes) -> tuple[SegmentResult, int]:
    """Return the result that `encode` wrote, and where the file of its model begins."""
    end = content.index(b"\n")
    facts = json.loads(content[:end])
    manifest = facts.pop("manifest")
    return SegmentResult(**facts, manifest=manifest and manifest_of(manifest)), end + 1
