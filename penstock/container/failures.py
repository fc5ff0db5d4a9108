"""How a failed job tells the service why."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TextIO

MOST_CHARACTERS = 1024
"""SageMaker keeps so many characters of a failure message."""


class AdapterError(Exception):
    """The job cannot be done as it was asked for; reported without a traceback."""


class CommandFailedError(Exception):
    """The component's own command ended in failure; it has said why on standard error."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def report(error: BaseException, file: Path, errors: TextIO) -> None:
    """Print the error, and keep the beginning of its message in `file`.

    A mistake that the component or the adapter explains itself is printed without a traceback.
    """
    if explained(error):
        message = str(error)
        print(message, file=errors, flush=True)
    else:
        message = f"{type(error).__name__}: {error}".rstrip(": ")
        traceback.print_exception(type(error), error, error.__traceback__, file=errors)
        errors.flush()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(message[:MOST_CHARACTERS], encoding="utf-8")
    except OSError as problem:
        print(f"{file} could not be written: {problem}", file=errors, flush=True)


def explained(error: BaseException) -> bool:
    """Whether the message alone says enough.

    The project's own errors are known by name, because `penstock.errors` is not in every image.
    """
    if isinstance(error, (AdapterError, CommandFailedError)):
        return True
    return any(
        kind.__module__ == "penstock.errors" and kind.__name__ == "PenstockError"
        for kind in type(error).__mro__
    )
