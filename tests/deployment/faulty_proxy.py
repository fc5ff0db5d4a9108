"""A proxy before a server that spoils one call in ten, the same ones for the same seed."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from penstock.data.aws import clients

SHARE = 0.1
STALL_SECONDS = 0.3
FAULTS = ("500", "503", "throttled", "lost", "lost-after", "stalled", "truncated", "corrupted")


class Faults:
    """Which calls are spoilt, and how; `counts` tells how often each was."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(FAULTS, 0)
        self._lock = threading.Lock()
        self._dice = random.Random(0)
        self._on = False

    @contextmanager
    def seeded(self, seed: int) -> Iterator[None]:
        """Spoil calls while this lasts."""
        self._dice, self._on = random.Random(seed), True
        try:
            yield
        finally:
            self._on = False

    def next(self, is_object: bool) -> str:
        """Return the fault of the next call; empty: it goes well."""
        with self._lock:
            if not self._on or self._dice.random() >= SHARE:
                return ""
            # Only objects of S3 carry a checksum of their bytes; TLS guards the other answers.
            fault = self._dice.choice(FAULTS[:-1])
            if is_object and self._dice.random() < 0.5:
                fault = "corrupted"
            self.counts[fault] += 1
            return fault


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a hundredth of what a retry waits, and a fifth of a second for an answer."""
    import botocore.endpoint
    import botocore.retries.bucket

    sleep = botocore.endpoint.time.sleep
    hurried = type("time", (), {"sleep": staticmethod(lambda seconds: sleep(seconds / 100))})
    monkeypatch.setattr(botocore.endpoint, "time", hurried)
    monkeypatch.setattr(
        botocore.retries.bucket.Clock, "sleep", lambda _, seconds: sleep(seconds / 100)
    )
    monkeypatch.setattr(clients, "_READ_SECONDS", 0.2)


@contextmanager
def proxy(upstream: str, faults: Faults) -> Iterator[str]:
    """Serve a proxy before `HOST:PORT`; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Else a short answer waits for the acknowledgement of the last one.
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            self.upstream = http.client.HTTPConnection(upstream, timeout=30)

        def finish(self) -> None:
            self.upstream.close()
            super().finish()

        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            is_object = self.command == "GET" and "?" not in self.path and len(self.path) > 1
            fault = faults.next(is_object)
            if fault in ("500", "503", "throttled"):
                self._refuse(fault)
                return
            if fault == "lost":
                self.close_connection = True
                return
            if fault == "stalled":
                time.sleep(STALL_SECONDS)
                self.close_connection = True
                return
            status, headers, content = self._forwarded(body)
            if fault == "lost-after":
                self.close_connection = True
                return
            if fault == "corrupted" and content:
                place = len(content) // 2
                content = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
            self._answer(status, headers, content, truncated=fault == "truncated")

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _any  # noqa: N815

        def _forwarded(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            headers = {k: v for k, v in self.headers.items() if k.lower() != "expect"}
            self.upstream.request(self.command, self.path, body, headers)
            answer = self.upstream.getresponse()
            return answer.status, answer.getheaders(), answer.read()

        def _answer(
            self, status: int, headers: list[tuple[str, str]], content: bytes, truncated: bool
        ) -> None:
            self.send_response_only(status)
            for name, value in headers:
                is_length = name.lower() == "content-length"
                if name.lower() not in ("connection", "transfer-encoding") and not is_length:
                    self.send_header(name, value)
            length = next((v for k, v in headers if k.lower() == "content-length"), None)
            is_head = self.command == "HEAD"
            self.send_header("Content-Length", str(length) if is_head else str(len(content)))
            self.end_headers()
            if is_head:
                return
            if truncated and content:
                content = content[: len(content) // 2]
                self.close_connection = True
            self.wfile.write(content)

        def _refuse(self, fault: str) -> None:
            is_json = "X-Amz-Target" in self.headers
            if fault == "throttled":
                status = 400 if is_json else 503
                code = "ThrottlingException" if is_json else "SlowDown"
            else:
                status, code = (
                    int(fault),
                    "InternalFailure" if fault == "500" else "ServiceUnavailable",
                )
            text = f"<Error><Code>{code}</Code><Message>planned</Message></Error>"
            if is_json:
                text = f'{{"__type": "{code}", "message": "planned"}}'
            self._answer(status, [("Content-Type", "text/xml")], text.encode(), truncated=False)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
