"""What a function reads of its environment: all of it at once, every problem told together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from infra.runtime.errors import SettingsError


class Reader:
    """Reads variables; what is wrong with them is kept until `check`.

    A dataclass of settings asks for each of its fields and calls `check` last, so that nothing
    half read is ever used.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def text(self, name: str) -> str:
        """Return a variable that has to be there."""
        found = self._environ.get(name, "").strip()
        if not found:
            self._problems.append(f"{name} is not set.")
        return found

    def optional(self, name: str, default: str = "") -> str:
        """Return a variable that may be missing."""
        return self._environ.get(name, "").strip() or default

    def place(self, name: str) -> str:
        """Return an address `s3://BUCKET[/PREFIX]` without a slash at its end."""
        found = self.text(name).rstrip("/")
        if found and not found.removeprefix("s3://").partition("/")[0]:
            found = ""
        if self._environ.get(name, "").strip() and not found.startswith("s3://"):
            self._problems.append(f"{name} is no address s3://BUCKET.")
        return found

    def texts(self, name: str) -> Mapping[str, str]:
        """Return a JSON object of texts."""
        found = self._object(name)
        if not all(isinstance(each, str) for each in found.values()):
            self._problems.append(f"{name} holds a value that is no text.")
            return {}
        return found

    def list(self, name: str) -> tuple[str, ...]:
        """Return a JSON list of texts that is not empty."""
        try:
            found = json.loads(self.text(name) or "[]")
        except ValueError:
            found = None
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            self._problems.append(f"{name} is no JSON list of texts.")
            return ()
        if not found and self._environ.get(name, "").strip():
            self._problems.append(f"{name} is empty.")
        return tuple(found)

    def optional_list(self, name: str) -> tuple[str, ...]:
        """Return a JSON list of texts that may be missing."""
        return self.list(name) if self._environ.get(name, "").strip() else ()

    def lists(self, name: str) -> Mapping[str, tuple[str, ...]]:
        """Return a JSON object of lists of texts."""
        found = self._object(name)
        for value in found.values():
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                self._problems.append(f"{name} holds a value that is no list of texts.")
                return {}
        return {key: tuple(value) for key, value in found.items()}

    def check(self) -> None:
        """Refuse what was missing or wrong.

        Raises:
            SettingsError: Every problem is told.
        """
        if self._problems:
            raise SettingsError(self._problems)

    def _object(self, name: str) -> dict[str, Any]:
        text = self.text(name)
        if not text:
            return {}
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            self._problems.append(f"{name} is no JSON object.")
            return {}
        return found
