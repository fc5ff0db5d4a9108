"""A CodeArtifact that keeps wheels: its four calls and the upload, over HTTP."""

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "token-of-the-test"


class CodeArtifact:
    """Assets by repository and version: name → SHA-256."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], dict[str, str]] = {}
        self.address = ""

    @contextmanager
    def listening(self) -> Iterator[None]:
        store = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(200, {"repositoryEndpoint": f"{store.address}/pypi/{self.asked()[1]}/"})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                path, repository, version = self.asked()
                if path == "/v1/authorization-token":
                    self.answer(200, {"authorizationToken": TOKEN})
                elif path == "/v1/package/version/assets":
                    self.assets(repository, version)
                else:
                    self.upload(path.split("/")[2], body)

            def asked(self) -> tuple[str, str, str]:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                return parts.path, query.get("repository", ""), query.get("version", "")

            def assets(self, repository: str, version: str) -> None:
                kept = store.kept.get((repository, version))
                if kept is None:
                    self.answer(404, {"message": "Package not found."}, "ResourceNotFoundException")
                    return
                assets = [{"name": n, "hashes": {"SHA-256": digest}} for n, digest in kept.items()]
                self.answer(200, {"assets": assets})

            def upload(self, repository: str, body: bytes) -> None:
                login = base64.b64encode(f"aws:{TOKEN}".encode()).decode()
                if self.headers.get("authorization") != f"Basic {login}":
                    self.answer(401, {"message": "no right"})
                    return
                version = _field(body, "version")
                name = re.search(rb'filename="([^"]+)"', body)
                assert name
                assets = store.kept.setdefault((repository, version), {})
                assets[name[1].decode()] = _field(body, "sha256_digest")
                self.answer(200, {})

            def answer(self, status: int, content: dict[str, object], error: str = "") -> None:
                text = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                if error:
                    self.send_header("x-amzn-errortype", error)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _field(body: bytes, name: str) -> str:
    found = re.search(rf'name="{name}"\r\n\r\n([^\r]*)\r\n'.encode(), body)
    assert found, name
    return found[1].decode()
