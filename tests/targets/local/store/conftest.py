"""A moto server, both stores, and an S3 that answers badly on demand."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from penstock.targets.local.store.file import FileStore
from penstock.targets.local.store.port import Store
from penstock.targets.local.store.s3 import S3Store


@dataclass(frozen=True)
class Place:
    """A store and a URI below which a test may write."""

    store: Store
    root: str

    def uri(self, name: str) -> str:
        return f"{self.root}/{name}"


def s3_client(endpoint: str) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=5),
    )


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield f"http://localhost:{server.get_host_and_port()[1]}"
    server.stop()


@pytest.fixture(scope="session")
def client(s3_endpoint: str) -> Any:
    return s3_client(s3_endpoint)


@pytest.fixture
def bucket(client: Any, request: pytest.FixtureRequest) -> str:
    name = f"bucket-{abs(hash(request.node.nodeid))}"
    client.create_bucket(Bucket=name)
    return name


@pytest.fixture(params=["file", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "file":
        return Place(FileStore(), f"file://{tmp_path}/published")
    client, bucket = request.getfixturevalue("client"), request.getfixturevalue("bucket")
    return Place(S3Store(client), f"s3://{bucket}/published")


class BadS3(ThreadingHTTPServer):
    """Answers every GET or HEAD of an object as it is told; `content` is the object."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), BadHandler)
        self.status = 200
        self.code = ""
        self.content = b"content"
        self.sent = b"content"
        self.digest = ""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_address[1]}"


class BadHandler(BaseHTTPRequestHandler):
    server: BadS3
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.answer()

    def answer(self) -> None:
        server, sent, size = self.server, b"", 0
        if server.status != 200:
            sent = f"<Error><Code>{server.code}</Code><Message>as told</Message></Error>".encode()
            size = len(sent)
        elif "list-type" in self.path:
            sent = (
                b"<ListBucketResult><IsTruncated>false</IsTruncated>"
                b"<Contents><Key>key</Key></Contents></ListBucketResult>"
            )
            size = len(sent)
        else:
            sent, size = server.sent, len(server.content)
        self.send_response(server.status)
        self.send_header("Content-Length", str(size))
        self.send_header("ETag", '"0"')
        self.send_header("Connection", "close")
        if server.digest:
            self.send_header("x-amz-meta-penstock-sha256", server.digest)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(sent)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def bad_s3() -> Iterator[BadS3]:
    server = BadS3()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def bad_store(bad_s3: BadS3) -> S3Store:
    return S3Store(s3_client(bad_s3.url))
