"""Which rows of a source an execution reads: settled before it starts.

So an execution, its retries and its repetition read the same rows, whatever is committed meanwhile.
"""

from __future__ import annotations

from typing import Any

from infra.runtime.clients import Credentials, open_client
from infra.runtime.errors import Refused
from infra.runtime.glue_snapshots import glue_snapshots
from infra.runtime.snapshots import Snapshots
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
        if table is None or table.scheme != GLUE or "snapshot" in table.options:
            return uri
        return str(table.reading(snapshot=self._snapshots(table).current))

    def appended(self, uri: str, group: str) -> str:
        """Return the address of what was appended since the group's last version was trained.

        Without such a version it is the whole table, and of a store without snapshots all of it.

        Args:
            uri: Of the source.
            group: Model package group in the account.

        Raises:
            Refused: Nothing was appended, what was seen is no ancestor of what is there, or the
                table cannot be read.
            NotYet: Others are committing to it.
        """
        table = table_address(uri)
        if table is None:
            return uri
        since, version = table.options.get("since", ""), ""
        if not since:
            last = watermark_of(self._client("sagemaker", self._region), group, table.label)
            if last is None:
                return self.pinned(uri)
            since, version = last.snapshot, last.version
            table = table.reading(since=since)
        if table.scheme != GLUE:
            return str(table)
        found = self._snapshots(table)
        snapshot = table.options.get("snapshot") or found.current
        found.check_follows(since, snapshot, str(table))
        if version and found.same_rows(since, snapshot):
            raise Refused(
                f"nothing was appended since {version} was trained (snapshot {since}).",
                uri,
                "Append a batch (pipeline data new-batch), or train on all rows with --window all.",
            )
        return str(table.reading(snapshot=snapshot))

    def _snapshots(self, table: TableAddress) -> Snapshots:
        glue = self._client("glue", table.options.get("region") or self._region)
        return glue_snapshots(table, glue, Storage(self._client("s3", self._region)))

    def _client(self, service: str, region: str) -> Any:
        return open_client(service, region=region, credentials=self._credentials)
