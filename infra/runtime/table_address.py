"""Addresses of Iceberg tables, as the engine writes and reads them; a test holds the two together.

`iceberg+glue://?region=eu-west-1&warehouse=s3://lake#fraud.transactions`
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

GLUE = "iceberg+glue"
_SCHEMES = ("iceberg+sqlite", GLUE, "iceberg+rest")
_READING = ("snapshot", "since", "mode")
"""Options that say what is read or how is written, and do not belong to the table."""
_DEFAULT_NAMESPACE = "main"
_NOT_KEPT = re.compile(r"[^\w .:/=+\-@]")
"""Signs that properties of a model package cannot hold (CustomerMetadataValue)."""


@dataclass(frozen=True, slots=True)
class TableAddress:
    """An Iceberg table.

    Attributes:
        scheme: Kind of its catalog.
        place: Of the catalog; empty for Glue.
        options: Such as the Region and the snapshot that is read.
        table: Namespace and name.
    """

    scheme: str
    place: str
    options: Mapping[str, str]
    table: str

    def __str__(self) -> str:
        """Return it as text."""
        options = f"?{urlencode(self.options, safe='/:')}" if self.options else ""
        return f"{self.scheme}://{self.place}{options}#{self.table}"

    def reading(self, **options: str) -> TableAddress:
        """Return the address with options that say what is read."""
        return replace(self, options={**self.options, **options})

    @property
    def label(self) -> str:
        """What versions that were trained on the table call it: their property `data_table`."""
        kept = {name: each for name, each in self.options.items() if name not in _READING}
        place = str(replace(self, options=kept, table=""))
        return _NOT_KEPT.sub("_", f"{self.table}@{place.removesuffix('#')}")

    @property
    def database(self) -> str:
        """The namespace that the table is in."""
        return self.table.rpartition(".")[0] or _DEFAULT_NAMESPACE

    @property
    def name(self) -> str:
        """Of the table in its namespace."""
        return self.table.rpartition(".")[2]


def table_address(uri: str) -> TableAddress | None:
    """Return the Iceberg table that a source is; None: it is something else."""
    scheme, _, rest = uri.partition("://")
    rest, _, table = rest.partition("#")
    if scheme not in _SCHEMES or not table:
        return None
    place, _, options = rest.partition("?")
    return TableAddress(scheme, place, dict(parse_qsl(options)), table)
