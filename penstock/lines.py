"""YAML read together with the line of every key and value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from penstock.errors import Problem, UseCaseError

Location = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML mapping and where its parts stand."""

    file: str
    data: dict[str, Any]
    root: yaml.Node

    def place(self, location: Sequence[int | str]) -> str:
        """Return `file:line` of the deepest part of `location` that exists.

        Parts that are not in the file (pydantic adds the tags of unions) are passed over.
        """
        node, line = self.root, self.root.start_mark.line
        for part in location:
            if isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    if key.value == str(part):
                        node, line = value, key.start_mark.line
                        break
            elif isinstance(node, yaml.SequenceNode) and part in range(len(node.value)):
                node = node.value[int(part)]
                line = node.start_mark.line
        return f"{self.file}:{line + 1}"


def read_document(text: str, file: str) -> Document:
    """Read a YAML mapping.

    Args:
        text: Content of the file.
        file: Name of the file in messages.

    Raises:
        UseCaseError: The text is no YAML, no mapping, or holds a key twice (each is listed).
    """
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        data = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = f"{file}:{mark.line + 1}" if mark else file
        reason = getattr(error, "problem", None) or str(error)
        raise UseCaseError(
            Problem(f"this is not YAML: {reason}.", place, "Mend the line.")
        ) from error
    if root is None or not isinstance(data, dict):
        raise UseCaseError(
            Problem("the file holds no settings.", f"{file}:1", "Write `key: value` lines.")
        )
    twice = list(_repeated_keys(root, file))
    if twice:
        raise UseCaseError(twice)
    return Document(file, data, root)


def _repeated_keys(node: yaml.Node, file: str) -> list[Problem]:
    problems: list[Problem] = []
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                problems.append(
                    Problem(
                        f"{key.value!r} stands here a second time.",
                        f"{file}:{line}",
                        f"Remove it or the one in line {seen[key.value]}.",
                    )
                )
            seen.setdefault(str(key.value), line)
            problems += _repeated_keys(value, file)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            problems += _repeated_keys(item, file)
    return problems
