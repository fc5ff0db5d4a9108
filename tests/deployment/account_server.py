"""A moto server in a process of its own, mended where SageMaker and S3 do more; prints its port."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from moto.sagemaker.models import SageMakerModelBackend
from moto.server import ThreadedMotoServer

from sandbox.moto_mends import all_mended


def main() -> None:
    started: dict[str, Any] = {}
    start = SageMakerModelBackend.start_pipeline_execution
    alone = threading.Lock()

    def once(self: Any, *arguments: Any) -> Any:
        token = arguments[5] or ""
        with alone:
            if token not in started:
                started[token] = start(self, *arguments)
            return started[token]

    SageMakerModelBackend.start_pipeline_execution = once  # type: ignore[method-assign]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    with all_mended():
        server.start()
        print(server.get_host_and_port()[1], flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
