"""Which store of growing tables an address asks for."""

from __future__ import annotations

from penstock.data.address import parse_address
from penstock.data.batches.port import Store
from penstock.data.sources.opening import CATALOGS, DATABASES
from penstock.errors import DataError, Problem


def open_store(uri: str) -> Store:
    """Return the store at `uri`, without a table; nothing is read or written yet.

    Raises:
        DataError: Batches cannot be appended there.
    """
    address = parse_address(uri)
    if address.scheme in ("", "file"):
        from penstock.data.batches.files.store import FileStore

        return FileStore(address)
    if address.scheme in DATABASES:
        from penstock.data.batches.sql.store import SqlStore

        return SqlStore(address)
    if address.scheme in CATALOGS:
        from penstock.data.batches.iceberg.store import IcebergStore

        return IcebergStore(address)
    raise DataError(
        Problem(
            f"batches cannot be appended to {address.scheme}://.",
            uri,
            f"Use a path, {'://, '.join((*DATABASES, *CATALOGS))}://.",
        )
    )
