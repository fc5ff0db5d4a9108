"""The conditions of a template: what depends on its parameters.

Source: CloudFormation User Guide, "Condition functions".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.policies.errors import PolicyError, Problem

FUNCTIONS = ("Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not", "Condition")


def is_true(expression: Any, resolve: Callable[[Any], Any], named: Callable[[str], bool]) -> bool:
    """Work out a condition.

    Args:
        expression: One of `FUNCTIONS` with its argument.
        resolve: Resolves the values that are compared.
        named: Works out another condition by its name.

    Raises:
        PolicyError: It is no condition.
    """
    if isinstance(expression, dict) and len(expression) == 1:
        ((function, argument),) = expression.items()
        if function == "Condition":
            return named(argument)
        if function == "Fn::Equals":
            left, right = (resolve(each) for each in argument)
            return bool(left == right)
        if function in ("Fn::And", "Fn::Or", "Fn::Not"):
            results = [is_true(each, resolve, named) for each in argument]
            if function == "Fn::Not":
                return not results[0]
            return all(results) if function == "Fn::And" else any(results)
    what = f"{expression!r} is no condition."
    raise PolicyError(Problem(what, "", f"Use one of: {', '.join(FUNCTIONS)}."))
