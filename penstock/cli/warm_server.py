"""Describes the warm server for `pipeline doctor`."""

from __future__ import annotations

from typing import Literal

from penstock.cli.run_view.progress import duration


def describe() -> tuple[Literal["ok", "warning", "broken"], str, str]:
    """Return the state, what is said of it, and the remedy."""
    from penstock.cli.project_pipelines import project_folder
    from penstock.targets.local.server import status

    found = status(project_folder())
    if found is None:
        return "ok", "not running; the next run starts it", ""
    said = (
        f"process {found.pid}, up for {duration(found.age_seconds)}, "
        f"{found.memory_bytes / (1 << 20):.0f} MiB, ends in "
        f"{duration(found.idle_seconds_left)} unless it is used"
    )
    return "ok", said, ""
