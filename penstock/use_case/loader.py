"""From a reference to a validated use case."""

from __future__ import annotations

import copy
import difflib
import hashlib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from penstock.errors import Problem, UseCaseError
from penstock.lines import Document, Location, read_document
from penstock.use_case.checks import check_fit
from penstock.use_case.model import FEATURES_FILE, ROWS_FILE, SETTINGS_FILE, UseCase
from penstock.use_case.problems import problem_of
from penstock.use_case.segment_file import read_segments

_PROJECT = Path(__file__).resolve().parents[2]
_PIN = "@sha256:"


def load_use_case(reference: str) -> UseCase:
    """Load the use case that `reference` names.

    Args:
        reference: A name (`fraud`), a path to the folder of a `use_case.yaml` or to that file, or
            either pinned to a version by the use case's own `reference` (`fraud@sha256:<hex>`).

    Raises:
        UseCaseError: There is no such use case, its file is wrong (every problem is listed with its
            line), or its files are another version than the reference is pinned to.
    """
    address, _, pinned = reference.partition(_PIN)
    folder = _find(address)
    settings = folder / SETTINGS_FILE
    display = display_path(settings)
    text = _read(settings)
    sql_file = folder / FEATURES_FILE
    sql = _read(sql_file) if sql_file.is_file() else ""
    rows_file = folder / ROWS_FILE
    rows_sql = _read(rows_file) if rows_file.is_file() else ""
    use_case = parse_use_case(text, file=display, has_sql=bool(sql), has_rows_sql=bool(rows_sql))
    segments = _segments(use_case, folder)
    digest = _digest(text, sql, *([rows_sql, *segments] if rows_sql or segments else []))
    if pinned and digest.removeprefix("sha256:") != pinned:
        raise UseCaseError(
            Problem(
                f"the image or working tree holds {digest} of this use case, but the definition "
                f"was compiled with sha256:{pinned}.",
                display,
                "Compile again, or run the image that was built from the same commit.",
            )
        )
    use_case._folder, use_case._digest, use_case._sql = folder, digest, sql
    use_case._rows_sql, use_case._segment_names = rows_sql, segments
    named = folder == _PROJECT / "use_cases" / folder.name
    use_case._address = folder.name if named else str(folder)
    return use_case


def parse_use_case(text: str, *, file: str, has_sql: bool, has_rows_sql: bool = False) -> UseCase:
    """Validate the text of a `use_case.yaml`.

    Args:
        text: Content of the file.
        file: Name of the file in messages.
        has_sql: Whether there is feature SQL beside it.
        has_rows_sql: Whether there is rows.sql beside it.

    Raises:
        UseCaseError: With every problem and its line.
    """
    document = read_document(text, file)
    try:
        use_case = UseCase.model_validate(document.data)
        problems: list[Problem] = []
    except ValidationError as error:
        found = error.errors()
        problems = [problem_of(each, document) for each in found]
        remaining = _without(document, [each["loc"] for each in found])
        if remaining is None:
            raise UseCaseError(_in_order(problems)) from None
        use_case = remaining
    for location, what, remedy in check_fit(use_case, has_sql=has_sql, has_rows_sql=has_rows_sql):
        problems.append(Problem(what, document.place(location), remedy))
    if problems:
        raise UseCaseError(_in_order(problems))
    return use_case


def use_case_names() -> list[str]:
    """Return the names of the use cases of this project, sorted."""
    return sorted(file.parent.name for root in _roots() for file in root.glob(f"*/{SETTINGS_FILE}"))


def _roots() -> list[Path]:
    return list(dict.fromkeys([_PROJECT / "use_cases", Path.cwd() / "use_cases"]))


def _find(address: str) -> Path:
    for folder in (*(root / address for root in _roots()), Path(address), Path(address).parent):
        if address and (folder / SETTINGS_FILE).is_file():
            if folder == Path(address).parent and Path(address).name != SETTINGS_FILE:
                continue
            return folder.resolve()
    names = use_case_names()
    near = difflib.get_close_matches(address, names, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise UseCaseError(
        Problem(
            f"there is no use case {address!r}.",
            remedy=f"{hint}Use one of: {', '.join(names)}; or the path of a folder that holds "
            f"{SETTINGS_FILE}.",
        )
    )


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UseCaseError(
            Problem("the file is not UTF-8 text.", display_path(file), "Save it as UTF-8.")
        ) from error
    except OSError as error:
        raise UseCaseError(
            Problem(f"the file cannot be read: {error.strerror}.", display_path(file))
        ) from error


def display_path(file: Path) -> str:
    """Return the path as messages show it: from the working directory or the project's root."""
    for root in (Path.cwd(), _PROJECT):
        if file.is_relative_to(root):
            return file.relative_to(root).as_posix()
    return str(file)


def _segments(use_case: UseCase, folder: Path) -> tuple[str, ...]:
    if use_case.segments is None:
        return ()
    if not use_case.segments.file:
        return tuple(use_case.segments.names)
    file = folder / use_case.segments.file
    return read_segments(_read(file), display_path(file))


def _digest(*texts: str) -> str:
    parts = [text.encode() for text in texts]
    whole = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return f"sha256:{hashlib.sha256(whole).hexdigest()}"


def _in_order(problems: list[Problem]) -> list[Problem]:
    def line(problem: Problem) -> int:
        number = problem.where.rpartition(":")[2]
        return int(number) if number.isdigit() else 0

    return sorted(problems, key=line)


def _without(document: Document, locations: list[Location]) -> UseCase | None:
    """Validate the file without its wrong parts, so that what remains can be checked too."""
    data = copy.deepcopy(document.data)
    for location in sorted(locations, key=str, reverse=True):
        _remove(data, location)
    try:
        return UseCase.model_validate(data)
    except ValidationError:
        return None


def _remove(data: Any, location: Location) -> None:
    holder, last = None, None
    for part in location:
        inside = (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        )
        if inside:
            holder, last, data = data, part, data[part]
    if isinstance(holder, dict):
        holder.pop(last, None)
