"""Stop the warm server between measurements, as the end of its idle time would."""

import subprocess
from pathlib import Path

from benchmarks.measuring import PYTHON, environment, reap_orphan

_STOP = (
    "from penstock.targets.local.server import status, stop; found = status(); "
    "print(found.pid if found else 0); stop()"
)


def stop_server(folder: Path) -> int:
    """End the server that runs started in `folder` would use; return its peak memory in bytes.

    The peak is that of the largest process among the server and its jobs; 0 if none was running, or
    where daemons cannot be adopted (not Linux).
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = subprocess.run(
        [PYTHON, "-c", _STOP],
        cwd=folder,
        env=environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    process = int(found.stdout)
    return reap_orphan(process) if process else 0
