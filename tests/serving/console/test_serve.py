"""`pipeline console` as a process."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Any]:
    running: list[subprocess.Popen[str]] = []

    def start(*options: str, **environment: str) -> subprocess.Popen[str]:
        # A suite that runs in the background hands on that Ctrl-C is ignored.
        program = (
            "import signal, sys\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "from penstock.cli.main import main\n"
            "sys.exit(main(sys.argv[1:]))\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", program, "console", *options],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_the_printed_address_lets_in_and_ctrl_c_stops_in_order(started: Any) -> None:
    process = started("--port", "0")
    line = process.stdout.readline()
    address = line.split()[1]
    assert line.startswith("console  http://127.0.0.1:")
    # Both lines may come in one piece, of which communicate() would not see the second.
    assert process.stdout.readline() == "Ctrl-C stops it.\n"
    base = address.partition("/sign-in")[0]
    with httpx.Client(follow_redirects=True) as client:
        page = client.get(address)
        assert str(page.url) == f"{base}/"
        assert "No model is registered yet." in page.text
        assert client.get(f"{base}/healthz").json() == {"status": "ok"}
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=15)
    assert process.returncode == 0
    assert out == "console stopped.\n"
    logged = [line.partition(" penstock.console ")[2] for line in err.splitlines()]
    assert [json.loads(each)["event"] for each in logged] == ["sign_in"]
    assert address.partition("token=")[2] not in err


@pytest.mark.slow
def test_machines_get_the_address_as_json(started: Any) -> None:
    process = started("--port", "0", "--json")
    document = json.loads(process.stdout.readline())
    assert document["sign_in"] == "local"
    assert document["address"].startswith("http://127.0.0.1:")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=15)


def told(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, err = process.communicate(timeout=30)
    return process.returncode, err


def test_a_local_console_listens_at_loopback_only(started: Any) -> None:
    assert told(started("--host", "0.0.0.0")) == (
        2,
        "pipeline: without an identity provider the console listens at loopback only, not at "
        "0.0.0.0. Leave --host away, or name an issuer in console.yaml.\n",
    )


def test_a_port_that_is_taken_is_told(started: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert told(started("--port", str(port))) == (
            2,
            f"pipeline: the console cannot listen at port {port} of 127.0.0.1: Address already in "
            "use. Choose another port, or --port 0 for a free one.\n",
        )


def test_a_stage_that_the_rules_do_not_name_is_told(started: Any) -> None:
    assert told(started("--port", "0", "--stage", "moon")) == (
        2,
        "pipeline: the rules name no stage 'moon'. Use one of: local.\n",
    )
