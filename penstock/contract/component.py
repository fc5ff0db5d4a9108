"""`@component`: a plain typed function that is also a step of a pipeline.

Called anywhere, it is the function. Called while a pipeline is being wired, it adds a task and
returns the task's outputs under the function's own return type, so that type checkers see every
edge.
"""

import functools
import inspect
import sys
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, Literal, ParamSpec, TypeVar, cast

from penstock.contract.kfp_form import as_kfp_component, as_kfp_function
from penstock.contract.parameter_types import lower

P = ParamSpec("P")
R = TypeVar("R")

Kind = Literal["processing", "training", "transform", "register", "approval", "fail"]

SINGLE_OUTPUT = "output"
"""Name of the output of a function that returns one value."""


class Component(Generic[P, R]):
    """A typed function with the facts that a pipeline needs about it."""

    def __init__(self, function: Callable[P, R], kind: Kind) -> None:
        self.function = function
        self.kind = kind
        functools.update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function, or add it as a task where a pipeline is being wired."""
        if _wiring():
            bound = inspect.signature(self.function).bind(*args, **kwargs)
            return cast(R, self._add_task(bound.arguments, wiring_line()))
        return self.function(*args, **kwargs)

    @functools.cached_property
    def outputs(self) -> Mapping[str, Any]:
        """The declared outputs by name, in order; empty when the function returns None."""
        returned = typing.get_type_hints(self.function).get("return")
        if returned in (None, type(None)):
            return {}
        if isinstance(returned, type) and issubclass(returned, tuple):
            return typing.get_type_hints(returned)
        return {SINGLE_OUTPUT: returned}

    @functools.cached_property
    def python_func(self) -> Callable[..., Any]:
        """The function in the form that KFP's executor looks for under this name and calls."""
        return as_kfp_function(
            self.function, self.outputs, single=list(self.outputs) == [SINGLE_OUTPUT]
        )

    @functools.cached_property
    def module_path(self) -> str:
        """Path of the defining file below the project's root, such as `components/train.py`."""
        return self.function.__module__.replace(".", "/") + ".py"

    @functools.cached_property
    def _kfp_component(self) -> Any:
        return as_kfp_component(self.python_func, self.module_path)

    def _add_task(self, arguments: Mapping[str, Any], source: str) -> Any:
        task = self._kfp_component(**{name: lower(value) for name, value in arguments.items()})
        task.platform_config.setdefault("sagemaker", {}).update(step=self.kind, source=source)
        if not self.outputs:
            return task
        if list(self.outputs) == [SINGLE_OUTPUT]:
            return task.outputs[SINGLE_OUTPUT]
        returned = typing.get_type_hints(self.function)["return"]
        return returned(**{name: task.outputs[name] for name in self.outputs})


def component(*, kind: Kind = "processing") -> Callable[[Callable[P, R]], Component[P, R]]:
    """Make a typed function a step.

    Parameters may be `str`, `int`, `float`, `bool`, `list`, `dict`, a `Literal` of strings, a
    `StrEnum`, any of these or None, or an artifact to read. The function returns one such value, an
    artifact made with `output()`, or a `NamedTuple` of them.

    Args:
        kind: `training` runs as a training job where a target has one; `transform`, `register`,
            `approval` and `fail` have native forms there as well. A `transform` reads
            `model: Model` and one Dataset of lines and returns the answers as one Dataset, a folder
            of files.
    """

    def decorate(function: Callable[P, R]) -> Component[P, R]:
        return Component(function, kind)

    return decorate


def wiring_line() -> str:
    """Return `pipelines/training/pipeline.py:31` for the line that called our caller.

    The path starts at the project's root, so that it is the same on every machine.
    """
    frame = sys._getframe(2)
    module = str(frame.f_globals.get("__name__", ""))
    if module == "__main__" or not module:
        return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
    return f"{module.replace('.', '/')}.py:{frame.f_lineno}"


def _wiring() -> bool:
    context = sys.modules.get("kfp.dsl.pipeline_context")
    return context is not None and context.Pipeline.get_default_pipeline() is not None
