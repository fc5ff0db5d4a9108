"""What was read and what the evidence says, as properties of a registered version."""

from typing import Any

FACTS = (
    "data_table",
    "data_snapshot_from",
    "data_snapshot_to",
    "data_snapshot_time",
    "data_time_from",
    "data_time_to",
    "data_digest",
    "data_rows",
)


def lineage(outputs: Any) -> dict[str, Any]:
    """Return the facts that `preprocess` or `prepare` gives about its data, by name."""
    return {fact: getattr(outputs, fact) for fact in FACTS}


SAYS = (
    "digest",
    "model_digest",
    "recommended",
    "verdict",
    "champion",
    "started_by",
    "reason",
    "definition",
)


def told(evidence: Any) -> dict[str, Any]:
    """Return what lists of versions show of the evidence; its digest as `evidence_digest`."""
    names = {"digest": "evidence_digest"}
    return {names.get(fact, fact): getattr(evidence, fact) for fact in SAYS}
