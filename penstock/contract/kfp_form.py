"""The KFP form of a typed function: artifacts to write are parameters, types are KFP's own."""

import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

from penstock.contract.artifacts import Artifact
from penstock.contract.outputs import placed_outputs
from penstock.contract.parameter_types import lower, plain, restore

DEFAULT_IMAGE = "penstock:0.1.0"
"""The image that holds this project; each environment puts its own digest in its place."""


def as_kfp_function(
    function: Callable[..., Any], outputs: Mapping[str, Any], *, single: bool
) -> Callable[..., Any]:
    """Return a function that KFP's compiler can read and KFP's executor can call.

    KFP's backend does not support artifacts placed by the function itself, so the outputs that it
    allocated come in as parameters and reach the body through `output()`.

    Args:
        function: The typed function.
        outputs: Its declared outputs by name.
        single: Whether the function returns the one output itself instead of a tuple.
    """
    hints = typing.get_type_hints(function)
    artifacts = [name for name, kind in outputs.items() if _is_artifact(kind)]
    values = [name for name in outputs if name not in artifacts]
    returned = _values_type({name: plain(outputs[name]) for name in values})

    def run(**given: Any) -> Any:
        placed = {name: given.pop(name) for name in artifacts}
        restored = {name: restore(hints[name], value) for name, value in given.items()}
        with placed_outputs(placed):
            result = function(**restored)
        if returned is None:
            return None
        return returned(
            **{name: lower(result if single else getattr(result, name)) for name in values}
        )

    signature = _kfp_signature(function, hints, {name: outputs[name] for name in artifacts})
    run.__name__ = run.__qualname__ = function.__name__
    run.__doc__, run.__module__ = function.__doc__, function.__module__
    vars(run)["__signature__"] = signature.replace(return_annotation=returned)
    run.__annotations__ = {
        parameter.name: parameter.annotation for parameter in signature.parameters.values()
    } | {"return": returned}
    return run


def as_kfp_component(function: Callable[..., Any], module_path: str) -> Any:
    """Return KFP's component for a function in KFP's form that the image holds at `module_path`."""
    from kfp.dsl import component_factory, python_component, structures

    specification = component_factory.extract_component_interface(function)
    specification.implementation = structures.Implementation(
        container=structures.ContainerSpecImplementation(
            image=DEFAULT_IMAGE,
            command=["env", "_KFP_RUNTIME=true", "python3", "-m", "kfp.dsl.executor_main"],
            args=[
                "--component_module_path",
                module_path,
                "--executor_input",
                "{{$}}",
                "--function_to_execute",
                function.__name__,
            ],
        )
    )
    return python_component.PythonComponent(component_spec=specification, python_func=function)


def _kfp_signature(
    function: Callable[..., Any], hints: Mapping[str, Any], artifacts: Mapping[str, Any]
) -> inspect.Signature:
    from kfp.dsl import Output

    read = [
        inspect.Parameter(
            parameter.name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=lower(parameter.default),
            annotation=plain(hints[parameter.name]),
        )
        for parameter in inspect.signature(function).parameters.values()
    ]
    written = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Output[kind])
        for name, kind in artifacts.items()
    ]
    required = [p for p in read if p.default is inspect.Parameter.empty]
    optional = [p for p in read if p.default is not inspect.Parameter.empty]
    return inspect.Signature([*required, *written, *optional])


def _values_type(kinds: Mapping[str, Any]) -> Any:
    if not kinds:
        return None
    # The fields are known at run time only, which a type checker cannot follow.
    return typing.NamedTuple("Outputs", list(kinds.items()))


def _is_artifact(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Artifact)
