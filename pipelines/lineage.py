"""What was read, as properties of a registered version."""

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
