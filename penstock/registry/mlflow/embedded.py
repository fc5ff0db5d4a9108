"""Reads an embedded MLflow registry without loading MLflow, which takes seconds.

The tables are those of the pinned MLflow; where they are others, MLflow itself is asked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version as the tables hold it.

    Attributes:
        version: Its number.
        created: Seconds since the epoch.
        location: URI of the model folder.
        tags: Of the version.
        run_tags: Of its run.
        metrics: Of its run.
    """

    version: int
    created: float
    location: str
    tags: Mapping[str, str]
    run_tags: Mapping[str, str]
    metrics: Mapping[str, float]


def read_versions(file: Path, group: str) -> Sequence[StoredVersion] | None:
    """Return the versions of a group, oldest first.

    Args:
        file: The SQLite file.
        group: Name of the registered model.

    Returns:
        None where the tables are not those that are known here.
    """
    if not file.is_file():
        return []
    try:
        with _opened(file) as database:
            found = database.execute(
                "SELECT version, creation_time, coalesce(storage_location, source), run_id "
                "FROM model_versions WHERE name = ? AND current_stage <> 'Deleted_Internal' "
                "ORDER BY version",
                (group,),
            ).fetchall()
            return [
                StoredVersion(
                    int(version),
                    created / 1000,
                    str(location),
                    _pairs(
                        database,
                        "SELECT key, value FROM model_version_tags WHERE name = ? AND version = ?",
                        group,
                        version,
                    ),
                    _pairs(database, "SELECT key, value FROM tags WHERE run_uuid = ?", run),
                    {
                        key: float(value)
                        for key, value in database.execute(
                            "SELECT key, value FROM latest_metrics WHERE run_uuid = ?", (run,)
                        )
                    },
                )
                for version, created, location, run in found
            ]
    except sqlite3.Error:
        return None


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=_SECONDS)
    try:
        yield database
    finally:
        database.close()


def _pairs(database: sqlite3.Connection, query: str, *values: object) -> dict[str, str]:
    return {str(key): str(value) for key, value in database.execute(query, values)}
