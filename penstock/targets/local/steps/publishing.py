"""Puts what a try of a step gave where the definition wants it; all of it can be taken back.

A try may die while it publishes, and the next one may give files of other names: what is put
somewhere is written down first.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from penstock.data.tree import files_below
from penstock.targets.local.steps.attempt import Attempt
from penstock.targets.local.store.port import Stores, join_uri

_RECORD = "published.json"


def publish(attempt: Attempt, source: Path, uri: str) -> None:
    """Put a file at `uri`, or a folder's files below it.

    Raises:
        StepError: It cannot be written.
        OSError: The record cannot be written, or the source not be read.
    """
    record = attempt.step_folder / _RECORD
    names = [""] if source.is_file() else [name for _, name in files_below(source)]
    _write(record, [*_read(record), *(join_uri(uri, name) if name else uri for name in names)])
    attempt.surroundings.stores.of(uri).publish(source, uri)


def withdraw(step_folder: Path, stores: Stores) -> None:
    """Remove what a step that did not succeed has published so far.

    Raises:
        StepError: A file may not be removed.
        OSError: The record cannot be read or removed.
    """
    record = step_folder / _RECORD
    for place in _read(record):
        stores.of(place).remove(place)
    record.unlink(missing_ok=True)


def _read(record: Path) -> list[str]:
    try:
        found: list[str] = json.loads(record.read_bytes())
    except FileNotFoundError:
        return []
    return found


def _write(record: Path, places: list[str]) -> None:
    aside = record.with_name(f".{record.name}.{os.getpid()}.new")
    try:
        aside.write_bytes(json.dumps(places).encode())
        aside.replace(record)
    finally:
        aside.unlink(missing_ok=True)
