"""Brings what a job read to this machine, once."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from penstock.errors import PenstockError, Problem, ServiceError
from penstock.replay.record import Record
from penstock.targets.local.store.port import Store

_DONE = ".complete"


def inputs_of(record: Record) -> Iterator[tuple[str, str]]:
    """Yield name and address of everything that a job reads from S3, code among it."""
    for each in record.arguments.get("ProcessingInputs") or ():
        uri = (each.get("S3Input") or {}).get("S3Uri")
        if uri:
            yield str(each["InputName"]), str(uri)
    for each in record.arguments.get("InputDataConfig") or ():
        uri = ((each.get("DataSource") or {}).get("S3DataSource") or {}).get("S3Uri")
        if uri:
            yield str(each["ChannelName"]), str(uri)


def fetch(
    record: Record, folder: Path, store: Store, told: Callable[[str], None]
) -> Mapping[str, str]:
    """Bring the inputs of a job here and return where each is.

    What was brought before is taken as it is: an interrupted fetch goes on with the input that it
    had come to.

    Args:
        record: Of the step.
        folder: Where to keep them.
        store: Reads their addresses.
        told: Is given a sentence for each.

    Returns:
        `file://` addresses by the address on S3.

    Raises:
        ServiceError: Some cannot be read any more, and each is listed.
    """
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for name, uri in inputs_of(record):
        place = folder / f"{name}-{hashlib.sha256(uri.encode()).hexdigest()[:12]}"
        if not (place / _DONE).is_file():
            told(f"fetching {name} from {uri}")
            try:
                _bring(uri, place, store)
            except PenstockError as error:
                problems += error.problems
                continue
        found[uri] = f"file://{place / 'content'}"
    if problems:
        raise ServiceError(problems)
    return found


def _bring(uri: str, place: Path, store: Store) -> None:
    aside = place.with_name(f".{place.name}")
    shutil.rmtree(aside, ignore_errors=True)
    shutil.rmtree(place, ignore_errors=True)
    (aside / "content").mkdir(parents=True)
    store.fetch(uri, aside / "content")
    (aside / _DONE).write_text(json.dumps({"uri": uri}))
    aside.replace(place)


def relocated(value: Any, places: Mapping[str, str]) -> Any:
    """Return a document in which addresses stand for others."""
    if isinstance(value, str):
        return places.get(value, value)
    if isinstance(value, list):
        return [relocated(each, places) for each in value]
    if isinstance(value, Mapping):
        return {key: relocated(each, places) for key, each in value.items()}
    return value
