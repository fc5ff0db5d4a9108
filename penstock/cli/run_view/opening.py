"""The view that fits where a run is shown."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from typing import Any

import click

from penstock.cli.run_view.plain import PlainView
from penstock.cli.run_view.progress import Progress
from penstock.targets.local.events import Event


class _Silent(AbstractContextManager["_Silent"]):
    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __exit__(self, *_: object) -> None:
        return None

    def __call__(self, event: Event) -> None:
        self._progress.take(event)


def open_view(progress: Progress, silent: bool) -> Any:
    """Return a view of a run, a context that takes its events.

    Args:
        progress: Gathers them.
        silent: Show nothing; else a live tree on a terminal, and lines elsewhere.
    """
    if silent:
        return _Silent(progress)
    if sys.stdout.isatty():
        from rich.console import Console

        from penstock.cli.run_view.tree import TreeView

        return TreeView(progress, Console())
    return PlainView(progress, click.echo)
