"""Errors of pyiceberg and of what lies below it, in our words, told by their kind."""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Iterator

from penstock.errors import DataError, PenstockError, Problem, ServiceError, WorkError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextlib.contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn an error of a catalog, of its store or of its files into one of ours.

    Args:
        where: The address, for the message.
    """
    try:
        yield
    except PenstockError:
        raise
    except Exception as error:  # told by its kind; an unknown one goes on as it is
        problem = _told(error, where)
        if problem is None:
            raise
        raise problem from error


def _told(error: Exception, where: str) -> PenstockError | None:
    for tell in (_told_of_tables, _told_of_services, _told_of_files):
        told = tell(error, where)
        if told is not None:
            return told
    return None


def _told_of_tables(error: Exception, where: str) -> PenstockError | None:
    from pyiceberg.exceptions import (
        CommitFailedException,
        NoSuchNamespaceError,
        NoSuchTableError,
        ValidationException,
    )

    if isinstance(error, NoSuchTableError | NoSuchNamespaceError):
        return DataError(
            Problem(
                f"the catalog has no such table: {_first_line(error)}",
                where,
                "Name another table after #, or append a batch to make it.",
            )
        )
    if isinstance(error, CommitFailedException | ValidationException):
        return ServiceError(
            Problem(
                "others committed to the table all the time, and nothing was committed here.",
                where,
                "Run it again when fewer writers are at work.",
            )
        )
    if isinstance(error, ValueError) and "equality deletes" in str(error):
        return DataError(
            Problem(
                "the table has equality deletes, which cannot be read yet.",
                where,
                "Compact it with the engine that wrote them (Spark: rewrite_data_files).",
            )
        )
    return None


def _told_of_services(error: Exception, where: str) -> PenstockError | None:
    from pyiceberg.exceptions import RESTError
    from requests.exceptions import RequestException  # type: ignore[import-untyped]
    from sqlalchemy.exc import DatabaseError

    if isinstance(error, DatabaseError):
        reason = str(error.orig or error).splitlines()[0]
        return ServiceError(
            Problem(
                f"the catalog did not answer: {reason}.",
                where,
                "See that catalog.db is a whole SQLite file, may be written and is not held.",
            )
        )
    if isinstance(error, RESTError):
        return ServiceError(
            Problem(
                f"the catalog refused: {_name(error)}: {_first_line(error)}",
                where,
                "Check the address, the token or credential and their rights.",
            )
        )
    if isinstance(error, RequestException):
        return ServiceError(
            Problem(
                f"the catalog could not be reached: {_name(error)}.",
                where,
                "Check the host and the port, and that the catalog is up.",
            )
        )
    return _told_of_aws(error, where)


def _told_of_aws(error: Exception, where: str) -> PenstockError | None:
    from botocore.exceptions import BotoCoreError, ClientError

    remedy = "Check AWS_ENDPOINT_URL, the region, the credentials and their rights to Glue and S3."
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "unknown")
        return ServiceError(Problem(f"the catalog refused: {code}.", where, remedy))
    if isinstance(error, BotoCoreError):
        return ServiceError(
            Problem(f"the catalog could not be reached: {_name(error)}.", where, remedy)
        )
    code_of_s3 = re.search(r"AWS Error (\w+)", str(error)) if isinstance(error, OSError) else None
    if (
        code_of_s3
        and "NOT_FOUND" not in code_of_s3.group(1)
        and "NO_SUCH" not in code_of_s3.group(1)
    ):
        return ServiceError(
            Problem(f"S3 did not answer as it should: {code_of_s3.group(1)}.", where, remedy)
        )
    return None


def _told_of_files(error: Exception, where: str) -> PenstockError | None:
    from pyarrow import ArrowInvalid

    if isinstance(error, OSError) and error.errno in _FULL:
        return WorkError(
            Problem(
                "the disk is full; nothing was committed, and the table is as it was.",
                where,
                "Make room and run it again.",
            )
        )
    if isinstance(error, OSError) and error.errno in _REFUSED:
        return WorkError(
            Problem(
                f"a file of the table may not be written or read: {error.filename or error}.",
                where,
                "Give this user the right to the folder.",
            )
        )
    if isinstance(error, FileNotFoundError):
        return DataError(
            Problem(
                f"a file of the table is gone: {_first_line(error)}",
                where,
                "Restore it, or read another snapshot.",
            )
        )
    if isinstance(error, ArrowInvalid):
        return DataError(
            Problem(
                f"a file of the table cannot be read: {_first_line(error)}",
                where,
                "Restore the file, or write its rows again.",
            )
        )
    return None


def _name(error: Exception) -> str:
    return type(error).__name__


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0] if text else _name(error)
