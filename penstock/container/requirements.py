"""What KFP's lightweight components install before they run, and whether it is there already."""

from __future__ import annotations

import importlib.metadata
import re
import sys

_INSTALL = re.compile(r"-m\s+pip\s+install\b")
_QUOTED = re.compile(r"'([^']*)'")
_REQUIREMENT = re.compile(r"([A-Za-z0-9][\w.-]*)(\[[^\]]*\])?\s*([^;]*)(?:;\s*(.*))?")
_CLAUSE = re.compile(r"(===|==|!=|~=|<=|>=|<|>)\s*([\w.*+!-]+)")
_MARKER = re.compile(r"python_version\s*(==|!=|<=|>=|<|>)\s*[\"']([\d.]+)[\"']")


def requirements_of(command: list[str]) -> list[str] | None:
    """Return what a lightweight component's pip preamble installs; None without a preamble.

    A preamble is `sh -c SCRIPT COMMAND...` whose script installs packages and ends by running
    COMMAND.
    """
    if len(command) < 4 or command[:2] != ["sh", "-c"]:
        return None
    script = command[2].strip()
    if not _INSTALL.search(script) or not script.endswith('"$0" "$@"'):
        return None
    return [word for word in _QUOTED.findall(script) if word and not word.startswith("-")]


def missing(requirements: list[str]) -> list[str]:
    """Return the requirements that this interpreter does not satisfy.

    Any `kfp` satisfies a requirement of `kfp`: another one must not replace the one in the image.
    """
    return [text for text in requirements if not _satisfied(text)]


def _satisfied(text: str) -> bool:
    match = _REQUIREMENT.fullmatch(text.strip())
    if match is None:
        return False
    name, extras, clauses, marker = match.groups()
    if marker:
        condition = _MARKER.fullmatch(marker.strip())
        if condition and not _holds(
            ".".join(map(str, sys.version_info[:2])), condition[1], condition[2]
        ):
            return True
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    if name.lower() == "kfp":
        return True
    if extras:
        return False
    wanted = _CLAUSE.findall(clauses)
    if len(wanted) != len([part for part in clauses.split(",") if part.strip()]):
        return False
    return all(_holds(version, sign, bound) for sign, bound in wanted)


def _holds(version: str, sign: str, bound: str) -> bool:
    if bound.endswith(".*"):
        prefix = bound[:-2]
        same = version == prefix or version.startswith(prefix + ".")
        return same if sign == "==" else not same
    have, want = _release(version), _release(bound)
    if sign == "~=":
        return have >= want and have[: len(_parts(bound)) - 1] == want[: len(_parts(bound)) - 1]
    return {
        "===": version == bound,
        "==": have == want,
        "!=": have != want,
        "<=": have <= want,
        ">=": have >= want,
        "<": have < want,
        ">": have > want,
    }[sign]


def _parts(version: str) -> list[int]:
    match = re.match(r"\d+(?:\.\d+)*", version)
    return [int(part) for part in match[0].split(".")] if match else [0]


def _release(version: str) -> tuple[int, ...]:
    parts = _parts(version)
    return tuple(parts + [0] * (6 - len(parts)))
