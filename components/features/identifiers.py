"""Names and values as SQL text."""

from collections.abc import Iterable
from datetime import date, datetime


def name(identifier: str) -> str:
    """Return a quoted identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def names(identifiers: Iterable[str]) -> str:
    """Return quoted identifiers with commas between them."""
    return ", ".join(name(each) for each in identifiers)


def literal(value: bool | int | float | str | date | datetime) -> str:
    """Return a literal."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return "'" + value.replace("'", "''") + "'"
