"""Where the rows come from and what each of them must look like."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from penstock.use_case.base import Settings

Scalar = bool | int | float | str
ColumnType = Literal["string", "integer", "float", "boolean", "timestamp"]
ColumnRole = Literal["raw", "pii"]


class Generator(Settings):
    """A function that writes data for a run without a source of its own."""

    function: str = Field(pattern=r"^[\w.]+:\w+$")
    """`module:function`; called as `function(folder, **settings)`, returns the number of rows."""
    settings: dict[str, date | Scalar] = {}
    """Keyword arguments of the function."""


class Source(Settings):
    """Where the rows come from."""

    uri: str = ""
    """File, folder or glob, local or `s3://`. Empty: the generator's rows."""
    format: Literal["auto", "parquet", "csv"] = "auto"
    """`auto` decides by the ending of the files."""
    generator: Generator | None = None
    """Writes data where no source is given."""


class Column(Settings):
    """What one raw column must hold; a row that differs is quarantined."""

    type: ColumnType
    """Type of the values. Timestamps may come as text in ISO 8601."""
    nullable: bool = False
    """Whether a row may lack it."""
    minimum: float | None = None
    """Least value allowed."""
    maximum: float | None = None
    """Greatest value allowed."""
    allowed: list[Scalar] = []
    """The only values allowed; empty: any."""
    role: ColumnRole = "raw"
    """`pii` marks personal data: never a feature, never in a report."""


class Quarantine(Settings):
    """How many bad rows a run bears."""

    max_share: float = Field(default=0.01, ge=0, le=1)
    """Greatest share of rows that may be quarantined; more stop the run."""
    unknown_columns: Literal["ignore", "refuse"] = "ignore"
    """What to do about columns of the source that the use case does not name."""
