"""Finds the JSON documents and pages that a step has written, by what they say they are."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from penstock.targets.local.result import StepRun

_FILE, _ARCHIVE = "file://", ".tar.gz"

MAX_BYTES = 16 << 20
"""Larger files are data, not documents."""


def documents_of(step: StepRun) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects with a `format` among a step's outputs on this machine."""
    for name, content in _files(step, ".json"):
        try:
            document = json.loads(content)
        except ValueError:
            continue
        if name and isinstance(document, dict) and isinstance(document.get("format"), str):
            yield document


def pages_of(step: StepRun) -> Iterator[str]:
    """Yield where the step's HTML pages are: paths here, URIs elsewhere."""
    for output in step.outputs.values():
        place = local_path(output.uri)
        if place is not None:
            files = [place] if place.is_file() else sorted(place.rglob("*.html"))
            yield from (str(file) for file in files if file.suffix == ".html")
        elif output.uri.rstrip("/").endswith("/report"):
            yield f"{output.uri.rstrip('/')}/report.html"


def local_path(uri: str) -> Path | None:
    """Return the path of a `file://` URI or of a plain path; None for other stores."""
    if uri.startswith(_FILE):
        # As the executor writes it: signs stand for themselves, a part of an archive behind #.
        archive, part, _ = uri.rpartition(f"{_ARCHIVE}#")
        return Path((f"{archive}{_ARCHIVE}" if part else uri).removeprefix(_FILE))
    return None if "://" in uri else Path(uri)


def _files(step: StepRun, ending: str) -> Iterator[tuple[str, bytes]]:
    places = [local_path(output.uri) for output in step.outputs.values()]
    seen = False
    for place in places:
        if place is None:
            continue
        for name, content in _below(place, ending):
            seen = True
            yield name, content
    if not seen and step.folder is not None:
        yield from _below(step.folder / "opt" / "ml", ending)


def _below(place: Path, ending: str) -> Iterator[tuple[str, bytes]]:
    if place.is_dir():
        for file in sorted(place.rglob(f"*{ending}")):
            if file.is_file() and file.stat().st_size <= MAX_BYTES:
                yield file.name, file.read_bytes()
    elif place.name.endswith(_ARCHIVE) and place.is_file():
        with tarfile.open(place) as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(ending) and member.size <= MAX_BYTES:
                    stream = archive.extractfile(member)
                    if stream is not None:
                        yield member.name, stream.read()
    elif place.name.endswith(ending) and place.is_file():
        yield place.name, place.read_bytes()
