"""Lambda steps: a Python function that the caller registered stands for the deployed one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.errors import Problem, StepError
from penstock.targets.local.steps.attempt import (
    Attempt,
    Function,
    Outcome,
    WaitingForAnswerError,
)


def run_lambda(attempt: Attempt) -> Outcome:
    """Run a Lambda step.

    Raises:
        StepError: No function is registered, it raised, or it gave no mapping.
    """
    names = function_names(attempt.step, str(attempt.document.get("FunctionArn") or ""))
    function = registered(attempt, names)
    if function is None:
        raise StepError(missing_function(attempt.step, names, ""))
    return answered(function, attempt.arguments)


def function_names(step: str, arn: str) -> tuple[str, ...]:
    """Return the names by which a function can be registered: of the step or of itself."""
    return tuple(name for name in (step, arn, arn.rpartition(":")[2]) if name)


def missing_function(step: str, names: tuple[str, ...], where: str) -> Problem:
    """Return the problem of a Lambda step that no function was registered for."""
    return Problem(
        f"nothing on this machine stands for the function {names[1] if names[1:] else step}.",
        where,
        f"Register a Python function: functions={{{step!r}: function}}.",
    )


def registered(attempt: Attempt, names: tuple[str, ...]) -> Function | None:
    """Return the function that stands for the first of the names that has one."""
    functions = attempt.surroundings.functions
    return next((functions[name] for name in names if name in functions), None)


def answered(function: Function, inputs: Mapping[str, Any]) -> Outcome:
    """Call a function and take what it returns as the step's output parameters.

    Raises:
        StepError: It raised, or it gave no mapping.
        WaitingForAnswerError: It has no answer yet.
    """
    try:
        outputs = function(inputs)
    except (StepError, WaitingForAnswerError):
        raise
    except Exception as error:
        raise StepError(Problem(f"its function raised {type(error).__name__}: {error}")) from error
    if outputs is None:
        outputs = {}
    if not isinstance(outputs, Mapping):
        raise StepError(
            Problem(
                f"its function returned an object of type {type(outputs).__name__}.",
                remedy="Return a mapping of output names to values.",
            )
        )
    return Outcome(properties={"OutputParameters": dict(outputs)}, parameters=dict(outputs))
