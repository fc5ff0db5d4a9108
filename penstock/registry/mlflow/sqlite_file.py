"""Opens the SQLite file of a registry, as a process that was killed over it may have left it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def opened_to_read(file: Path, seconds: float) -> Iterator[sqlite3.Connection]:
    """Open a database for queries alone.

    A writer that was killed leaves a journal beside the file, and the first who opens it next takes
    the unfinished change back. SQLite refuses that to connections of the mode `ro`, so this one may
    write, and its statements may not. Where the user has no right to write, it opens all the same.

    Args:
        file: The database; it has to be there.
        seconds: How long another process may hold it locked.
    """
    with opened_to_write(file, seconds) as database:
        database.execute("PRAGMA query_only = ON")
        yield database


@contextmanager
def opened_to_write(file: Path, seconds: float) -> Iterator[sqlite3.Connection]:
    """Open a database that is there; a missing one is not made."""
    address = f"{file.absolute().as_uri()}?mode=rw"
    database = sqlite3.connect(address, uri=True, timeout=seconds)
    try:
        yield database
    finally:
        database.close()
