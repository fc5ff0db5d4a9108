"""What a run read: enough to tell it, and to read the same again."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

PREFIX = "data_"
NOT_KNOWN = "none"
"""What stands for an empty text: properties of a model package are not empty (CreateModelPackage,
CustomerMetadataValue, minimum length 1)."""

_NOT_ALLOWED = re.compile(r"[^\w .:/=+\-@]")
"""Signs that properties of a SageMaker model package cannot hold (CreateModelPackage,
CustomerMetadataValue)."""


def table_label(table: str) -> str:
    """Return an address as registries keep it: `fraud.transactions@iceberg+sqlite:///folder`."""
    place, _, name = table.partition("#")
    return _NOT_ALLOWED.sub("_", f"{name}@{place}" if name else place)


def told(fact: str) -> str:
    """Return a fact as an output tells it: never empty."""
    return fact or NOT_KNOWN


def known(text: str) -> str:
    """Return the fact that `told` was given."""
    return "" if text == NOT_KNOWN else text


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a run read of one source.

    Attributes:
        table: Address of the table or the files, without secrets.
        snapshot_from: Snapshot id after which rows were read; empty: from the beginning.
        snapshot_to: Snapshot id up to which rows were read; empty: the store has no snapshots.
        snapshot_time: When that snapshot was committed, ISO 8601 in UTC.
        time_from: Time of the earliest row read, ISO 8601 in UTC; empty without times.
        time_to: Time of the latest row read.
        rows: Number of rows read.
        digest: `sha256:<hex>` of the rows, whatever store they lie in and whatever their order.
    """

    table: str
    snapshot_from: str = ""
    snapshot_to: str = ""
    snapshot_time: str = ""
    time_from: str = ""
    time_to: str = ""
    rows: int = 0
    digest: str = ""

    def properties(self) -> dict[str, str]:
        """Return the facts as a registered version and an MLflow run carry them."""
        facts = {**asdict(self), "table": table_label(self.table)}
        return {f"{PREFIX}{name}": str(value) for name, value in facts.items()}
