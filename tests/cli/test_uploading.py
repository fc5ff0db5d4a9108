"""What a start brings to an account is there as a whole, and is sent once."""

from pathlib import Path
from typing import Any

import boto3
import pytest

from penstock.cli.uploading import Uploads
from penstock.data.aws.transfers.large_upload import LargeUpload
from penstock.environments import Environment, parse_environments
from penstock.targets.local.store.s3 import S3Store

LARGE = bytes(range(256)) * 4096 * 17
FILE = """\
environments:
  dev:
    account: "123456789012"
    region: us-east-1
    role: arn:aws:iam::123456789012:role/penstock
    artifacts: {bucket}
    image: penstock:1
    records: records
"""


@pytest.fixture
def environment(s3_bucket: str) -> Environment:
    return parse_environments(FILE.format(bucket=s3_bucket), "environments.yaml").get("dev")


def test_rows_whose_upload_broke_off_are_gone_on_with(
    environment: Environment,
    s3_bucket: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = tmp_path / "rows"
    rows.mkdir()
    (rows / "large.parquet").write_bytes(LARGE)
    (rows / "small.csv").write_bytes(b"a\n1\n")
    sent: list[int] = []
    send_part = LargeUpload._send_part

    def breaking(self: Any, upload: str, part: Any, movement: Any) -> str:
        if part.number == 2 and not broken:
            broken.append(True)
            # The first one has come by then.
            while movement.moved.parts == 0:
                pass
            raise MemoryError
        sent.append(part.number)
        return send_part(self, upload, part, movement)

    broken: list[bool] = []
    monkeypatch.setattr(LargeUpload, "_send_part", breaking)
    uploads = Uploads(environment)
    with pytest.raises(MemoryError):
        uploads.folder(rows, "rows-1f2e")
    uri = f"{s3_bucket}/inputs/rows-1f2e"
    client: Any = boto3.session.Session().client("s3")
    assert "Contents" not in client.list_objects_v2(Bucket=s3_bucket.removeprefix("s3://"))
    assert uploads.folder(rows, "rows-1f2e") == uri
    assert uploads.folder(rows, "rows-1f2e") == uri
    assert sent == [1, 2]
    S3Store(client).fetch(uri, tmp_path / "back")
    assert (tmp_path / "back" / "large.parquet").read_bytes() == LARGE
    assert (tmp_path / "back" / "small.csv").read_bytes() == b"a\n1\n"
    assert capsys.readouterr().out == ""
