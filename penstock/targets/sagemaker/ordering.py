"""The order in which the tasks of a graph can be taken."""

from collections.abc import Mapping

from penstock.errors import DefinitionError, Problem
from penstock.ir.pipeline import FinalStatus, FromTask, Task


def in_order(tasks: Mapping[str, Task]) -> list[Task]:
    """Return the tasks so that each follows what it needs; otherwise in the IR's order.

    Raises:
        DefinitionError: The tasks need one another in a circle.
    """
    done: dict[str, Task] = {}
    waiting = dict(tasks)
    while waiting:
        ready = [task for task in waiting.values() if _needs(task) <= done.keys()]
        if not ready:
            raise DefinitionError(
                Problem(
                    f"the tasks {', '.join(f'`{name}`' for name in sorted(waiting))} need one "
                    "another, or a task that is not there.",
                    remedy="Compile the pipeline again with KFP 2.",
                )
            )
        for task in ready:
            done[task.name] = waiting.pop(task.name)
    return list(done.values())


def _needs(task: Task) -> set[str]:
    bindings = [*task.parameters.values(), *task.artifacts.values()]
    read = {binding.task for binding in bindings if isinstance(binding, FromTask | FinalStatus)}
    return read | set(task.after)
