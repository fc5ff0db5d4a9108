"""Reads and marks an embedded MLflow registry without loading MLflow, which takes seconds.

The tables are those of the pinned MLflow; where they are others, MLflow itself is asked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.errors import Problem, ServiceError
from penstock.registry.mlflow.sqlite_file import opened_to_read, opened_to_write

_SECONDS = 10.0
_UNREADABLE = (sqlite3.Error, ValueError, TypeError, OverflowError)
"""A damaged file can hold what is no text, no number, or of another type."""

_NO_END = (1 << 63) - 1
_REMEDIES = {
    sqlite3.SQLITE_BUSY: "Another process writes to it: end it, or try again when it is done.",
    sqlite3.SQLITE_NOTADB: "Put the database back from a copy.",
    sqlite3.SQLITE_CORRUPT: "Put the database back from a copy.",
    sqlite3.SQLITE_READONLY: "Give the user who runs this the right to write to it.",
}
# Embedded registries have the one workspace; naming it lets SQLite use the primary keys.
_GROUPS = (
    "SELECT name FROM registered_models AS one WHERE workspace = 'default' AND EXISTS "
    "(SELECT 1 FROM model_versions AS its WHERE its.workspace = 'default' AND its.name = one.name "
    "AND its.current_stage <> 'Deleted_Internal') ORDER BY name"
)
_NUMBERS = (
    "SELECT version FROM model_versions WHERE workspace = 'default' AND name = ? "
    "AND current_stage <> 'Deleted_Internal' ORDER BY version"
)
_NEWEST = (
    "SELECT version, creation_time, coalesce(storage_location, source), run_id, "
    "(SELECT artifact_uri FROM runs WHERE run_uuid = run_id) "
    "FROM model_versions WHERE workspace = 'default' AND name = ? AND version < ? "
    "AND current_stage <> 'Deleted_Internal' ORDER BY version DESC LIMIT ?"
)
_TAGS = (
    "SELECT key, value FROM model_version_tags "
    "WHERE workspace = 'default' AND name = ? AND version = ?"
)
_RUN_TAGS = "SELECT key, value FROM tags WHERE run_uuid = ?"
_METRICS = "SELECT key, value FROM latest_metrics WHERE run_uuid = ?"
_SET_TAG = (
    "INSERT INTO model_version_tags (workspace, name, version, key, value) "
    "VALUES ('default', ?, ?, ?, ?) "
    "ON CONFLICT (workspace, key, name, version) DO UPDATE SET value = excluded.value"
)


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version as the tables hold it.

    Attributes:
        version: Its number.
        created: Seconds since the epoch.
        location: What it points to: `artifacts`, which holds `model`, or the model folder itself.
        artifacts: URI of the folder of all that its run keeps.
        tags: Of the version.
        run_tags: Of its run.
        metrics: Of its run.
    """

    version: int
    created: float
    location: str
    artifacts: str
    tags: Mapping[str, str]
    run_tags: Mapping[str, str]
    metrics: Mapping[str, float]


def read_groups(file: Path) -> Sequence[str] | None:
    """Return the groups that have versions, sorted; None where the tables are not as known."""
    found = _rows(file, _GROUPS)
    return None if found is None else [str(name) for (name,) in found]


def read_numbers(file: Path, group: str) -> Sequence[int] | None:
    """Return the versions of a group, oldest first; None where the tables are not as known."""
    found = _rows(file, _NUMBERS, group)
    return None if found is None else [int(number) for (number,) in found]


def read_versions(
    file: Path, group: str, limit: int, before: int | None
) -> Sequence[StoredVersion] | None:
    """Return versions of a group, newest first.

    Args:
        file: The SQLite file.
        group: Name of the registered model.
        limit: At most so many.
        before: Only older ones than this; None: from the newest on.

    Returns:
        None where the tables are not those that are known here.

    Raises:
        ServiceError: The database is locked by another process, or cannot be read.
    """
    if not file.is_file():
        return []
    try:
        with opened_to_read(file, _SECONDS) as database:
            newest = (group, _NO_END if before is None else before, limit)
            found = database.execute(_NEWEST, newest).fetchall()
            return [
                StoredVersion(
                    int(version),
                    created / 1000,
                    str(location),
                    str(artifacts or ""),
                    _pairs(database, _TAGS, group, version),
                    _pairs(database, _RUN_TAGS, run),
                    {key: float(value) for key, value in database.execute(_METRICS, (run,))},
                )
                for version, created, location, run, artifacts in found
            ]
    except _UNREADABLE as error:
        if _is_of_other_tables(error):
            return None
        raise _refusal(file, error) from error


def write_tags(file: Path, group: str, version: int, tags: Mapping[str, str]) -> bool:
    """Set tags of a version, all or none; return whether the tables are those known here.

    Raises:
        ServiceError: The database is locked by another process, or cannot be written to.
    """
    rows = [(group, version, name, value) for name, value in tags.items()]
    try:
        with opened_to_write(file, _SECONDS) as database, database:
            database.executemany(_SET_TAG, rows)
    except sqlite3.Error as error:
        if _is_of_other_tables(error):
            return False
        raise _refusal(file, error) from error
    return True


def _rows(file: Path, query: str, *values: object) -> Sequence[tuple[Any, ...]] | None:
    if not file.is_file():
        return []
    try:
        with opened_to_read(file, _SECONDS) as database:
            return database.execute(query, values).fetchall()
    except _UNREADABLE as error:
        if _is_of_other_tables(error):
            return None
        raise _refusal(file, error) from error


def _pairs(database: sqlite3.Connection, query: str, *values: object) -> dict[str, str]:
    return {str(key): str(value) for key, value in database.execute(query, values)}


def _is_of_other_tables(error: Exception) -> bool:
    """Return whether a table or column is missing."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR


def _refusal(file: Path, error: Exception) -> ServiceError:
    # The extended codes hold the plain one in their last byte.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    remedy = _REMEDIES.get(code, "Check the path, the free space and the rights.")
    return ServiceError(Problem(f"the model registry refused: {error}.", str(file), remedy))
