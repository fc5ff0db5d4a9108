"""The text file that lists the segments of a use case."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from penstock.errors import Problem, UseCaseError

_LEAST_LIKENESS = 0.75


def read_segments(text: str, file: str) -> tuple[str, ...]:
    """Return the segments of a text: one a line, `#` begins a comment, blank lines do not count.

    Args:
        text: Content of the file; a byte order mark before it does not count.
        file: Name of the file in messages.

    Raises:
        UseCaseError: A segment stands there twice, or the file names none; all are listed.
    """
    found: dict[str, int] = {}
    problems = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        segment = line.partition("#")[0].strip()
        if not segment:
            continue
        if segment in found:
            what = f"the segment {segment!r} stands in line {found[segment]} already."
            problems.append(Problem(what, f"{file}:{number}", "Remove one."))
        else:
            found[segment] = number
    if not found:
        problems.append(Problem("the file names no segment.", file, "Write one a line."))
    if problems:
        raise UseCaseError(problems)
    return tuple(found)


def unknown_segments(
    named: Sequence[str], known: Iterable[str], *, column: str, where: str
) -> list[Problem]:
    """Return a problem for each segment that is no value of the segment column.

    Args:
        named: Segments of the settings.
        known: Values of the column in the data.
        column: Name of the column.
        where: File or setting that names them.
    """
    values = sorted(set(known))
    problems = []
    for segment in named:
        if segment in values:
            continue
        near = difflib.get_close_matches(segment, values, n=3, cutoff=_LEAST_LIKENESS)
        hint = f"Did you mean {' or '.join(near)}?" if near else _listed(values)
        what = f"the segment {segment!r} is no value of {column}."
        problems.append(Problem(what, where, hint))
    return problems


def _listed(values: Sequence[str]) -> str:
    shown = ", ".join(values[:10])
    more = f" and {len(values) - 10} more" if len(values) > 10 else ""
    return f"The values are: {shown}{more}." if values else "The column has no value."
