"""Kills the jobs of a run whose process died. Standard library only; run as a script.

Standard input carries one line per change: `+ID` when the process group ID started and `-ID` when it has
ended. Its end means that the run's process is gone.
"""

import os
import signal
import sys
from collections.abc import Iterable


def watch(lines: Iterable[str]) -> set[int]:
    """Return the process groups that were still running when the lines ended."""
    running: set[int] = set()
    for line in lines:
        if line.startswith("+"):
            running.add(int(line[1:]))
        elif line.startswith("-"):
            running.discard(int(line[1:]))
    return running


def main() -> None:
    """Watch, then kill."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for group in watch(sys.stdin):
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    main()
