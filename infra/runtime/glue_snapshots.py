"""The snapshots of an Iceberg table whose catalog is Glue.

Glue names the table's newest metadata, a file of JSON in S3, which lists the snapshots. Source:
https://iceberg.apache.org/spec/#table-metadata-fields
"""

from __future__ import annotations

import gzip
import json
from typing import Any

from infra.runtime.clients import error_code
from infra.runtime.errors import Refused
from infra.runtime.snapshots import Snapshots, snapshots_of
from infra.runtime.storage import Storage
from infra.runtime.table_address import TableAddress
from infra.runtime.waiting import NotYet

_MOST_BYTES = 64 << 20
_NO_TABLE = "EntityNotFoundException"
_ICEBERG = "iceberg"


def glue_snapshots(table: TableAddress, glue: Any, storage: Storage) -> Snapshots:
    """Return the snapshots that a reader would meet now.

    Args:
        table: The table.
        glue: Client of Glue in the table's Region.
        storage: S3.

    Raises:
        Refused: There is no such table, or nothing was ever committed to it.
        NotYet: A commit took the metadata away meanwhile.
    """
    return snapshots_of(json.loads(_metadata(table, glue, storage)), str(table))


def _metadata(table: TableAddress, glue: Any, storage: Storage) -> bytes:
    try:
        answer = glue.get_table(DatabaseName=table.database, Name=table.name)
    except Exception as error:
        if error_code(error) != _NO_TABLE:
            raise
        what = f"the catalog has no table {table.database}.{table.name}."
        raise Refused(what, str(table), "Mend the address of the rows.") from None
    parameters = answer["Table"].get("Parameters") or {}
    place = str(parameters.get("metadata_location") or "")
    if str(parameters.get("table_type")).lower() != _ICEBERG or not place:
        raise Refused("this is no Iceberg table.", str(table), "Mend the address of the rows.")
    content = storage.read(place, _MOST_BYTES)
    if content is None:
        raise NotYet(f"{table}: its metadata {place} is gone.")
    return gzip.decompress(content) if place.endswith(".gz.metadata.json") else content
