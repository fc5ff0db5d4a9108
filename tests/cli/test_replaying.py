"""What a replay fetches is kept where the next replay tidies up."""

import os
import time
from pathlib import Path
from typing import Any

import boto3
import pytest

from penstock.cli import replaying

LARGE = bytes(17 << 20)


def test_what_no_replay_came_back_for_goes_with_a_later_one(
    s3_bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    boto3.client("s3").put_object(Bucket=s3_bucket[5:], Key="rows", Body=LARGE)
    old = tmp_path / replaying.HOME / replaying.FOLDER / "unfinished" / ".old.penstock-aside"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"half of what another replay fetched")
    os.utime(old, (time.time() - 8 * 24 * 3600,) * 2)
    given = {"S3Input": {"S3Uri": f"{s3_bucket}/rows"}, "InputName": "rows"}
    record: Any = type("Known", (), {"arguments": {"ProcessingInputs": [given]}})
    found = replaying._fetched(record, tmp_path / "step", lambda _: None, silent=True)
    place = Path(found[f"{s3_bucket}/rows"].removeprefix("file://"))
    assert (place / "rows").read_bytes() == LARGE
    assert list(old.parent.iterdir()) == []
