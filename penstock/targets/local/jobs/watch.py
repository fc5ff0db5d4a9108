"""Kills the jobs of a run whose process died. Standard library only; run as a script.

Standard input carries one line per change: `+ID` when the process group ID started and `-ID` when
it has ended. Its end means that the run's process is gone.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterable


def watch(lines: Iterable[str]) -> set[int]:
    """Return the process groups that were still running when the lines ended."""
    running: set[int] = set()
    for line in lines:
        change, group = line[:1], line[1:].strip()
        # Not 0 and not 1: `killpg` would take them for its own group or for all processes.
        if not (group.isdecimal() and int(group) > 1):
            continue
        if change == "+":
            running.add(int(group))
        elif change == "-":
            running.discard(int(group))
    return running


def main() -> None:
    """Watch, then kill."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for group in watch(sys.stdin):
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
