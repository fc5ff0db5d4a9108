"""Copies files into the central bucket, and hashes what arrived there."""

from __future__ import annotations

from collections.abc import Sequence

from infra.runtime.errors import Refused
from infra.runtime.registrar.source_files import SourceFile
from infra.runtime.storage import OTHER_BYTES, Measured, Storage

_WHO = "See in the bucket's history who wrote it."


def copy_files(storage: Storage, files: Sequence[SourceFile], folder: str) -> None:
    """Copy files that are not there yet; each is read again where it arrived.

    Args:
        storage: S3 as the registrar sees it.
        files: What is copied.
        folder: Where to, without a slash at its end.

    Raises:
        Refused: A file changed since it was measured, or other bytes are at its place.
    """
    for each in files:
        target = f"{folder}/{each.file.path}"
        wanted = Measured(each.file.size, each.file.sha256)
        found = storage.measure(target)
        if found is None:
            _copy(storage, each, target, wanted)
            found = storage.measure(target)
        if found != wanted:
            raise Refused(OTHER_BYTES, target, _WHO)


def _copy(storage: Storage, each: SourceFile, target: str, wanted: Measured) -> None:
    content, holds = each.fetch()
    with content:
        if holds != wanted:
            raise Refused(
                f"the file {each.file.path!r} changed while it was copied: its SHA-256 was "
                f"{wanted.sha256} and is {holds.sha256}.",
                target,
                "See who writes to the models of dev, and deliver again.",
            )
        storage.put_once(target, content, wanted.sha256)
