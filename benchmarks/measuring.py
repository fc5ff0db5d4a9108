"""Run one command as a process and take its time and memory."""

import ctypes
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYTHON = str(ROOT / ".venv" / "bin" / "python")
PIPELINE = str(ROOT / ".venv" / "bin" / "pipeline")

_LEFT_OUT = ("PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "PYTHONHOME", "COLUMNS", "LINES")
"""Variables of the caller that would change what is measured.

Without bytecode files every start compiles all imported sources again: 2.7 to 3.6 times slower.
"""


class CommandFailedError(Exception):
    """A measured command did not exit with 0; the message holds the end of its output."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to measure.

    Attributes:
        before: Run untimed before each start, such as emptying the working folder.
        reports_itself: The last line of the output is `{"seconds": …}`: the part
            inside of the process that counts, and other facts. Without it the time is that of
            the whole process.
    """

    name: str
    argv: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] | None = None
    reports_itself: bool = False


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run of one command.

    Attributes:
        seconds: What counts: the reported part, or else the whole process.
        process_seconds: Start to exit, imports included.
        processor_seconds: User and system time of the process and the children it waited for.
        peak_bytes: Peak resident memory of the largest single process of that tree, at least
            that of the harness (some 20 MB), which the kernel hands on to what it starts.
        facts: What else a command reported.
    """

    seconds: float
    process_seconds: float
    processor_seconds: float
    peak_bytes: int
    facts: Mapping[str, Any] = field(default_factory=dict)


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of every measured command: the caller's, cleaned, and `extra`."""
    kept = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"} | dict(extra)


def measure(command: Command) -> Measurement:
    """Run the command once.

    Raises:
        CommandFailedError: It exited with another code than 0.
    """
    command.folder.mkdir(parents=True, exist_ok=True)
    if command.before is not None:
        command.before()
    output = command.folder.parent / f"{command.folder.name}.log"
    with output.open("wb") as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            command.argv,
            cwd=command.folder,
            env=environment(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    text = output.read_text(errors="replace")
    if process.returncode:
        raise CommandFailedError(
            f"{command.name}: exit code {process.returncode} from {' '.join(command.argv)}\n"
            + "\n".join(text.splitlines()[-25:])
        )
    facts = json.loads(text.splitlines()[-1]) if command.reports_itself else {}
    return Measurement(
        seconds=float(facts.pop("seconds", elapsed)),
        process_seconds=elapsed,
        processor_seconds=usage.ru_utime + usage.ru_stime,
        peak_bytes=usage.ru_maxrss * _MAXRSS_UNIT,
        facts=facts,
    )


def adopt_orphans() -> None:
    """Become the parent of daemons that measured commands leave, so that they can be waited for."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphan(process: int, timeout_seconds: float = 10.0) -> int:
    """Wait for a daemon that was told to end; return its tree's peak memory in bytes, 0 if unknown.

    Raises:
        CommandFailedError: It does not end.
    """
    until = time.monotonic() + timeout_seconds
    while time.monotonic() < until:
        try:
            ended, _, usage = os.wait4(process, os.WNOHANG)
            if ended:
                return usage.ru_maxrss * _MAXRSS_UNIT
        except ChildProcessError:  # not adopted: somebody else started it
            if not _alive(process):
                return 0
        time.sleep(0.02)
    raise CommandFailedError(f"process {process} does not end although it was told to")


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


_PR_SET_CHILD_SUBREAPER = 36
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
