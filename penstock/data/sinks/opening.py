"""Which writer an address asks for."""

from __future__ import annotations

from penstock.data.address import FILE_SCHEMES, parse_address
from penstock.data.sinks.port import Sink
from penstock.data.sources.opening import CATALOGS, DATABASES
from penstock.errors import DataError, Problem

OF_SOURCE = "source#"


def open_sink(uri: str) -> Sink:
    """Return the writer of `uri`; nothing is written yet.

    Args:
        uri: Folder of Parquet (a path, `file://...`, `s3://bucket/...`), a table of a database or
            an Iceberg table, as `open_source` takes them. An Iceberg address may say
            `?mode=append`; without, a repeated run overwrites its own rows.

    Raises:
        DataError: The scheme is unknown, or the table is not named.
    """
    address = parse_address(uri)
    if address.scheme in FILE_SCHEMES:
        from penstock.data.sinks.parquet.writer import ParquetFolder

        return ParquetFolder(address)
    if address.scheme not in (*DATABASES, *CATALOGS):
        raise DataError(
            Problem(
                f"the scheme {address.scheme!r} of the sink is unknown.",
                uri,
                f"Use a path, file://, s3://, {'://, '.join((*DATABASES, *CATALOGS))}://.",
            )
        )
    if not address.table:
        raise DataError(Problem("the sink names no table.", uri, "Add it at the end: #decisions."))
    if address.scheme in DATABASES:
        from penstock.data.sinks.sql.writer import SqlTable

        return SqlTable(address)
    from penstock.data.sinks.iceberg.writer import IcebergTable

    return IcebergTable(address)


def sink_uri(uri: str, source: str) -> str:
    """Return the address of a sink, with `source#table` resolved.

    Raises:
        DataError: The source is files, which hold no table of decisions.
    """
    if not uri.startswith(OF_SOURCE):
        return uri
    address = parse_address(source)
    if address.scheme in FILE_SCHEMES:
        raise DataError(
            Problem(
                "the source is files and holds no tables.", uri, "Name another sink, such as s3://."
            )
        )
    kept = {k: v for k, v in address.options.items() if k not in ("snapshot", "since")}
    table = uri.removeprefix(OF_SOURCE)
    return str(type(address)(address.scheme, address.place, table, kept))
