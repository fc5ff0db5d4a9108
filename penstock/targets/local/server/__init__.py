"""The warm server: keeps heavy libraries loaded between jobs and forks a process for each job.

    client ──socket──► root (listens, loads nothing) ──► zygote (has loaded modules) ──► job, job …

Everything a client of the server loads is of the standard library.
"""

from penstock.targets.local.server.control import (
    ServerStatus,
    ensure_running,
    status,
    stop,
    warm_up,
)
from penstock.targets.local.server.launcher import WarmLauncher

__all__ = ["ServerStatus", "WarmLauncher", "ensure_running", "status", "stop", "warm_up"]
