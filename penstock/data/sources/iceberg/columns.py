"""Columns of a table as DuckDB reads them from its files: by field id, never by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from penstock.data.sources.attaching import quote_text

if TYPE_CHECKING:
    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table
    from pyiceberg.typedef import LiteralValue
    from pyiceberg.types import NestedField

_TYPES = {
    "boolean": "BOOLEAN",
    "int": "INTEGER",
    "long": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
    "string": "VARCHAR",
    "uuid": "UUID",
    "binary": "BLOB",
}
_INSTANTS = ("date", "timestamp", "timestamptz")


def duckdb_type(field: NestedField) -> str:
    """Return DuckDB's type of a column; empty: only pyiceberg can read it."""
    kind = str(field.field_type)
    if kind.startswith("decimal"):
        return kind.upper()
    return _TYPES.get(kind, "")


def pick_columns(schema: Schema, names: Sequence[str] | None) -> list[NestedField]:
    """Return the fields of these columns in the order of the table; absent ones are left out."""
    return [field for field in schema.fields if names is None or field.name in names]


def field_map(fields: Sequence[NestedField]) -> str:
    """Return what `read_parquet` wants as `schema`: name and type of each field id."""
    entries = (
        f"{field.field_id}: {{name: {quote_text(field.name)}, "
        f"type: {quote_text(duckdb_type(field))}, default_value: NULL}}"
        for field in fields
    )
    return f"MAP {{{', '.join(entries)}}}"


def quote_name(name: str) -> str:
    """Return a column's name as SQL."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Period:
    """Rows from `start` on and before `end`, by one column; without bounds, all.

    Attributes:
        field: The column; None: there is none, or it holds no instants.
        start: UTC without a zone.
        end: UTC without a zone.
    """

    field: NestedField | None = None
    start: datetime | None = None
    end: datetime | None = None

    @classmethod
    def of(
        cls, schema: Schema, column: str, start: datetime | None, end: datetime | None
    ) -> Period:
        """Return the period by a column of a schema; by a column of text, no bounds."""
        for field in schema.fields:
            if field.name == column and str(field.field_type) in _INSTANTS:
                return cls(field, start, end)
        return cls()

    @property
    def is_bounded(self) -> bool:
        """Whether it leaves rows out."""
        return self.field is not None and (self.start is not None or self.end is not None)

    def condition(self) -> str:
        """Return it as SQL that may stand after WHERE."""
        if self.field is None or not self.is_bounded:
            return "true"
        zone, kind = ("+00", "TIMESTAMPTZ") if self._has_zone else ("", "TIMESTAMP")
        name = quote_name(self.field.name)
        bounds = [
            f"{name} {sign} {kind} {quote_text(moment.isoformat(sep=' ') + zone)}"
            for sign, moment in ((">=", self.start), ("<", self.end))
            if moment is not None
        ]
        return " AND ".join(bounds)

    def planning_filter(self, table: Table) -> BooleanExpression | None:
        """Return it for pyiceberg's choice of files; None where that cannot help.

        The column may bear another name in the table's current schema, which planning goes by.
        """
        from pyiceberg.expressions import (
            And,
            GreaterThanOrEqual,
            LessThan,
            LessThanOrEqual,
            Reference,
        )

        if self.field is None or not self.is_bounded:
            return None
        name = table.schema().find_column_name(self.field.field_id)
        if name is None:
            return None
        term = Reference(name)
        bounds: list[BooleanExpression] = []
        if self.start is not None:
            bounds.append(GreaterThanOrEqual(term=term, value=self._literal(self.start)))
        if self.end is not None:
            # A period may end in the middle of a day.
            upper = LessThanOrEqual if str(self.field.field_type) == "date" else LessThan
            bounds.append(upper(term=term, value=self._literal(self.end)))
        return bounds[0] if len(bounds) == 1 else And(*bounds)

    def _literal(self, moment: datetime) -> LiteralValue:
        from pyiceberg.expressions.literals import literal

        if self.field is not None and str(self.field.field_type) == "date":
            return literal(moment.date().isoformat())
        return literal(moment.isoformat() + ("+00:00" if self._has_zone else ""))

    @property
    def _has_zone(self) -> bool:
        return self.field is not None and str(self.field.field_type) == "timestamptz"
