"""The only file that reads S3: by Arrow's own client, so that no extension has to be fetched.

The endpoint comes from AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, the region from AWS_REGION or
AWS_DEFAULT_REGION, credentials from the default chain.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from penstock.errors import DataError, Problem, ServiceError

_DENIED = "AWS Error ACCESS_DENIED"


def connect() -> Any:
    """Return Arrow's file system for S3."""
    from pyarrow import fs

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return fs.S3FileSystem(
        region=_region(),
        endpoint_override=endpoint,
        connect_timeout=10,
        request_timeout=60,
    )


def _region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def list_objects(store: Any, uri: str) -> list[str]:
    """Return `bucket/key` of the objects at a key, below a prefix or matching a glob.

    Raises:
        DataError: There is nothing at `uri`.
        ServiceError: S3 refused or could not be reached.
    """
    from pyarrow import fs

    path = uri.removeprefix("s3://").rstrip("/")
    with translated(uri):
        if re.search(r"[*?\[]", path):
            fixed = re.split(r"[*?\[]", path, maxsplit=1)[0].rpartition("/")[0]
            found = store.get_file_info(fs.FileSelector(fixed, recursive=True))
            files = [f.path for f in found if f.type == fs.FileType.File]
            return [file for file in files if _matches(file, path)]
        below = fs.FileSelector(path, allow_not_found=True, recursive=True)
        try:
            found = [f.path for f in store.get_file_info(below) if f.type == fs.FileType.File]
        except OSError as error:
            # Who may read one object need not be somebody who may list.
            if _DENIED not in str(error) or not _is_object(store, path):
                raise
            return [path]
        if found:
            hidden = re.compile(r"(^|/)[_.]")
            return [file for file in found if not hidden.search(file.removeprefix(path + "/"))]
        # Asked last: that a key is not there S3 tells nobody whose lists are narrowed to a prefix.
        with _perhaps_not_there(uri):
            if store.get_file_info(path).type == fs.FileType.File:
                return [path]
        raise FileNotFoundError(path)


def check_one_meaning(uri: str, listed: Sequence[str]) -> None:
    """Refuse an address that is an object's and a folder's at once: which of them is meant?

    Who may not list the key itself, only what is below it, means the folder.

    Args:
        uri: Address of an object, a prefix or a glob.
        listed: What `list_objects` found there.

    Raises:
        DataError: There is an object of this key, and others are below it.
        ServiceError: S3 refused or could not be reached.
    """
    path = uri.removeprefix("s3://")
    bucket, _, key = path.partition("/")
    if not key or key.endswith("/") or re.search(r"[*?\[]", key) or listed == [path]:
        return
    if _first_key(uri, bucket, key) != key:
        return
    raise DataError(
        Problem(
            "there is an object of this key, and others below it as in a folder.",
            uri,
            f"Name the folder with a slash at the end ({uri}/), or move the object or the folder "
            "away.",
        )
    )


def _first_key(uri: str, bucket: str, prefix: str) -> str:
    """Return the first key of a prefix: the prefix itself where there is such an object.

    It is listed, not asked for: whether a key is there S3 tells nobody whose lists are narrowed.
    """
    from botocore.exceptions import ClientError

    from penstock.data.aws.clients import open_client
    from penstock.data.aws.failures import translated as in_words

    client = open_client("s3", _region(), uri)
    with in_words("s3", uri):
        try:
            found = client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDenied":
                raise
            return ""
    return str((found.get("Contents") or [{}])[0].get("Key", ""))


def _is_object(store: Any, path: str) -> bool:
    """Return whether there is an object of this key that may be read."""
    from pyarrow import fs

    with suppress(OSError):
        return bool(store.get_file_info(path).type == fs.FileType.File)
    return False


@contextmanager
def _perhaps_not_there(uri: str) -> Iterator[None]:
    """Tell of a refusal what it may mean; see the S3 API Reference, HeadObject, "Permissions"."""
    try:
        yield
    except OSError as error:
        if _DENIED not in str(error):
            raise
        raise DataError(
            Problem(
                "there is no object, or this one may not be read.",
                uri,
                "Give an object, a prefix or a glob with data, and the right to s3:GetObject.",
            )
        ) from error


def _matches(file: str, pattern: str) -> bool:
    ours, theirs = file.split("/"), pattern.split("/")
    if "**" in theirs:
        return fnmatch.fnmatchcase(file, pattern.replace("**/", "*"))
    return len(ours) == len(theirs) and all(map(fnmatch.fnmatchcase, ours, theirs))


@contextmanager
def translated(uri: str) -> Iterator[None]:
    """Turn Arrow's errors into ours, by the code that S3 answered."""
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(
            Problem("there is no object.", uri, "Give an object, a prefix or a glob with data.")
        ) from error
    except OSError as error:
        code = re.search(r"AWS Error (\w+)", str(error))
        name = code.group(1) if code else "no answer"
        if name in ("NO_SUCH_BUCKET", "NO_SUCH_KEY", "RESOURCE_NOT_FOUND"):
            raise DataError(
                Problem("there is no object.", uri, "Give an object, a prefix or a glob with data.")
            ) from error
        raise ServiceError(
            Problem(
                f"S3 did not give the source: {name}.",
                uri,
                "Check AWS_ENDPOINT_URL, the region, the credentials and their right to "
                "s3:ListBucket and s3:GetObject.",
            )
        ) from error
