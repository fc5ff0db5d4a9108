"""Brings the folder of a model here: from a folder, a `model.tar.gz`, on this machine or in S3."""

from __future__ import annotations

import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from penstock.errors import DataError, Problem, RequestError

MANIFEST = "model.json"
_ARCHIVES = (".tar.gz", ".tgz", ".tar")
_ENGINE = "artifact.json"
"""What a target keeps beside a model; no part of it."""
_INNER = ("model", "data")
_REMEDY = "Give the address of a model's folder or of its model.tar.gz."


def fetch_model(uri: str, scratch: Path) -> Path:
    """Return the folder of a model, the file `model.json` in it.

    Archives are unpacked without links and without paths that lead out of them. Nothing at the
    address is changed.

    Args:
        uri: A path, `file://` or `s3://`: a folder, one that holds `model.tar.gz`, or such an
            archive itself.
        scratch: An existing folder for what has to be copied.

    Raises:
        DataError: There is no model, or the archive is damaged or unsafe.
        RequestError: The address is of no known kind.
        ServiceError: S3 refused or could not be reached.
    """
    place = _place(uri, scratch, "model")
    if not place.exists():
        raise DataError(Problem("there is no model.", uri, _REMEDY))
    return _folder(place, uri, scratch)


def fetch_folder(uri: str, scratch: Path) -> Path:
    """Return a folder as it is: where it lies, or a copy of what is in S3.

    Args:
        uri: A path, `file://` or `s3://`.
        scratch: An existing folder for what has to be copied.

    Raises:
        DataError: There is no such folder.
        RequestError: The address is of no known kind.
        ServiceError: S3 refused or could not be reached.
    """
    place = _place(uri, scratch, "folder")
    if not place.is_dir():
        raise DataError(Problem("there is no such folder.", uri, "Check the address."))
    return place


def _place(uri: str, scratch: Path, what: str) -> Path:
    """Return the path of an address, copied here from S3."""
    scheme, separator, _ = uri.partition("://")
    if separator and scheme == "s3":
        return _from_s3(uri, scratch / "fetched")
    if separator and scheme == "file":
        return Path(unquote(urlsplit(uri).path))
    if separator:
        text = f"a {what} cannot be fetched from an address of the kind {scheme!r}."
        raise RequestError(Problem(text, uri, "Use a path, file:// or s3://."))
    return Path(uri)


def _folder(place: Path, uri: str, scratch: Path) -> Path:
    if place.is_file():
        return _without_engine(_unpacked(place, uri, scratch / "unpacked"), scratch, uri)
    archives = sorted(each for each in place.iterdir() if each.name.endswith(_ARCHIVES))
    if not (place / MANIFEST).is_file() and len(archives) == 1:
        return _folder(archives[0], uri, scratch)
    return _without_engine(place, scratch, uri)


def _without_engine(place: Path, scratch: Path, uri: str) -> Path:
    """Return the folder that holds the manifest, without what a target put beside it."""
    for folder in (place, *(place / name for name in _INNER)):
        if not (folder / MANIFEST).is_file():
            continue
        if not (folder / _ENGINE).is_file():
            return folder
        bare = scratch / "model"
        shutil.copytree(folder, bare, ignore=shutil.ignore_patterns(_ENGINE))
        return bare
    raise DataError(Problem(f"there is no {MANIFEST}.", uri, _REMEDY))


def _unpacked(archive: Path, uri: str, target: Path) -> Path:
    target.mkdir(parents=True)
    try:
        with tarfile.open(archive, "r:*") as content:
            content.extractall(target, filter="data")
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        reason = str(error).rstrip(".")
        raise DataError(
            Problem(f"the archive cannot be unpacked: {reason}.", uri, _REMEDY)
        ) from error
    return target


def _from_s3(uri: str, target: Path) -> Path:
    from penstock.data.sources.s3 import client

    store: Any = client.connect()
    objects = client.list_objects(store, uri)
    root = uri.removeprefix("s3://").rstrip("/")
    target.mkdir(parents=True)
    for name in objects:
        below = PurePosixPath(name.removeprefix(root).lstrip("/") or PurePosixPath(name).name)
        file = target.joinpath(*(part for part in below.parts if part not in ("..", "/")))
        file.parent.mkdir(parents=True, exist_ok=True)
        with (
            file.open("wb") as copy,
            client.translated(f"s3://{name}"),
            store.open_input_stream(name) as stream,
        ):
            shutil.copyfileobj(stream, copy, 8 << 20)
    return target
