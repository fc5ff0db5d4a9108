"""What a registry keeps of a candidate: metrics as numbers, digests, the registration's key."""

import hashlib
import json
import math
from pathlib import Path

from penstock.data.digest import content_digest
from penstock.errors import Problem, RequestError
from penstock.registry.port import EVIDENCE_DOCUMENT, EXECUTION, STEP, Candidate

ENGINE = "artifact.json"
"""What a target keeps beside a model, at its top; no part of it."""


def metric_values(metrics: Path | None) -> dict[str, float]:
    """Return the numbers of a metrics document by name.

    The document's key `metrics` (or the document itself) maps names to numbers, or to objects with
    `value`, `low` and `high`; bounds get the suffixes `_low` and `_high`. What is no finite number
    is left out.

    Raises:
        RequestError: The file is no JSON object.
    """
    if metrics is None:
        return {}
    return metrics_in(metrics.read_bytes(), str(metrics))


def metrics_in(content: bytes, where: str) -> dict[str, float]:
    """Return the numbers in the bytes of a metrics document; see `metric_values`.

    Raises:
        RequestError: They are no JSON object.
    """
    try:
        document = json.loads(content)
    except ValueError as error:
        raise RequestError(
            Problem(f"the metrics are not JSON: {error}.", where, "Run evaluate again.")
        ) from error
    if not isinstance(document, dict):
        raise RequestError(Problem("the metrics are no JSON object.", where, "Run evaluate again."))
    found: dict[str, float] = {}
    listed = document.get("metrics", document)
    for name, entry in listed.items() if isinstance(listed, dict) else ():
        parts = entry if isinstance(entry, dict) else {"value": entry}
        for part, suffix in (("value", ""), ("low", "_low"), ("high", "_high")):
            value = parts.get(part)
            if not isinstance(value, int | float) or isinstance(value, bool):
                continue
            if math.isfinite(value):
                found[f"{name}{suffix}"] = float(value)
    return found


def digests(candidate: Candidate) -> dict[str, str]:
    """Return the digest of each part of a candidate, as properties."""
    parts = {
        "model_digest": candidate.model,
        "metrics_digest": candidate.metrics,
        "report_digest": candidate.report,
    }
    found = {
        name: content_digest(path, leaving_out=ENGINE)
        for name, path in parts.items()
        if path is not None
    }
    if candidate.evidence is not None:
        found["evidence_digest"] = evidence_digest(candidate.evidence)
    return found


def evidence_digest(pack: Path) -> str:
    """Return `sha256:<hex>` of the bytes of a pack's document.

    Raises:
        FileNotFoundError: The folder holds no such document.
    """
    document = (pack / EVIDENCE_DOCUMENT).read_bytes()
    return f"sha256:{hashlib.sha256(document).hexdigest()}"


def registration_key(candidate: Candidate) -> str | None:
    """Return what two registrations of one step of a run have in common, or None without a run."""
    execution = candidate.properties.get(EXECUTION)
    if not execution:
        return None
    parts = [candidate.group, execution, candidate.properties.get(STEP, "")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
