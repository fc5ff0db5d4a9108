"""What `uv.lock` pins, and whether what compiles here is what it pins."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.errors import Problem, RequestError
from penstock.release.bill_of_materials import is_project

_COMPILERS = (
    "kfp",
    "kfp-pipeline-spec",
    "protobuf",
    "pydantic",
    "pydantic-core",
    "pyyaml",
    "rfc8785",
)
"""Packages whose versions can change the bytes of a release."""


@dataclass(frozen=True, slots=True)
class LockFile:
    """A lock file.

    Attributes:
        content: Its bytes.
        project: Name of the project that it is of.
        version: Its version.
        builder: Version of Penstock that it pins.
    """

    content: bytes
    project: str
    version: str
    builder: str


def read_lock(folder: Path) -> LockFile:
    """Read the lock file of a project and compare what is installed.

    Raises:
        RequestError: It is missing or no lock file of uv, or the compiler that is installed is not
            the pinned one; each package is told.
    """
    path = folder / "uv.lock"
    try:
        content = path.read_bytes()
        packages = {str(each["name"]): each for each in tomllib.loads(content.decode())["package"]}
    except FileNotFoundError:
        remedy = "Lock the packages: uv lock."
        raise RequestError(Problem("there is no lock file.", str(path), remedy)) from None
    except (ValueError, KeyError, TypeError) as error:
        what = f"this is no lock file of uv: {error}."
        raise RequestError(Problem(what, str(path), "Lock the packages: uv lock.")) from error
    own = [each for each in packages.values() if is_project(each)]
    if len(own) != 1 or "penstock" not in packages:
        what = "it does not pin penstock." if own else "it names no project."
        raise RequestError(Problem(what, str(path), "Lock the packages: uv lock."))
    problems = list(_other_versions(packages, str(path)))
    if problems:
        raise RequestError(problems)
    version = str(own[0].get("version", ""))
    return LockFile(content, own[0]["name"], version, str(packages["penstock"].get("version", "")))


def _other_versions(packages: Mapping[str, Mapping[str, Any]], where: str) -> list[Problem]:
    from penstock.cli.installation import installed_version

    # What an editable installation says of itself is as old as the last `uv sync`.
    own = () if is_project(packages["penstock"]) else ("penstock",)
    problems = []
    for name in (*_COMPILERS, *own):
        pinned, installed = packages.get(name, {}).get("version"), installed_version(name)
        if pinned is not None and installed != pinned:
            what = f"it pins {name} {pinned}, but here is {installed}: the bytes could differ."
            problems.append(Problem(what, where, "Install what is locked: uv sync --frozen."))
    return problems
