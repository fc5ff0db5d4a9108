"""Which reader a URI asks for."""

from __future__ import annotations

from penstock.data.sources.local.reader import LocalFiles
from penstock.data.sources.s3.reader import S3Files
from penstock.data.sources.table import Source
from penstock.errors import DataError, Problem


def open_source(uri: str, *, file_format: str = "auto") -> Source:
    """Return the reader of `uri`; nothing is read yet.

    Args:
        uri: File, folder or glob: a path, `file://...` or `s3://bucket/...`.
        file_format: `parquet`, `csv`, or `auto` to go by the ending of the files.

    Raises:
        DataError: The scheme is unknown.
    """
    scheme, separator, rest = uri.partition("://")
    if not separator:
        return LocalFiles(uri, file_format)
    if scheme == "file":
        return LocalFiles(rest, file_format)
    if scheme == "s3":
        return S3Files(uri, file_format)
    raise DataError(
        Problem(
            f"the scheme {scheme!r} of the source is unknown.",
            uri,
            "Use a path, file:// or s3://.",
        )
    )
