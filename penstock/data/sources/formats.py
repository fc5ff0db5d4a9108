"""Which files of a listing are data, and of which format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from penstock.errors import DataError, Problem

ENDINGS = {
    "parquet": (".parquet", ".pq"),
    "csv": (".csv", ".csv.gz", ".tsv", ".tsv.gz"),
}


def choose_files(files: Sequence[str], file_format: str, where: str) -> tuple[list[str], str]:
    """Return the data files of a listing, sorted, and their format.

    Files and folders whose names begin with `_` or `.` are not data.

    Args:
        files: Paths below, or at, the place that was asked for.
        file_format: `parquet`, `csv` or `auto`.
        where: The place, for messages.

    Raises:
        DataError: No data file is among them, or Parquet and CSV are mixed.
    """
    seen = [file for file in sorted(files) if not PurePosixPath(file).name.startswith(("_", "."))]
    formats = [file_format] if file_format != "auto" else list(ENDINGS)
    by_format = {each: [file for file in seen if file.endswith(ENDINGS[each])] for each in formats}
    if file_format != "auto" and len(seen) == 1:
        return seen, file_format
    present = [each for each, found in by_format.items() if found]
    if len(present) > 1:
        counts = " and ".join(f"{len(by_format[each])} {each}" for each in present)
        raise DataError(
            Problem(f"the source mixes formats: {counts} files.", where, "Set source.format.")
        )
    if not present:
        endings = ", ".join(ending for each in formats for ending in ENDINGS[each])
        what = f"there are {len(files)} files, but none ends in {endings}."
        if not files:
            what = "there is no file."
        raise DataError(Problem(what, where, "Give a file, folder or glob with data."))
    return by_format[present[0]], present[0]
