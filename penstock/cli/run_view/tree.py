"""The live tree of a run's steps on a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text
from rich.tree import Tree

from penstock.cli.run_view.plain import outcome
from penstock.cli.run_view.progress import Progress, StepProgress, duration
from penstock.targets.local.events import Event, Notice

_MARKS = {
    "waiting": ("·", "dim"),
    "running": ("▶", "cyan"),
    "succeeded": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "stopped": ("■", "yellow"),
    "skipped": ("-", "yellow"),
    "not executed": ("-", "dim"),
}


class TreeView:
    """Redraws the tree a few times a second while the run goes, and leaves its last state."""

    def __init__(self, progress: Progress, console: Console) -> None:
        self._progress = progress
        self._console = console
        self._live = Live(
            console=console, get_renderable=self._tree, refresh_per_second=8, transient=False
        )

    def __enter__(self) -> TreeView:
        self._live.__enter__()
        return self

    def __exit__(self, *arguments: Any) -> None:
        self._live.__exit__(*arguments)

    def __call__(self, event: Event) -> None:
        """Take an event; the next redrawing shows it."""
        self._progress.take(event)
        if isinstance(event, Notice):
            self._console.print(self._progress.notices[-1], highlight=False, markup=False)

    def _tree(self) -> Tree:
        progress = self._progress
        verb = "resume" if progress.resumed else "run"
        tree = Tree(Text(f"{verb} {progress.execution_id}".rstrip(), style="bold"))
        branches: dict[str, Tree] = {}
        for step in list(progress.steps.values()):
            above = branches.get(progress.parent(step), tree)
            branches[step.name] = above.add(self._line(step))
        return tree

    def _line(self, step: StepProgress) -> Text:
        mark, style = _MARKS.get(step.status, ("?", ""))
        outcome_needed = step.guard.rpartition(" is ")[2]
        branch = f"if {outcome_needed}: " if outcome_needed else ""
        line = Text.assemble(
            (branch, "dim"), (f"{mark} {step.name}", style), (f"  {step.type}", "dim")
        )
        if step.status == "running":
            line.append(f"  {duration(self._progress.elapsed(step))}")
            if step.attempt > 1:
                line.append(f"  attempt {step.attempt}", style="yellow")
        elif step.status != "waiting":
            line.append(f"  {outcome(step)}", style="dim" if step.cached else "")
        return line
