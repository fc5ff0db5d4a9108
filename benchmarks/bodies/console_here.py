"""`… FOLDER REQUESTS PATH`: the console's answers over HTTP, from request to last byte, one by one.

Server and client share one process and its lock, so the server alone is faster than this.
"""

import json
import socket
import statistics
import sys
import threading
import time
from pathlib import Path

import httpx
import uvicorn

from penstock.approval.opening import open_approvals
from penstock.approval.port import Person
from penstock.registry import open_registry
from serving.console.application import create_application
from serving.console.console import make_console
from serving.console.packs import Packs
from serving.console.settings import Settings
from serving.console.sign_in.local import LocalSignIn

WARM_UP = 5


def main(folder: Path, requests: int, path: str) -> None:
    """Ask for a page many times and print the median."""
    registry = open_registry(f"sqlite:///{folder}/mlflow.db")
    approvals = open_approvals(registry, f"sqlite:///{folder}/ledger.db", keys=folder / "keys")
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    sign_in = LocalSignIn(Person("ben"))
    console = make_console(approvals, Packs(registry), Settings(address, "local"), sign_in)
    config = uvicorn.Config(create_application(console), log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    taken = []
    with httpx.Client(base_url=address, follow_redirects=True, timeout=30) as client:
        client.get("/sign-in", params={"token": sign_in.token})
        for number in range(WARM_UP + requests):
            started = time.perf_counter()
            answer = client.get(path)
            seconds = time.perf_counter() - started
            answer.raise_for_status()
            if number >= WARM_UP:
                taken.append(seconds)
    server.should_exit = True
    thread.join(5)
    console.packs.close()
    facts = {
        "seconds": statistics.median(taken),
        "slowest": max(taken),
        "bytes": len(answer.content),
        "versions": answer.text.count('<li class="card">'),
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
