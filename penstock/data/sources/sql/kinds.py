"""Kinds of columns by the types that databases declare."""

from __future__ import annotations

from typing import Any


def kind_of_column(type_: Any) -> str:
    """Return the name of an Arrow type, or `string`."""
    import sqlalchemy.types as sql

    if isinstance(type_, sql.Boolean):
        return "bool"
    if isinstance(type_, sql.Integer):
        return "int64"
    if isinstance(type_, sql.Numeric | sql.Float):  # From SQLAlchemy 2.1 on, two things.
        return "double"
    if isinstance(type_, sql.DateTime):
        return "timestamp_tz" if getattr(type_, "timezone", False) else "timestamp"
    if isinstance(type_, sql.Date):
        return "date"
    return "string"
