"""Data for a run without a source of its own."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import os
import shutil
from pathlib import Path

from penstock.errors import Problem, UseCaseError
from penstock.use_case.loader import display_path
from penstock.use_case.model import SETTINGS_FILE, UseCase


def generate_source(use_case: UseCase, folder: Path) -> Path:
    """Write the use case's generated data below `folder`, or find them there from before.

    Args:
        use_case: Whose generator to call.
        folder: Where generated data of all use cases are kept.

    Returns:
        The folder of the data; its name tells the generator's settings.

    Raises:
        UseCaseError: The use case has no generator, or it cannot be called with its settings.
    """
    where = display_path(use_case.folder / SETTINGS_FILE)
    generator = use_case.source.generator
    if generator is None:
        raise UseCaseError(
            Problem("this use case has no generator and no source.", where, "Give a source.")
        )
    module_name, _, function_name = generator.function.partition(":")
    try:
        module = importlib.import_module(module_name)
        function = getattr(module, function_name)
        inspect.signature(function).bind(folder, **generator.settings)
    except (ImportError, AttributeError, TypeError) as error:
        raise UseCaseError(
            Problem(
                f"the generator {generator.function!r} cannot be called: {error}.",
                where,
                "Mend `source.generator`.",
            )
        ) from error
    code = Path(str(module.__file__)).read_bytes()
    text = json.dumps(generator.model_dump(mode="json"), sort_keys=True)
    name = f"{use_case.name}-{_short_digest(text.encode() + code)}"
    finished = folder / name
    if not finished.is_dir():
        unfinished = folder / f".{name}.{os.getpid()}"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        try:
            function(unfinished, **generator.settings)
            if not finished.is_dir():
                unfinished.replace(finished)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return finished


def _short_digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
