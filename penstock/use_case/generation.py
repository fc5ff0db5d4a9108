"""Data for a run without a source of its own."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import os
import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from penstock.errors import Problem, UseCaseError
from penstock.use_case.loader import display_path
from penstock.use_case.model import SETTINGS_FILE, UseCase
from penstock.use_case.source import Generator

SINGLE_TABLE = ""
"""Stands for the table of a use case that has but one."""


def generate_source(use_case: UseCase, folder: Path) -> Path:
    """Write the use case's generated data below `folder`, or find them there from before.

    A generator of days writes those of its first load.

    Args:
        use_case: Whose generator to call.
        folder: Where generated data of all use cases are kept.

    Returns:
        The folder of the data; its name tells the generator's settings.

    Raises:
        UseCaseError: The use case has no generator, or it cannot be called with its settings.
    """
    generator = _generator(use_case)
    days: dict[str, Any] = {}
    if generator.load_days is not None:
        days = {"first_day": 0, "days": generator.load_days}
    function, code = _function(use_case, generator, folder, days)
    text = json.dumps(generator.model_dump(mode="json"), sort_keys=True)
    name = f"{use_case.name}-{_short_digest(text.encode() + code)}"
    finished = folder / name
    if not finished.is_dir():
        unfinished = folder / f".{name}.{os.getpid()}"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        try:
            function(unfinished, **days, **generator.settings)
            if not finished.is_dir():
                unfinished.replace(finished)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return finished


def generate_days(
    use_case: UseCase, folder: Path, *, first_day: int, days: int
) -> Mapping[date, Mapping[str, Path]]:
    """Write some days of a use case whose data grow by days.

    Args:
        use_case: Whose generator to call.
        folder: Existing empty folder to write to.
        first_day: Days since the first one of all.
        days: How many days.

    Returns:
        For each day, in order, its Parquet file by table (`SINGLE_TABLE` without `tables`).
        A table may have no rows on a day, and then no file.

    Raises:
        UseCaseError: The use case has no generator of days, it cannot be called with its settings,
            or it writes other files than it should.
    """
    generator = generator_of_days(use_case)
    where = display_path(use_case.folder / SETTINGS_FILE)
    span = {"first_day": first_day, "days": days}
    function, _ = _function(use_case, generator, folder, span)
    function(folder, **span, **generator.settings)
    found: dict[date, dict[str, Path]] = {}
    for table in use_case.tables or (SINGLE_TABLE,):
        for file in sorted((folder / table).glob("*.parquet")):
            try:
                found.setdefault(date.fromisoformat(file.stem), {})[table] = file
            except ValueError:
                found = {}
                break
    if len(found) != days:
        what = f"the generator {generator.function!r} did not write {days} days."
        raise UseCaseError(
            Problem(
                what, where, "Let it write <day>.parquet, of several tables <table>/<day>.parquet."
            )
        )
    return dict(sorted(found.items()))


def generator_of_days(use_case: UseCase) -> Generator:
    """Return the generator of a use case whose data grow by days.

    Raises:
        UseCaseError: The use case has none.
    """
    generator = _generator(use_case)
    if generator.load_days is None:
        what = "the generator writes everything at once, no batch follows."
        where = display_path(use_case.folder / SETTINGS_FILE)
        raise UseCaseError(Problem(what, where, "Set source.generator.load_days."))
    return generator


def _generator(use_case: UseCase) -> Generator:
    generator = use_case.source.generator
    if generator is None:
        where = display_path(use_case.folder / SETTINGS_FILE)
        raise UseCaseError(
            Problem("this use case has no generator and no source.", where, "Give a source.")
        )
    return generator


def _function(
    use_case: UseCase, generator: Generator, folder: Path, days: Mapping[str, int]
) -> tuple[Callable[..., Any], bytes]:
    """Return the generator's function and the code of its folder."""
    module_name, _, function_name = generator.function.partition(":")
    try:
        module = importlib.import_module(module_name)
        function = getattr(module, function_name)
        inspect.signature(function).bind(folder, **days, **generator.settings)
    except (ImportError, AttributeError, TypeError) as error:
        raise UseCaseError(
            Problem(
                f"the generator {generator.function!r} cannot be called: {error}.",
                display_path(use_case.folder / SETTINGS_FILE),
                "Mend `source.generator`.",
            )
        ) from error
    files = sorted(Path(str(module.__file__)).parent.glob("*.py"))
    return function, b"".join(file.read_bytes() for file in files)


def _short_digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
