"""The warm server of the measured runs: their own, stopped as idle time would stop it."""

import json
import subprocess
from pathlib import Path

from benchmarks.measuring import PYTHON, ROOT, CommandFailedError, environment, reap_orphan

_ASK = (
    "import json, sys\n"
    "from pathlib import Path\n"
    "from penstock.targets.local.server import status, stop\n"
    "found = status(Path(sys.argv[1]))\n"
    "if sys.argv[2] == 'stop': stop(Path(sys.argv[1]))\n"
    "print(json.dumps([found.pid, found.memory_bytes] if found else None))\n"
)


def private_server(folder: Path) -> dict[str, str]:
    """Return variables that give runs a server that nobody else on this machine uses."""
    runtime = folder / "runtime"
    runtime.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {"XDG_RUNTIME_DIR": str(runtime)}


def require_server(variables: dict[str, str]) -> int:
    """Return the memory in bytes of the server that runs with these variables use, all processes.

    Raises:
        CommandFailedError: None is up, so that a repeated run would not be one.
    """
    found = _ask(variables, "status")
    if found is None:
        raise CommandFailedError("no warm server is up after a run")
    return found[1]


def stop_server(variables: dict[str, str]) -> None:
    """End the server of the runs with these variables, if there is one, and wait for its end."""
    found = _ask(variables, "stop")
    if found is not None:
        reap_orphan(found[0])


def _ask(variables: dict[str, str], what: str) -> tuple[int, int] | None:
    answered = subprocess.run(
        [PYTHON, "-c", _ASK, str(ROOT), what],
        env=environment(variables),
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(answered.stdout)
    return None if said is None else (int(said[0]), int(said[1]))
