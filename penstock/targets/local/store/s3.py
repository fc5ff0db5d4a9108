"""Artifacts in S3, or in anything that speaks its protocol: `AWS_ENDPOINT_URL_S3` names it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from penstock.errors import Problem, StepError
from penstock.targets.local import faults

_DIGEST = "penstock-sha256"
_BLOCK_BYTES = 1 << 20
_REMEDIES = {
    "AccessDenied": "Give these credentials the right to it.",
    "403": "Give these credentials the right to it.",
    "404": "Look at the step that should write it.",
    "NoSuchKey": "Look at the step that should write it.",
    "NoSuchBucket": "Create the bucket, or name another one.",
    "ExpiredToken": "Sign in again.",
    "InvalidAccessKeyId": "Look at AWS_ACCESS_KEY_ID or the profile.",
    "SignatureDoesNotMatch": "Look at AWS_SECRET_ACCESS_KEY or the profile.",
}
_THROTTLING = ("SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "503")
_FAULTS = ("InternalError", "500", "502", "504", "ServiceUnavailable", "RequestTimeout")


class S3Store:
    """Objects by prefix. What is uploaded carries its SHA-256, and a download is held against it."""

    def __init__(self, client: Any = None) -> None:
        self._client = client or _client()

    def fetch(self, uri: str, folder: Path) -> None:
        bucket, key = _split(uri)
        objects = list(self._list(bucket, key, uri))
        if not objects:
            raise StepError(
                Problem(
                    f"there is nothing at {uri}.", remedy="Look at the step that should write it."
                )
            )
        for found in objects:
            name = found.rpartition("/")[2] if found == key else found[len(_folder(key)) :]
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            self._download(bucket, found, target)

    def publish(self, source: Path, uri: str) -> None:
        bucket, key = _split(uri)
        if source.is_file():
            self._upload(source, bucket, key)
            return
        for file in sorted(path for path in source.rglob("*") if path.is_file()):
            name = file.relative_to(source).as_posix()
            self._upload(file, bucket, _folder(key) + name)

    def read(self, uri: str) -> bytes:
        bucket, key = _split(uri)
        with _Translated(f"{uri} cannot be read"):
            body: bytes = self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
            return body

    def exists(self, uri: str) -> bool:
        bucket, key = _split(uri)
        return next(self._list(bucket, key, uri), None) is not None

    def _list(self, bucket: str, key: str, uri: str) -> Iterator[str]:
        with _Translated(f"{uri} cannot be listed"):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=bucket, Prefix=key.rstrip("/")):
                for entry in page.get("Contents", []):
                    name = str(entry["Key"])
                    if not name.endswith("/") and (name == key or name.startswith(_folder(key))):
                        yield name

    def _download(self, bucket: str, key: str, target: Path) -> None:
        where = f"s3://{bucket}/{key}"
        aside = target.with_name(f".{target.name}.new")
        try:
            with _Translated(f"{where} cannot be read"):
                head = self._client.head_object(Bucket=bucket, Key=key)
                self._client.download_file(bucket, key, str(aside))
            expected = head.get("Metadata", {}).get(_DIGEST)
            if aside.stat().st_size != head["ContentLength"] or (
                expected and _sha256(aside) != expected
            ):
                raise faults.ServiceFault(
                    faults.SERVICE_FAULT,
                    Problem(f"{where} arrived damaged.", remedy="Resume the run."),
                )
            os.replace(aside, target)
        except OSError as error:
            raise StepError(Problem(f"{target} cannot be written: {error.strerror}.")) from error
        finally:
            aside.unlink(missing_ok=True)

    def _upload(self, file: Path, bucket: str, key: str) -> None:
        with _Translated(f"s3://{bucket}/{key} cannot be written"):
            self._client.upload_file(
                str(file),
                bucket,
                key,
                ExtraArgs={"ChecksumAlgorithm": "SHA256", "Metadata": {_DIGEST: _sha256(file)}},
            )


class _Translated:
    """Turns the client's errors into ours, by their codes."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

        cause = error
        if isinstance(error, Boto3Error) and isinstance(error.__context__, ClientError):
            cause = error.__context__
        if isinstance(cause, ClientError):
            code = str(cause.response.get("Error", {}).get("Code", ""))
            text = cause.response.get("Error", {}).get("Message") or code
            problem = Problem(f"{self._what}: {text} ({code}).", remedy=_REMEDIES.get(code, ""))
            if code in _THROTTLING:
                raise faults.ServiceFault(faults.THROTTLING, problem) from error
            if code in _FAULTS:
                raise faults.ServiceFault(faults.SERVICE_FAULT, problem) from error
            raise StepError(problem) from error
        if isinstance(cause, NoCredentialsError):
            raise StepError(
                Problem(f"{self._what}: there are no AWS credentials.", remedy="Sign in to AWS.")
            ) from error
        if isinstance(cause, BotoCoreError | Boto3Error):
            raise faults.ServiceFault(
                faults.SERVICE_FAULT, Problem(f"{self._what}: {cause}.")
            ) from error


def _client() -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise StepError(
            Problem("s3:// needs boto3.", remedy="Install it: pip install boto3.")
        ) from error
    return boto3.client(
        "s3",
        config=Config(
            retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=60
        ),
    )


def _split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def _folder(key: str) -> str:
    return key.rstrip("/") + "/" if key.rstrip("/") else ""


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
