"""A server in a process of its own, with a predictor that needs no model."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ECHO = '''
"""Answers bodies with themselves, or as they ask for."""

import time
from pathlib import Path

from penstock.contract.serving import Answer, BadRow, BadRowsError
from penstock.errors import DataError, Problem


def load(folder):
    if (Path(folder) / "broken").exists():
        raise DataError(Problem("the model was changed.", "model.json", "Train again."))
    names = sorted(path.name for path in Path(folder).iterdir())
    return Echo(names)


class Echo:
    def __init__(self, names):
        self.names = names
        self.now = self.most = 0

    def predict(self, request):
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            return self.answer(request)
        finally:
            self.now -= 1

    def answer(self, request):
        if request.body == b"names":
            return Answer(",".join(self.names).encode(), "text/csv")
        if request.body == b"most":
            return Answer(str(self.most).encode(), "text/csv")
        if request.body == b"attributes":
            return Answer(repr(request.attributes).encode(), "text/csv")
        if request.body == b"crash":
            raise ZeroDivisionError("a fault of the predictor")
        if request.body == b"bad":
            raise BadRowsError((BadRow(3, "amount", "'x' is not a number."),))
        if request.body == b"slow":
            time.sleep(1)
        return Answer(request.body, request.accept or request.content_type)
'''


@dataclass
class Served:
    """A running server."""

    port: int
    process: subprocess.Popen
    folder: Path

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, named)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def invoke(self, body, **headers):
        return self.ask("POST", "/invocations", body, **({"Content_Type": "text/csv"} | headers))

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def said(self):
        return (self.folder / "out").read_text(), (self.folder / "err").read_text()


@pytest.fixture(scope="session")
def predictor_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("predictor")
    (folder / "echo_predictor.py").write_text(ECHO)
    return folder


@pytest.fixture
def start(tmp_path, predictor_folder):
    """Start a server; `wait` until it answers."""
    started = []

    def begin(*, wait=True, files=("trees",), **variables):
        model = tmp_path / "ml" / "model"
        model.mkdir(parents=True)
        for name in files:
            (model / name).write_text('{"payload": "."}' if name == "artifact.json" else "x")
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        environment = os.environ | {
            "PENSTOCK_ML_ROOT": str(tmp_path / "ml"),
            "PENSTOCK_PREDICTOR": "echo_predictor:load",
            "PENSTOCK_BIND_HOST": "127.0.0.1",
            "SAGEMAKER_BIND_TO_PORT": str(port),
            "PYTHONPATH": f"{predictor_folder}{os.pathsep}{ROOT}",
            **variables,
        }
        with (tmp_path / "out").open("w") as out, (tmp_path / "err").open("w") as err:
            process = subprocess.Popen(
                [sys.executable, "-m", "penstock.container", "serve"],
                env=environment, stdout=out, stderr=err, cwd=tmp_path,
            )  # fmt: skip
        started.append(process)
        served = Served(port, process, tmp_path)
        deadline = time.monotonic() + 20
        while wait and process.poll() is None and time.monotonic() < deadline:
            try:
                assert served.ask("GET", "/ping") == (200, b"")
                break
            except OSError:
                time.sleep(0.02)
        return served

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()
