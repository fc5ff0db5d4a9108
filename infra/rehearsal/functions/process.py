"""The process that calls of functions are forked from."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SCRIPT = Path(__file__).with_name("host.py")


class HostProcess:
    """One process; it serves one call after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            # -P: nothing beside the script may be imported by accident.
            [sys.executable, "-P", str(_SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            text=True,
            start_new_session=True,
        )
        self._alone = threading.Lock()

    def run(self, call: Mapping[str, Any]) -> int:
        """Run a call, and return how its process ended, as `os.waitpid` says it."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101  # it was started with pipes
        assert stdout is not None  # noqa: S101
        with self._alone:
            stdin.write(json.dumps(call) + "\n")
            stdin.flush()
            return int(json.loads(stdout.readline())["status"])

    def close(self) -> None:
        """End it."""
        self._process.communicate()
