"""Whether the use cases in a release are those that its definitions were compiled with."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from penstock.errors import PenstockError, Problem
from penstock.release import layout
from penstock.release.manifest import PipelineEntry
from penstock.release.records import MAXIMUM_BYTES, REMEDY
from penstock.release.unpacking import member
from penstock.release.yaml_shape import shape_problem
from penstock.use_case.model import FEATURES_FILE, ROWS_FILE, SETTINGS_FILE


class UseCaseFiles:
    """The use cases of a release, each read once.

    Attributes:
        problems: What is wrong with them.
    """

    def __init__(self, files: Mapping[str, bytes], where: str) -> None:
        self._files, self._where = files, where
        self._digests: dict[str, str] = {}
        self.problems: list[Problem] = []

    def pin_problems(self, entry: PipelineEntry, text: str, place: str) -> Iterator[Problem]:
        """Yield where a definition names another version of its use case than the release holds."""
        name = entry.use_case
        if name not in self._digests:
            self._digests[name] = self._digest(name)
        digest = self._digests[name]
        pins = set(re.findall(rf"(?<![\w/]){name}@(sha256:[0-9a-f]{{64}})", text))
        if digest and pins - {digest}:
            what = (
                f"it was compiled with {name}@{sorted(pins - {digest})[0]}, "
                f"but the release holds {name}@{digest}."
            )
            yield Problem(what, place, REMEDY)

    def _digest(self, name: str) -> str:
        """Return the digest of a use case's files; note what is wrong with them."""
        from penstock.use_case import load_use_case

        folder = f"{layout.USE_CASES}{name}/"
        paths = [path for path in self._files if path.startswith(folder)]
        if f"{folder}{SETTINGS_FILE}" not in paths:
            return ""
        unreadable = [path for path in paths if not self._is_readable(path)]
        if unreadable or not self._is_sound(folder):
            return ""
        with tempfile.TemporaryDirectory() as scratch:
            target = Path(scratch).resolve() / name
            for path in paths:
                copy = target / path.removeprefix(folder)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(self._files[path])
            return load_use_case(str(target)).digest

    def _is_sound(self, folder: str) -> bool:
        """Return whether a use case can be read from its own folder alone; note why not."""
        from penstock.use_case import parse_use_case

        place = member(self._where, f"{folder}{SETTINGS_FILE}")
        try:
            use_case = parse_use_case(
                self._files[f"{folder}{SETTINGS_FILE}"].decode("utf-8"),
                file=place,
                has_sql=bool(self._files.get(f"{folder}{FEATURES_FILE}")),
                has_rows_sql=bool(self._files.get(f"{folder}{ROWS_FILE}")),
            )
        except PenstockError as error:
            self.problems += error.problems
            return False
        segments = use_case.segments.file if use_case.segments is not None else ""
        if segments and f"{folder}{segments}" not in self._files:
            what = f"the file of its segments, {layout.shown(segments)}, is not in the release."
            self.problems.append(Problem(what, place, REMEDY))
            return False
        return True

    def _is_readable(self, path: str) -> bool:
        """Return whether a file may be read as the text it has to be; note why not."""
        content, wrong = self._files[path], ""
        if len(content) > MAXIMUM_BYTES:
            wrong = f"it has {len(content):,} bytes; at most {MAXIMUM_BYTES:,} are read."
        elif path.endswith((".yaml", ".sql", ".txt")):
            try:
                text = content.decode("utf-8")
                wrong = shape_problem(text) if path.endswith(".yaml") else ""
            except UnicodeDecodeError as error:
                wrong = f"it is not UTF-8 at byte {error.start:,}."
        if wrong:
            self.problems.append(Problem(wrong, member(self._where, path), REMEDY))
        return not wrong
