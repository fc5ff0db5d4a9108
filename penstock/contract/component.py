"""`@component`: a plain typed function that is also a step of a pipeline.

Called anywhere, it is the function. Called while a pipeline is being wired, it adds a task and returns
the task's outputs under the function's own return type, so that a type checker sees every edge.
"""

import enum
import functools
import inspect
import sys
import types
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, Literal, ParamSpec, TypeVar, cast

from penstock.contract.artifacts import Artifact
from penstock.contract.outputs import placed_outputs

P = ParamSpec("P")
R = TypeVar("R")

Kind = Literal["processing", "training", "register", "fail"]

DEFAULT_IMAGE = "penstock:0.1.0"
"""The image that holds this project; each environment puts its own digest in its place."""

SINGLE_OUTPUT = "output"
"""Name of the output of a function that returns one value."""


class Component(Generic[P, R]):
    """A typed function with the facts that a pipeline needs about it."""

    def __init__(self, function: Callable[P, R], kind: Kind) -> None:
        self.function = function
        self.kind = kind
        functools.update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
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
        if _is_named_tuple(returned):
            return typing.get_type_hints(returned)
        return {SINGLE_OUTPUT: returned}

    @functools.cached_property
    def python_func(self) -> Callable[..., Any]:
        """The function in the form that KFP's executor calls: artifacts to write are parameters.

        KFP's backend does not support artifacts placed by the function itself, so the outputs
        that it allocated are handed to the body through `output()`.
        """
        from kfp.dsl import Output  # the form exists for KFP alone

        hints = typing.get_type_hints(self.function)
        artifacts = {name: kind for name, kind in self.outputs.items() if _is_artifact(kind)}
        values = {name: kind for name, kind in self.outputs.items() if not _is_artifact(kind)}
        wanted = inspect.signature(self.function).parameters
        parameters = [
            parameter.replace(
                annotation=_plain(hints[name]), kind=inspect.Parameter.POSITIONAL_OR_KEYWORD
            )
            for name, parameter in wanted.items()
        ]
        parameters.sort(key=lambda parameter: parameter.default is not inspect.Parameter.empty)
        required = [p for p in parameters if p.default is inspect.Parameter.empty]
        optional = [p for p in parameters if p.default is not inspect.Parameter.empty]
        written = [
            inspect.Parameter(
                name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Output[kind]
            )
            for name, kind in artifacts.items()
        ]
        returned: Any = None
        if values:
            fields = [(name, _plain(kind)) for name, kind in values.items()]
            returned = typing.NamedTuple(  # type: ignore[misc]  # fields are known at run time only
                "Outputs", fields
            )

        def run(**given: Any) -> Any:
            placed = {name: given.pop(name) for name in artifacts}
            restored = {name: _restore(hints[name], value) for name, value in given.items()}
            with placed_outputs(placed):
                result = self.function(**restored)  # type: ignore[call-arg]
            if not values:
                return None
            if SINGLE_OUTPUT in values:
                return returned(_lower(result))
            return returned(**{name: _lower(getattr(result, name)) for name in values})

        run.__name__ = run.__qualname__ = self.function.__name__
        run.__doc__ = self.function.__doc__
        run.__module__ = self.function.__module__
        run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [*required, *written, *optional], return_annotation=returned
        )
        run.__annotations__ = {p.name: p.annotation for p in [*required, *written, *optional]} | {
            "return": returned
        }
        return run

    @functools.cached_property
    def module_path(self) -> str:
        """Path of the defining file below the project's root, such as `components/train.py`."""
        return self.function.__module__.replace(".", "/") + ".py"

    @functools.cached_property
    def _kfp_component(self) -> Any:
        from kfp.dsl import component_factory, python_component, structures

        run = self.python_func
        specification = component_factory.extract_component_interface(run)
        specification.implementation = structures.Implementation(
            container=structures.ContainerSpecImplementation(
                image=DEFAULT_IMAGE,
                command=["env", "_KFP_RUNTIME=true", "python3", "-m", "kfp.dsl.executor_main"],
                args=[
                    "--component_module_path",
                    self.module_path,
                    "--executor_input",
                    "{{$}}",
                    "--function_to_execute",
                    self.function.__name__,
                ],
            )
        )
        return python_component.PythonComponent(component_spec=specification, python_func=run)

    def _add_task(self, arguments: Mapping[str, Any], source: str) -> Any:
        task = self._kfp_component(**{name: _lower(value) for name, value in arguments.items()})
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
        kind: `training` runs as a training job where a target has one; `register` and `fail` have
            native forms there as well.
    """

    def decorate(function: Callable[P, R]) -> Component[P, R]:
        return Component(function, kind)

    return decorate


def _wiring() -> bool:
    context = sys.modules.get("kfp.dsl.pipeline_context")
    return context is not None and context.Pipeline.get_default_pipeline() is not None


def wiring_line() -> str:
    """Return `pipelines/training/pipeline.py:31` for the line that wires the task.

    The path starts at the project's root, so that it is the same on every machine.
    """
    frame = sys._getframe(2)
    module = str(frame.f_globals.get("__name__", ""))
    if module == "__main__" or not module:
        return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
    return f"{module.replace('.', '/')}.py:{frame.f_lineno}"


def _is_named_tuple(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")


def _is_artifact(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Artifact)


def _plain(kind: Any) -> Any:
    """Return the annotation that KFP accepts for ours."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        inner = [member for member in typing.get_args(kind) if member is not type(None)]
        if len(inner) == 1:
            return typing.Optional[_plain(inner[0])]  # noqa: UP045  # KFP reads this form alone
    if origin is Literal and all(isinstance(value, str) for value in typing.get_args(kind)):
        return str
    if isinstance(kind, type) and issubclass(kind, enum.StrEnum):
        return str
    return kind


def _restore(kind: Any, value: Any) -> Any:
    """Undo what travelling as a plain value did to a parameter."""
    if isinstance(kind, type) and issubclass(kind, enum.StrEnum):
        return kind(value)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _lower(value: Any) -> Any:
    return value.value if isinstance(value, enum.StrEnum) else value
