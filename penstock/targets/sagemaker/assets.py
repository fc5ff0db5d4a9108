"""Content-addressed files that a definition refers to below `CodeRoot`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from penstock.targets.sagemaker.references import Expression, join, parameter

_KEPT = 32


@dataclass(frozen=True, slots=True)
class Asset:
    """One file to upload at `CodeRoot/key` before the definition is used."""

    key: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files that a job receives together, in one folder named by their content."""

    digest: str
    assets: tuple[Asset, ...]

    @property
    def uri(self) -> Expression:
        """Where the folder is."""
        return join("/", [parameter("CodeRoot"), self.digest])


def bundle(files: Mapping[str, bytes]) -> Bundle:
    """Name a folder by the names and bytes of its files; the same files give the same name."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{len(name)}:{name}:{len(files[name])}:".encode())
        whole.update(files[name])
    digest = whole.hexdigest()[:_KEPT]
    return Bundle(digest, tuple(Asset(f"{digest}/{name}", files[name]) for name in sorted(files)))
