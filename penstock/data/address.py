"""Addresses of places with rows: `scheme://where?options#table`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode

FILE_SCHEMES = ("", "file", "s3")
"""Of files: their names may hold any sign, so nothing after `?` or `#` is taken apart."""


@dataclass(frozen=True, slots=True)
class Address:
    """A place with rows.

    Attributes:
        scheme: `` (a path), `file`, `s3`, `sqlite`, `postgresql`, `iceberg+sqlite`, ...
        place: What stands between `://` and the options.
        table: The table; empty where the place holds several, or is files.
        options: What stands after `?`, such as the snapshot of an Iceberg table.
    """

    scheme: str
    place: str
    table: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the address as text; `parse_address` reads it back."""
        start = f"{self.scheme}://" if self.scheme else ""
        options = f"?{urlencode(self.options, safe='/:')}" if self.options else ""
        return f"{start}{self.place}{options}{'#' if self.table else ''}{self.table}"

    def with_table(self, table: str) -> Address:
        """Return the address of one table of the place; files: of the folder below it."""
        if self.scheme in FILE_SCHEMES:
            return replace(self, place=f"{self.place.rstrip('/')}/{table}")
        return replace(self, table=table)


def parse_address(uri: str) -> Address:
    """Take an address apart; a path without a scheme is an address of files."""
    scheme, separator, rest = uri.partition("://")
    if not separator:
        return Address("", uri)
    if scheme in FILE_SCHEMES:
        return Address(scheme, rest)
    rest, _, table = rest.partition("#")
    place, _, options = rest.partition("?")
    return Address(scheme, place, table, dict(parse_qsl(options)))
