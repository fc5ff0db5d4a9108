"""Puts a copy of what was registered somewhere, whole and unaltered."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from penstock.data.digest import content_digest
from penstock.errors import Problem, ServiceError
from penstock.registry.facts import ENGINE, evidence_digest
from penstock.registry.port import EVIDENCE_DOCUMENT, Description, no_evidence


@contextmanager
def fetched_model(target: Path, version: Description) -> Iterator[Path]:
    """Give a path to copy a model folder to; it is the target once it is there and checked.

    Args:
        target: Where the folder shall be; one that is there is replaced.
        version: Whose; `model_digest` among its properties is compared.

    Raises:
        ServiceError: What came is not what was registered; the target stays as it was.
    """
    with _aside(target) as folder:
        yield folder
        wanted = version.properties.get("model_digest")
        if wanted is not None and wanted not in set(_digests(folder)):
            raise _altered("model", wanted, version)


@contextmanager
def fetched_evidence(target: Path, version: Description) -> Iterator[Path]:
    """Give a path to copy an evidence pack to; it is the target once it is there and checked.

    Args:
        target: Where the folder shall be; one that is there is replaced.
        version: Whose; `evidence_digest` among its properties is compared.

    Raises:
        RequestError: The version was registered without one.
        ServiceError: What came is not what was registered; the target stays as it was.
    """
    wanted = version.properties.get("evidence_digest")
    if wanted is None:
        raise no_evidence(version.registered)
    with _aside(target) as folder:
        yield folder
        document = folder / EVIDENCE_DOCUMENT
        if not document.is_file() or evidence_digest(folder) != wanted:
            raise _altered("evidence", wanted, version)


def copy_model(source: Path, folder: Path) -> None:
    """Copy a model folder without what a target keeps in it, or a file into a folder of its own."""
    if source.is_dir():
        shutil.copytree(source, folder)
        (folder / ENGINE).unlink(missing_ok=True)
    else:
        folder.mkdir(parents=True)
        shutil.copy2(source, folder)


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """Give a path beside the target that takes its place if all goes well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target.parent) as scratch:
        folder = Path(scratch, target.name or "fetched")
        yield folder
        if target.exists():
            target.replace(Path(scratch, ".before"))
        folder.replace(target)


def _altered(kind: str, wanted: str, version: Description) -> ServiceError:
    return ServiceError(
        Problem(
            f"the registry's {kind} is not the one that was registered: its digest is not "
            f"{wanted}.",
            version.registered.uri,
            "See what changed it in the registry's store, or use another version.",
        )
    )


def _digests(folder: Path) -> Iterator[str]:
    """Yield the folder's digest, and its file's where it holds one alone."""
    yield content_digest(folder)
    inside = list(folder.iterdir())
    if len(inside) == 1 and inside[0].is_file():
        yield content_digest(inside[0])
