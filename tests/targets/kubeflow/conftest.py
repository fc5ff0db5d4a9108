"""A small Kubeflow Pipelines server, and a pipeline to give it."""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from penstock.targets.kubeflow import IRDocument


class Server(ThreadingHTTPServer):
    """Speaks the calls of API v2beta1 that a submission uses; keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, str, Any, str]] = []
        self.states = ["PENDING", "RUNNING", "SUCCEEDED"]
        self.answers: dict[str, tuple[int, Any]] = {}
        self.silence = threading.Event()
        self.silent = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.answer(None)

    def do_POST(self) -> None:
        self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def answer(self, body: Any) -> None:
        server = self.server
        path = self.path.partition("?")[0].removeprefix("/apis/v2beta1/")
        server.requests.append((self.command, path, body, self.headers.get("Authorization", "")))
        if server.silent:
            server.silence.wait(10)
        status, document = server.answers.get(path) or (200, self.document(path, body))
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def document(self, path: str, body: Any) -> Any:
        if path == "healthz":
            return {"multi_user": False}
        if path == "experiments" and body is None:
            return {}
        if path == "experiments":
            return {"experiment_id": "e-1", "display_name": body["display_name"]}
        if path == "runs":
            return {"run_id": "r-1", "display_name": body["display_name"], "state": "PENDING"}
        states = self.server.states
        return {"run_id": "r-1", "state": states.pop(0) if len(states) > 1 else states[0]}

    def handle(self) -> None:
        # A caller that gives up closes the connection under an answer.
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, *_: Any) -> None:
        return None


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.silence.set()
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture
def document() -> IRDocument:
    """One task of ours, with settings that only SageMaker knows."""
    return IRDocument(
        {
            "pipelineInfo": {"name": "count"},
            "schemaVersion": "2.1.0",
            "sdkVersion": "kfp-2.17.0",
            "components": {"comp-count": {"executorLabel": "exec-count"}},
            "deploymentSpec": {
                "executors": {
                    "exec-count": {"container": {"image": "penstock:0.1.0", "command": ["true"]}},
                    "exec-other": {"container": {"image": "other:1", "command": ["true"]}},
                }
            },
            "root": {
                "dag": {
                    "tasks": {
                        "count": {
                            "componentRef": {"name": "comp-count"},
                            "taskInfo": {"name": "count"},
                        }
                    }
                },
                "inputDefinitions": {
                    "parameters": {"rows": {"parameterType": "NUMBER_INTEGER", "defaultValue": 5.0}}
                },
            },
        },
        {
            "platforms": {
                "sagemaker": {
                    "deploymentSpec": {
                        "executors": {
                            "exec-count": {
                                "step": "training",
                                "source": "pipelines/count/pipeline.py:7",
                            }
                        }
                    }
                }
            }
        },
    )
