"""Names of tables and columns as SQL text."""

from __future__ import annotations


def quote(name: str) -> str:
    """Return a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def qualified(table: str) -> str:
    """Return a quoted table, with its schema where it has one: `schema.table`."""
    return ".".join(quote(part) for part in table.split("."))
