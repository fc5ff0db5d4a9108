"""Errors that only a transfer meets."""

from __future__ import annotations

from penstock.data.aws.failures import error_code
from penstock.errors import ServiceError

SENDINGS = 3
"""So often bytes are sent that S3 refuses for their checksum."""

_GONE = ("NoSuchUpload", "InvalidPart")
_REFUSED = (
    "BadDigest",
    "IncompleteBody",
    "InvalidDigest",
    "XAmzContentChecksumMismatch",
    "XAmzContentSHA256Mismatch",
)
_MET = ("PreconditionFailed", "412")
_UNLISTED = ("AccessDenied", "403", "MethodNotAllowed", "NotImplemented", "501")


class DamagedError(ServiceError):
    """What came, or what S3 holds, is not what was sent."""


def is_gone(error: BaseException) -> bool:
    """Return whether somebody else completed, aborted or wrote to an upload."""
    return error_code(error) in _GONE


def is_damaged_on_its_way(error: BaseException) -> bool:
    """Return whether S3 refused bytes because they are not those of their checksum."""
    return error_code(error) in _REFUSED


def is_met_by_another(error: BaseException) -> bool:
    """Return whether S3 refused for what is there, and not for what is under way."""
    return error_code(error) in _MET


def is_not_told(error: BaseException) -> bool:
    """Return whether unfinished uploads cannot be listed: no right to it, or no such call."""
    return error_code(error) in _UNLISTED


def is_broken_off(error: BaseException) -> bool:
    """Return whether a body broke off, or came with another checksum than it was sent with."""
    from botocore.exceptions import HTTPClientError, IncompleteReadError

    return isinstance(error, HTTPClientError | IncompleteReadError)
