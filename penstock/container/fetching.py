"""Brings an imported artifact here that SageMaker cannot mount, because it is not in S3."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from penstock.container.failures import AdapterError

_TIMEOUT_SECONDS = 60


def fetched(uri: str, target: Path) -> Path:
    """Return the local path of what the URI names.

    `file://` and plain paths are taken where they are; `https://`, `http://` and public `gs://`
    objects are downloaded; `s3://` needs boto3 in the image.

    Raises:
        AdapterError: The object cannot be had.
    """
    scheme, separator, rest = uri.partition("://")
    if not separator:
        return Path(uri)
    if scheme == "file":
        return Path(urllib.request.url2pathname(urllib.parse.urlparse(uri).path))
    target.mkdir(parents=True, exist_ok=True)
    file = target / (rest.rstrip("/").rsplit("/", 1)[-1] or "data")
    if scheme == "s3":
        return _from_s3(rest, uri, file)
    if scheme == "gs":
        uri_read = f"https://storage.googleapis.com/{urllib.parse.quote(rest)}"
    elif scheme in ("http", "https"):
        uri_read = uri
    else:
        raise AdapterError(f"the URI `{uri}` is of a kind that cannot be fetched here.")
    try:
        answer = urllib.request.urlopen(uri_read, timeout=_TIMEOUT_SECONDS)  # noqa: S310  # https only
        with answer, file.open("wb") as stream:
            shutil.copyfileobj(answer, stream)
    except (urllib.error.URLError, OSError) as error:
        raise AdapterError(f"the artifact `{uri}` cannot be fetched: {error}.") from None
    return file


def _from_s3(place: str, uri: str, file: Path) -> Path:
    try:
        import boto3
    except ImportError:
        raise AdapterError(
            f"the artifact `{uri}` is known only now, and the image has no boto3 to fetch it."
        ) from None
    bucket, _, key = place.partition("/")
    try:
        boto3.client("s3").download_file(bucket, key, str(file))
    except Exception as error:  # noqa: BLE001  # whatever is raised ends the job
        raise AdapterError(f"the artifact `{uri}` cannot be fetched: {error}.") from None
    return file
