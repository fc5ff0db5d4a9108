"""Puts files of this machine where jobs in an account find them, once for each content."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from penstock.cli.transfer_view import open_transfer_view
from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated
from penstock.data.digest import content_digest
from penstock.targets.local.store.s3 import S3Store

if TYPE_CHECKING:
    from penstock.environments import Environment


class Uploads:
    """Uploads to the artifacts of an environment, below `inputs/`."""

    def __init__(self, environment: Environment) -> None:
        self._root = f"{environment.artifacts}/inputs"
        self._region = environment.region

    def address(self, uri: str) -> str:
        """Return where a `file://` address leads to once its content is uploaded."""
        path = Path(url2pathname(urlsplit(uri).path))
        digest = content_digest(path).removeprefix("sha256:")
        return self.folder(path, f"{path.name}-{digest[:16]}")

    def folder(self, path: Path, name: str) -> str:
        """Upload a folder, or a file, under a name that tells its content; return its address.

        A mark beside it is written last, so that what a killed upload left behind does not count.
        Of a large file, what was sent before is not sent again.

        Raises:
            ServiceError: S3 refused or did not answer.
            StepError: A file cannot be read or written.
        """
        uri = f"{self._root}/{name}"
        bucket, _, key = f"{uri}.complete".removeprefix("s3://").partition("/")
        client = open_client("s3", self._region)
        with translated("s3", uri):
            try:
                client.head_object(Bucket=bucket, Key=key)
                return uri
            except Exception as error:
                if error_code(error) not in ("404", "NoSuchKey", "NotFound"):
                    raise
        with open_transfer_view() as watch:
            S3Store(client, watch=watch).publish(path, uri)
        with translated("s3", uri):
            client.put_object(Bucket=bucket, Key=key, Body=b"")
        return uri
