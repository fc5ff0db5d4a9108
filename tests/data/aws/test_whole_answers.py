"""An answer that broke off is asked for again, and never taken for a whole one."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from penstock.data.aws import whole_answers
from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import translated
from penstock.errors import ServiceError

ITEM = {"Item": {"pk": {"S": "x"}}}
WHOLE = json.dumps(ITEM).encode()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server whose first `cut` answers break off; `asked` counts the calls."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            serving.asked += 1
            self.send_response(200)
            self.send_header("Content-Length", str(len(WHOLE)))
            self.end_headers()
            cut = serving.asked <= serving.cut
            self.wfile.write(WHOLE[: serving.left] if cut else WHOLE)
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        asked, cut, left = 0, 0, 5

    serving = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    for name, value in (
        ("AWS_ENDPOINT_URL", f"http://127.0.0.1:{serving.server_address[1]}"),
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(whole_answers, "_FIRST_SECONDS", 0.001)
    yield serving
    serving.shutdown()
    serving.server_close()


def asked_of() -> Any:
    client = open_client("dynamodb")
    with translated("dynamodb", "the table t"):
        found = client.get_item(TableName="table", Key={"pk": {"S": "x"}})
    return found.get("Item")


@pytest.mark.parametrize("left", [0, 5, len(WHOLE) - 1])
def test_an_answer_that_broke_off_is_asked_for_again(server: Any, left: int) -> None:
    server.cut, server.left = 2, left
    assert asked_of() == ITEM["Item"]
    assert server.asked == 3


def test_one_that_never_comes_whole_is_an_error_and_not_an_empty_answer(server: Any) -> None:
    server.cut = 99
    with pytest.raises(ServiceError) as told:
        asked_of()
    assert str(told.value) == (
        "the table t: dynamodb did not answer: An error occurred while reading from response "
        f"stream: the answer broke off after 5 of {len(WHOLE)} bytes. Try again."
    )


def test_an_answer_to_head_has_a_length_and_no_body(s3_bucket: str) -> None:
    client = open_client("s3")
    bucket = s3_bucket.removeprefix("s3://")
    client.put_object(Bucket=bucket, Key="a", Body=b"hello")
    assert client.head_object(Bucket=bucket, Key="a")["ContentLength"] == 5
