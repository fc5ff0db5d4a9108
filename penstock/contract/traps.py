"""Catches, while a pipeline is wired, what KFP compiles without a word to another meaning.

KFP's channels and comparisons are ordinary true objects to Python: `(a == 1) and (a < 3)` is its
second half, `if a == 1:` is always taken, and a quote in a compared constant ends the constant.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kfp.dsl import base_component, pipeline_channel

from penstock.errors import Problem

_KFP = str(Path(base_component.__file__).parents[1])


@contextmanager
def watching_for_traps() -> Iterator[list[Problem]]:
    """Collect the traps met in this block; nothing is raised here."""
    problems: list[Problem] = []

    def truth(_: object) -> bool:
        frame = sys._getframe(1)
        if not frame.f_code.co_filename.startswith(_KFP):
            problem = Problem(
                "`and`, `or`, `not`, `if` or a chained comparison on an output is decided while "
                "the pipeline is wired, not when it runs.",
                _place(),
                "Use `with when(...)`, one inside the other for `and`.",
            )
            if problem not in problems:
                problems.append(problem)
        return True

    def check_constant(operation: pipeline_channel.ConditionOperation) -> None:
        for operand in (operation.left_operand, operation.right_operand):
            if isinstance(operand, str) and set(operand) & set("'\"\\\n"):
                problems.append(
                    Problem(
                        f"the constant {operand!r} in a condition holds a quote, a backslash or a "
                        "line break, which KFP does not escape.",
                        _place(),
                        "Compare in a component and return a bool.",
                    )
                )

    channel, operation = pipeline_channel.PipelineChannel, pipeline_channel.ConditionOperation
    original = operation.__init__

    def checked(self: pipeline_channel.ConditionOperation, *args: object, **kwargs: object) -> None:
        original(self, *args, **kwargs)
        check_constant(self)

    channel.__bool__ = operation.__bool__ = truth
    operation.__init__ = checked
    try:
        yield problems
    finally:
        del channel.__bool__, operation.__bool__
        operation.__init__ = original


def _place() -> str:
    frame = sys._getframe(1)
    while frame.f_back is not None:
        name = frame.f_code.co_filename
        module = str(frame.f_globals.get("__name__", ""))
        if not name.startswith(_KFP) and not module.startswith("penstock.contract"):
            path = Path(name).name if module == "__main__" else module.replace(".", "/") + ".py"
            return f"{path}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
