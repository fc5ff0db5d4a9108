"""`python -m sandbox` as a process."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_definitions import create, processing, start

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = """\
environments:
  dev:
    account: "111111111111"
    region: eu-west-1
    role: arn:aws:iam::111111111111:role/penstock-execution
    artifacts: s3://penstock-dev-artifacts
    image: penstock:dev
    records: penstock-deployments
"""
LONG = "import os, pathlib, time; pathlib.Path({!r}).write_text(str(os.getpid())); time.sleep(60)"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    (tmp_path / "environments.yaml").write_text(ENVIRONMENTS)
    begun = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", *arguments],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield run
    for process in begun:
        process.kill()
        process.communicate()


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_of_a_sandbox_outlives_it(
    serve: Callable[..., subprocess.Popen[str]], tmp_path: Path, number: signal.Signals
) -> None:
    import boto3

    process = serve("--port", "0")
    assert process.stdout is not None
    assert process.stdout.readline().startswith("sandbox at http://localhost:")
    variables = subprocess.run(
        ["bash", "-c", "source .penstock/sandbox/dev.sh && env"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = dict(line.partition("=")[::2] for line in variables.splitlines())
    client = boto3.session.Session().client(
        "sagemaker",
        endpoint_url=found["AWS_ENDPOINT_URL"],
        aws_access_key_id=found["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
        region_name=found["AWS_REGION"],
    )
    note = tmp_path / "pid"
    start(client, create(client, processing("long", LONG.format(str(note)))))
    until(lambda: note.is_file() and note.read_text())
    process.send_signal(number)
    process.communicate(timeout=30)
    until(lambda: not is_alive(int(note.read_text())))
    if number is not signal.SIGKILL:
        assert process.returncode == 0
        assert not list((tmp_path / ".penstock/sandbox").iterdir())


def test_a_port_that_is_taken_is_told(serve: Callable[..., subprocess.Popen[str]]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = serve("--port", str(port))
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert err == f"Error: port {port}: Address already in use. Name another: --port.\n"


def test_a_wrong_file_is_told(serve: Callable[..., subprocess.Popen[str]]) -> None:
    process = serve("--environments", "none.yaml")
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert err.startswith("Error: none.yaml: there is no file of environments.")
