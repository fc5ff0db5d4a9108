"""Puts a copy of a registered model somewhere, whole and unaltered."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from penstock.data.digest import content_digest
from penstock.errors import Problem, ServiceError


@contextmanager
def fetched_whole(target: Path, properties: Mapping[str, str], where: str) -> Iterator[Path]:
    """Give a path to copy a model folder to; it is the target once it is there and checked.

    Args:
        target: Where the folder shall be; one that is there is replaced.
        properties: Of the version; `model_digest` among them is compared.
        where: Address of the version, for messages.

    Raises:
        ServiceError: What came is not what was registered; the target stays as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target.parent) as scratch:
        folder = Path(scratch, "model")
        yield folder
        wanted = properties.get("model_digest")
        if wanted is not None and wanted not in set(_digests(folder)):
            raise ServiceError(
                Problem(
                    "the registry's model is not the one that was registered: its digest is not "
                    f"{wanted}.",
                    where,
                    "See what changed it in the registry's store, or use another version.",
                )
            )
        if target.exists():
            target.replace(Path(scratch, "before"))
        folder.replace(target)


def copy_model(source: Path, folder: Path) -> None:
    """Copy a model folder, or a file into a folder of its own."""
    if source.is_dir():
        shutil.copytree(source, folder)
    else:
        folder.mkdir(parents=True)
        shutil.copy2(source, folder)


def _digests(folder: Path) -> Iterator[str]:
    """Yield the folder's digest, and its file's where it holds one alone."""
    yield content_digest(folder)
    inside = list(folder.iterdir())
    if len(inside) == 1 and inside[0].is_file():
        yield content_digest(inside[0])
