"""Compiles in processes of their own while this one talks to AWS.

What they compile is kept where every compilation is; this process takes it from there and loads no
compiler. Where one fails, this process compiles itself, and its error is the one that is told.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType

from penstock.errors import PenstockError

_SECONDS = 120


class CompilingAhead:
    """Compilations under way, as a context; they end with it.

    Args:
        names: Of pipelines of the project; none: all.
        use_case: Its name or folder.
        needed: Whether anything has to be compiled at all.
    """

    def __init__(self, names: Sequence[str], use_case: str, *, needed: bool = True) -> None:
        self._names, self._use_case, self._needed = tuple(names), use_case, needed
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> CompilingAhead:
        from penstock.cli.compilation import is_compiled
        from penstock.cli.project_pipelines import pipeline_names

        for name in (self._names or pipeline_names()) if self._needed else ():
            try:
                waiting = is_compiled(name, self._use_case) is False
            except PenstockError:
                # It is told where the pipeline is asked for.
                continue
            if waiting:
                self._running[name] = self._start(name)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._running.values():
            process.kill()
            process.wait()

    def wait(self, name: str) -> None:
        """Wait for a compilation; one that was not begun is none to wait for."""
        process = self._running.pop(name, None)
        if process is None:
            return
        try:
            process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "penstock.cli", "compile", name, "--use-case", self._use_case],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
