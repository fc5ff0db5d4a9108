"""How much memory a process holds."""

from __future__ import annotations

from pathlib import Path


def memory_bytes(process: int) -> int:
    """Return the proportional set size in bytes: memory shared by n processes counts 1/n in each.

    0 where the process is gone. Source: proc(5), smaps_rollup.
    """
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
