"""Which reader an address asks for."""

from __future__ import annotations

from penstock.data.address import parse_address
from penstock.data.sources.table import Source
from penstock.errors import DataError, Problem

DATABASES = ("sqlite", "postgresql")
CATALOGS = ("iceberg+sqlite", "iceberg+glue", "iceberg+rest")


def open_source(uri: str, *, file_format: str = "auto", table: str = "") -> Source:
    """Return the reader of `uri`; nothing is read yet.

    Args:
        uri: File, folder or glob (a path, `file://...`, `s3://bucket/...`), a table of a database
            (`postgresql://user@host/database#table`, `sqlite:////file#table`) or an Iceberg table
            (`iceberg+sqlite:///folder#namespace.table`, `iceberg+glue://#...`,
            `iceberg+rest://host#...`).
        file_format: Of files: `parquet`, `csv`, or `auto` to go by their ending.
        table: One of several tables of the place; of files, the folder or file of that name.

    Raises:
        DataError: The scheme is unknown.
    """
    address = parse_address(uri)
    if table:
        address = address.with_table(table)
    if address.scheme in ("", "file"):
        from penstock.data.sources.local.reader import LocalFiles

        return LocalFiles(address.place, file_format)
    if address.scheme == "s3":
        from penstock.data.sources.s3.reader import S3Files

        return S3Files(str(address), file_format)
    if address.scheme in DATABASES:
        from penstock.data.sources.sql.reader import SqlTable

        return SqlTable(address)
    if address.scheme in CATALOGS:
        from penstock.data.sources.iceberg.reader import IcebergTable

        return IcebergTable(address)
    raise DataError(
        Problem(
            f"the scheme {address.scheme!r} of the source is unknown.",
            uri,
            f"Use a path, file://, s3://, {'://, '.join((*DATABASES, *CATALOGS))}://.",
        )
    )
