"""Make a peer's locked environment on first use."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.measuring import ROOT, CommandFailedError, environment

PEERS = Path(__file__).resolve().parent


def python_of(peer: str, progress: Callable[[str], None]) -> str:
    """Return the interpreter of `benchmarks/peers/PEER/.venv`, made from its lock file if needed.

    Raises:
        CommandFailedError: uv is not there, or could not make the environment.
    """
    folder = PEERS / peer
    interpreter, stamp, lock = folder / ".venv/bin/python", folder / ".venv/.ready", "uv.lock"
    if stamp.exists() and stamp.stat().st_mtime >= (folder / lock).stat().st_mtime:
        return str(interpreter)
    progress(f"setting up {peer} in its own environment (once)")
    done = subprocess.run(
        [_uv(), "sync", "--quiet", "--frozen", "--compile-bytecode", "--python", sys.executable],
        cwd=folder,
        env={**environment({}), "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandFailedError(f"{peer}: uv could not make its environment\n{done.stderr}")
    stamp.touch()
    return str(interpreter)


def _uv() -> str:
    own = ROOT / ".uv" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if found is None:
        raise CommandFailedError("uv is not there. `make bench` sets it up in .uv/ before it runs.")
    return found
