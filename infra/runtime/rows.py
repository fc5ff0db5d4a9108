"""Which rows of a source an execution reads: settled before it starts.

So an execution, its retries and its repetition read the same rows, whatever is committed meanwhile.
"""

from __future__ import annotations

from typing import Any

from infra.runtime.clients import Credentials, open_client
from infra.runtime.errors import Refused
from infra.runtime.glue_snapshot import current_snapshot
from infra.runtime.storage import Storage
from infra.runtime.table_address import GLUE, TableAddress, table_address
from infra.runtime.watermark import watermark_of


class Rows:
    """Sources as one account sees them.

    Only catalogs in Glue are asked: of another Iceberg table the snapshot is left to the step that
    reads, which writes down what it met.

    Args:
        region: Of the account; empty: the function's own.
        credentials: Whom to read as; None: the function's own role.
    """

    def __init__(self, region: str = "", credentials: Credentials | None = None) -> None:
        self._region, self._credentials = region, credentials

    def pinned(self, uri: str) -> str:
        """Return the address of a source with the snapshot that is current.

        Raises:
            Refused: There is no such table, or nothing was ever committed to it.
            NotYet: Others are committing to it.
        """
        table = table_address(uri)
        return uri if table is None else str(self._pinned(table))

    def appended(self, uri: str, group: str) -> str:
        """Return the address of what was appended since the group's last version was trained.

        Without such a version it is the whole table, and of a store without snapshots all of it.

        Args:
            uri: Of the source.
            group: Model package group in the account.

        Raises:
            Refused: Nothing was appended, or the table cannot be read.
            NotYet: Others are committing to it.
        """
        table = table_address(uri)
        if table is None or "since" in table.options:
            return self.pinned(uri)
        last = watermark_of(self._client("sagemaker", self._region), group, table.label)
        if last is None:
            return self.pinned(uri)
        found = self._pinned(table.reading(since=last.snapshot))
        if found.options.get("snapshot") == last.snapshot:
            raise Refused(
                f"nothing was appended since {last.version} was trained "
                f"(snapshot {last.snapshot}).",
                uri,
                "Append a batch (pipeline data new-batch), or train on all rows with --window all.",
            )
        return str(found)

    def _pinned(self, table: TableAddress) -> TableAddress:
        if table.scheme != GLUE or "snapshot" in table.options:
            return table
        glue = self._client("glue", table.options.get("region") or self._region)
        storage = Storage(self._client("s3", self._region))
        return table.reading(snapshot=current_snapshot(table, glue, storage))

    def _client(self, service: str, region: str) -> Any:
        return open_client(service, region=region, credentials=self._credentials)
