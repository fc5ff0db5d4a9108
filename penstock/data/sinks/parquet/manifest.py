"""Which files of a folder are published: one small document that is replaced as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from penstock.errors import DataError, Problem

FORMAT = "penstock.sink/1"
MANIFEST = "_manifest.json"


@dataclass(frozen=True, slots=True)
class RunFile:
    """The rows of one run.

    Attributes:
        path: Of the Parquet file, from the folder.
        day: The day it decides for.
        rows: Number of rows.
        sha256: Of the file, in hex.
    """

    path: str
    day: date
    rows: int
    sha256: str


def read_manifest(content: bytes, where: str) -> dict[str, RunFile]:
    """Return the published file of each run; none for an empty document.

    Raises:
        DataError: It is no manifest.
    """
    if not content:
        return {}
    try:
        document = json.loads(content)
        if document["format"] != FORMAT:
            raise ValueError(document["format"])
        return {
            run: RunFile(
                str(facts["path"]),
                date.fromisoformat(facts["day"]),
                int(facts["rows"]),
                str(facts["sha256"]),
            )
            for run, facts in document["runs"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            Problem(
                "the manifest of the decisions is damaged or of another kind.",
                where,
                "Put the last good one back, or name another folder and publish anew.",
            )
        ) from error


def write_manifest(runs: Mapping[str, RunFile]) -> bytes:
    """Return the document; the same runs give the same bytes."""
    listed = {run: {**asdict(file), "day": str(file.day)} for run, file in sorted(runs.items())}
    return (json.dumps({"format": FORMAT, "runs": listed}, indent=1) + "\n").encode()
