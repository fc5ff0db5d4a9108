"""Evidence packs, fetched from the registry once and kept while the console runs."""

import shutil
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Protocol

from penstock.errors import PenstockError, Problem, RequestError
from penstock.evidence.pack import Pack, read_pack

_MOST_PACKS = 40


class PackRegistry(Protocol):
    """What of a registry is needed here."""

    def fetch_evidence(self, group: str, version: int, folder: Path) -> None:
        """Copy the evidence pack of a version to `folder`: as a whole, or nothing."""


class Packs:
    """The packs that were asked for last.

    Args:
        registry: Where they come from.
    """

    def __init__(self, registry: PackRegistry) -> None:
        self._registry = registry
        self._folder = Path(tempfile.mkdtemp(prefix="penstock-console-"))
        self._kept: OrderedDict[tuple[str, int, str], Pack] = OrderedDict()
        self._lock = threading.Lock()

    def pack(self, group: str, version: int, digest: str) -> Pack:
        """Return the pack that a digest names.

        Raises:
            RequestError: The version has none, or the registry holds another one.
            ServiceError: The registry cannot be reached.
        """
        key = (group, version, digest)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            folder = self._folder / f"{group}-{version}-{digest.removeprefix('sha256:')[:16]}"
            shutil.rmtree(folder, ignore_errors=True)
            try:
                self._registry.fetch_evidence(group, version, folder)
                found = read_pack(folder)
            except OSError as error:
                raise _unreadable(group, version, error) from error
            if found.digest != digest:
                shutil.rmtree(folder, ignore_errors=True)
                raise RequestError(
                    Problem(
                        f"the registry holds the evidence {found.digest}, not {digest}.",
                        f"{group}/{version}",
                        "It was changed: reject the version, or restore its evidence.",
                    )
                )
            self._kept[key] = found
            while len(self._kept) > _MOST_PACKS:
                _, old = self._kept.popitem(last=False)
                shutil.rmtree(old.folder, ignore_errors=True)
            return found

    def close(self) -> None:
        """Remove what was fetched."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _unreadable(group: str, version: int, error: OSError) -> PenstockError:
    return RequestError(
        Problem(
            f"the evidence cannot be read: {error.strerror or error}.",
            f"{group}/{version}",
            "Look at the registry's store and its permissions.",
        )
    )
