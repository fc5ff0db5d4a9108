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
    """`module:function`; called as `function(folder, **settings)`, returns the number of rows.

    With `load_days` it is called as `function(folder, first_day=0, days=75, **settings)` and writes
    one Parquet file a day (`2018-06-01.parquet`), of several tables each into a folder of its name.
    """
    settings: dict[str, date | Scalar] = {}
    """Keyword arguments of the function."""
    load_days: int | None = Field(default=None, ge=1)
    """Days of the first load. None: the function writes everything at once, no batch follows."""
    batch_days: int = Field(default=1, ge=1)
    """Days that `pipeline data new-batch` appends, each as a batch of its own."""
    store: Literal["files", "iceberg", "sqlite"] = "files"
    """Kind of store that generated rows are loaded into, below `.penstock/data/`."""
    table: str = Field(default="rows", pattern=r"^[A-Za-z_]\w*$")
    """Table of the store, where the use case has no `tables`; an Iceberg table is called
    `<use case>.<table>`."""


class Window(Settings):
    """Which rows of the source a training looks at."""

    rows: Literal["all", "rolling", "incremental"] = "all"
    """`incremental`: what was appended since the last registered model (Iceberg tables)."""
    days: int = Field(default=28, ge=1)
    """Length of a rolling window, up to the newest row."""
    per: Literal["source", "entity"] = "source"
    """Whose newest row a rolling window ends with: that of the source, or of each entity."""


class Source(Settings):
    """Where the rows come from."""

    uri: str = ""
    """Files (path, `file://`, `s3://`), a database (`postgresql://user@host/db#table`,
    `sqlite:////path#table`) or an Iceberg table (`iceberg+sqlite:///folder#namespace.table`,
    `iceberg+glue://#...`, `iceberg+rest://host#...`); with `tables`, without the table.
    Empty: the generator's rows."""
    format: Literal["auto", "parquet", "csv"] = "auto"
    """Of files; `auto` decides by their ending."""
    generator: Generator | None = None
    """Writes data where no source is given."""
    window: Window = Window()
    """Which of the rows a training looks at."""


class Column(Settings):
    """What one raw column must hold; a row that differs is quarantined."""

    type: ColumnType
    """Type of the values. Timestamps may come as text in ISO 8601."""
    column: str = ""
    """Its name in the store; empty: the same."""
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


class Table(Settings):
    """One of several tables that rows.sql and features.sql read, each by its name here."""

    table: str = ""
    """Its name in the store; empty: the same."""
    columns: dict[str, Column] = Field(min_length=1)
    """The raw columns."""
    key: list[str] = []
    """Columns that together name a row; a second row of the same key is quarantined."""
    time_column: str = ""
    """When a row happened; rows outside the days that a run looks at are not read. Empty: the
    table says how things are, and is read whole."""


class Quarantine(Settings):
    """How many bad rows a run bears."""

    max_share: float = Field(default=0.01, ge=0, le=1)
    """Greatest share of rows that may be quarantined; more stop the run."""
    unknown_columns: Literal["ignore", "refuse"] = "ignore"
    """What to do about columns of the source that the use case does not name."""
