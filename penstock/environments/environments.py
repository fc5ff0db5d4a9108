"""All environments of a project."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from penstock.environments.environment import Environment
from penstock.errors import Problem, RequestError
from penstock.lines import Document


@dataclass(frozen=True, slots=True)
class Environments:
    """The environments of one file, in its order."""

    document: Document
    by_name: Mapping[str, Environment]

    def __iter__(self) -> Iterator[Environment]:
        return iter(self.by_name.values())

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the file's order."""
        return tuple(self.by_name)

    def get(self, name: str) -> Environment:
        """Return the environment that the file calls `name`.

        Raises:
            RequestError: There is none.
        """
        if name in self.by_name:
            return self.by_name[name]
        near = difflib.get_close_matches(name, self.names, n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise RequestError(
            Problem(
                f"there is no environment {name!r}.",
                self.document.file,
                f"{hint}Use one of: {', '.join(self.names)}.",
            )
        )

    def place(self, name: str, setting: str) -> str:
        """Return `file:line` of a setting, or of the environment where it has a default."""
        return self.document.place(("environments", name, setting))
