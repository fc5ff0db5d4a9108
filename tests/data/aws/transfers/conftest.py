"""A bucket on a moto server, as it is and with what S3 does and moto does not, and its calls.

moto 5.2.5 takes a part whatever its checksum is, lists parts without their checksums, and answers
500 to whoever sends to an upload that is gone. `strict` mends that in the server of this process.
"""

import base64
import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from penstock.data.aws.clients import open_client
from penstock.data.aws.transfers.place import Place

SERVER = Path(__file__).with_name("transferring_server.py")
ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1)


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let moto hold parts against their checksums, list these, and know what is gone."""
    from moto.core.responses import ActionResult
    from moto.s3.exceptions import NoSuchUpload, S3ClientError
    from moto.s3.models import S3Backend
    from moto.s3.responses import S3Response

    taken, put_together = S3Backend.upload_part, S3Backend.complete_multipart_upload
    answered = S3Response.upload_part

    def require(backend: Any, bucket: str, upload: str) -> None:
        if upload not in backend.get_bucket(bucket).multiparts:
            raise NoSuchUpload(upload_id=upload)

    def upload_part(self: Any, bucket: str, upload: str, *rest: Any) -> Any:
        require(self, bucket, upload)
        return taken(self, bucket, upload, *rest)

    def complete(self: Any, bucket: str, upload: str, *rest: Any) -> Any:
        require(self, bucket, upload)
        return put_together(self, bucket, upload, *rest)

    def answer_part(self: Any) -> Any:
        told = self.headers.get("x-amz-checksum-sha256")
        if told and told != checksum(self.body):
            raise S3ClientError("BadDigest", "The SHA256 you specified did not match.")
        return answered(self)

    def list_parts(self: Any) -> Any:
        upload = self._get_param("uploadId")
        parts = self.backend.list_parts(self.bucket_name, upload)
        self.data["Action"] = "ListParts"
        entries = [
            {
                "PartNumber": each.name,
                "ETag": each.etag,
                "Size": each.size,
                "ChecksumSHA256": checksum(each.value),
            }
            for each in parts
        ]
        return self.serialized(ActionResult({"UploadId": upload, "Parts": entries}))

    monkeypatch.setattr(S3Backend, "upload_part", upload_part)
    monkeypatch.setattr(S3Backend, "complete_multipart_upload", complete)
    monkeypatch.setattr(S3Response, "upload_part", answer_part)
    monkeypatch.setattr(S3Response, "list_parts", list_parts)


def checksum(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


@dataclass
class Bucket:
    """A bucket, a client of it, and what that client asked of S3; of the other one nobody cares."""

    name: str
    client: Any
    other: Any
    calls: list[tuple[str, str]] = field(default_factory=list)
    checksums: list[str] = field(default_factory=list)

    def place(self, key: str = "models/model.tar.gz") -> Place:
        return Place(self.name, key)

    def count(self, operation: str) -> int:
        return [name for name, _ in self.calls].count(operation)

    def parts_sent(self) -> list[int]:
        return sorted(int(part) for name, part in self.calls if name == "UploadPart")

    def ranges_asked(self) -> list[str]:
        return sorted(part for name, part in self.calls if name == "GetObject" and part)

    def content(self, key: str = "models/model.tar.gz") -> bytes:
        found: bytes = self.other.get_object(Bucket=self.name, Key=key)["Body"].read()
        return found

    def unfinished(self) -> list[str]:
        found = self.other.list_multipart_uploads(Bucket=self.name)
        return [each["Key"] for each in found.get("Uploads", [])]


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An empty bucket. One session of boto3 serves all tests, whose environments are the same."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    for name, value in (
        ("AWS_ENDPOINT_URL", s3_server),
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    client = open_client("s3")
    found = Bucket(f"test-{secrets.token_hex(6)}", client, open_client("s3"))
    found.other.create_bucket(Bucket=found.name)

    def called(model: Any, params: Any, **_: Any) -> None:
        query, headers = params["query_string"], params["headers"]
        part = str(query.get("partNumber", "")) or str(headers.get("Range", ""))
        found.calls.append((model.name, part))
        if told := headers.get("x-amz-checksum-sha256"):
            found.checksums.append(told)

    client.meta.events.register("before-call.s3", called)
    return found


class Transferrer:
    """Transfers in processes that may be killed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(SERVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert self._answer() == "ready"

    def begin(self, work: str, file: Path, place: Place, part: int, **more: Any) -> None:
        asked = {
            "work": work,
            "file": str(file),
            "bucket": place.bucket,
            "key": place.key,
            "part": part,
            "keep": str(file.parent),
            "once": False,
            "at_once": 1,
            "kill": ["", 0],
            **more,
        }
        assert self._process.stdin
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()

    def end(self) -> tuple[int, str]:
        """Return the status of the process, the signal where it was killed, and its outcome."""
        status, _, outcome = self._answer().removeprefix("ended ").partition(" ")
        return int(status), outcome

    def run(self, work: str, file: Path, place: Place, part: int, **more: Any) -> tuple[int, str]:
        self.begin(work, file, place, part, **more)
        return self.end()

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)

    def _answer(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


@pytest.fixture(scope="session")
def servers() -> Iterator[list[Transferrer]]:
    """Two processes that transfer; each is told where the server is by its environment."""
    made: list[Transferrer] = []
    yield made
    for each in made:
        each.close()


@pytest.fixture
def transferrers(servers: list[Transferrer], bucket: Bucket) -> list[Transferrer]:
    while len(servers) < 2:
        servers.append(Transferrer())
    return servers


@pytest.fixture
def transferrer(servers: list[Transferrer], bucket: Bucket) -> Transferrer:
    if not servers:
        servers.append(Transferrer())
    return servers[0]


@pytest.fixture
def interrupted() -> Iterator[threading.Event]:
    """Is set once the main thread has met SIGINT."""
    met = threading.Event()

    def meet(*_: object) -> None:
        met.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, meet)
    yield met
    signal.signal(signal.SIGINT, before)
