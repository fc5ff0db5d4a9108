"""Brings the files of a model here, in whatever form its container names them."""

from __future__ import annotations

import tarfile
from pathlib import Path

from penstock.errors import Problem, StepError
from penstock.targets.local.documents import Document
from penstock.targets.local.jobs.archive import unpack
from penstock.targets.local.store.port import Stores

_ARCHIVES = (".tar.gz", ".tgz")


def model_uri(container: Document) -> str | None:
    """Return where a container's model is; None if it names none."""
    if container.get("ModelDataUrl") is not None:
        return str(container["ModelDataUrl"])
    source = (container.get("ModelDataSource") or {}).get("S3DataSource") or {}
    return None if source.get("S3Uri") is None else str(source["S3Uri"])


def place_model(uri: str, stores: Stores, fetched: Path, folder: Path) -> None:
    """Put a model's files into `folder`: those of an archive, or those of a folder as they are.

    Args:
        uri: A `model.tar.gz`, a folder that holds one, or a folder of the model's files.
        stores: Where it is.
        fetched: Does not exist yet; an archive comes here first.
        folder: Exists.

    Raises:
        StepError: There is nothing, or the archive is damaged.
        ServiceFault: The store answers badly at the moment.
    """
    stores.of(uri).fetch(uri, fetched)
    entries = list(fetched.iterdir())
    if len(entries) != 1 or not entries[0].name.endswith(_ARCHIVES):
        for entry in entries:
            entry.rename(folder / entry.name)
        return
    try:
        unpack(entries[0], folder)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise StepError(
            Problem(f"{uri} cannot be unpacked: {error}.", remedy="Run the training again.")
        ) from error
