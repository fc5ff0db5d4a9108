"""Files of a Parquet sink that are too large for one request."""

from pathlib import Path
from typing import Any

import pytest

from penstock.data.aws.transfers import parts
from penstock.data.sinks.parquet.s3 import S3Folder
from penstock.errors import ServiceError

LARGE = bytes(range(256)) * 4096 * 17


def test_a_large_file_travels_in_parts_and_comes_back(s3_bucket: str, tmp_path: Path) -> None:
    assert parts.SIZES.is_large(len(LARGE))
    folder = S3Folder(s3_bucket.removeprefix("s3://"), "decisions")
    (tmp_path / "rows.parquet").write_bytes(LARGE)
    folder.put("day=2026-05-01/r.parquet", tmp_path / "rows.parquet")
    folder.fetch("day=2026-05-01/r.parquet", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == LARGE


def test_a_file_that_is_published_again_is_as_young_as_its_publication(
    s3_bucket: str, tmp_path: Path
) -> None:
    folder: Any = S3Folder(s3_bucket.removeprefix("s3://"), "decisions")
    (tmp_path / "rows.parquet").write_bytes(LARGE)
    sent: list[str] = []
    folder._client.meta.events.register(
        "before-call.s3.CompleteMultipartUpload", lambda **_: sent.append("whole")
    )
    for _ in range(2):
        folder.put("day=2026-05-01/r.parquet", tmp_path / "rows.parquet")
    assert sent == ["whole", "whole"]


def test_bytes_that_are_not_those_of_their_digest_are_never_taken(
    s3_bucket: str, tmp_path: Path
) -> None:
    folder: Any = S3Folder(s3_bucket.removeprefix("s3://"), "decisions")
    (tmp_path / "rows.parquet").write_bytes(b"rows")
    folder.put("r.parquet", tmp_path / "rows.parquet")
    metadata = {"penstock-sha256": "00" * 32}
    where = {"Bucket": folder.bucket, "Key": "decisions/r.parquet"}
    folder._client.put_object(**where, Body=b"rows", Metadata=metadata)
    with pytest.raises(ServiceError) as told:
        folder.fetch("r.parquet", tmp_path / "back")
    assert str(told.value) == (
        f"{s3_bucket}/decisions/r.parquet: what came is not what is recorded of it. "
        "Repeat the command."
    )
    assert not (tmp_path / "back").exists()
