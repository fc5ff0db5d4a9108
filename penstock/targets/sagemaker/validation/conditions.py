"""The conditions of a Condition step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.targets.sagemaker.validation.expressions import Expressions, is_expression
from penstock.targets.sagemaker.validation.finding import Report
from penstock.targets.sagemaker.validation.near_miss import known_names
from penstock.targets.sagemaker.validation.scalar_kind import ScalarKind, describe, kind_of_value
from penstock.targets.sagemaker.validation.steps import Step

# ConditionTypeEnum of the SageMaker Python SDK 3.27, and NotEquals of AWS's published JSON schema:
# the type and its keys.
_COMPARISON = ("LeftValue", "RightValue")
_CONDITIONS: Mapping[str, tuple[str, ...]] = {
    "Equals": _COMPARISON,
    "NotEquals": _COMPARISON,
    "GreaterThan": _COMPARISON,
    "GreaterThanOrEqualTo": _COMPARISON,
    "LessThan": _COMPARISON,
    "LessThanOrEqualTo": _COMPARISON,
    "In": ("QueryValue", "Values"),
    "Not": ("Condition",),
    "Or": ("Conditions",),
}
_EQUALITIES = ("Equals", "NotEquals")
_ARGUMENTS = ("Conditions", "IfSteps", "ElseSteps")


@dataclass(frozen=True, slots=True)
class ConditionCheck:
    """Checks one Condition step; its branches are read with the steps."""

    step: Step
    expressions: Expressions
    report: Report

    def check(self) -> None:
        """Check the arguments, every condition and that there is something to do."""
        path = f"{self.step.path}.Arguments"
        arguments = self.step.body.get("Arguments")
        if not isinstance(arguments, Mapping):
            what = "is missing." if arguments is None else f"is {describe(arguments)}."
            self.report.error(path, what, f"Give {', '.join(_ARGUMENTS)}.")
            return
        for key in arguments:
            if key not in _ARGUMENTS:
                self.report.error(f"{path}.{key}", "is unknown.", known_names(str(key), _ARGUMENTS))
        self._list(arguments.get("Conditions"), f"{path}.Conditions")
        if not arguments.get("IfSteps") and not arguments.get("ElseSteps"):
            self.report.warning(
                path, "both branches are empty.", "Put a step into IfSteps or ElseSteps."
            )

    def _list(self, conditions: object, path: str) -> None:
        if not isinstance(conditions, list) or not conditions:
            what = (
                "is missing."
                if conditions is None
                else "is empty."
                if conditions == []
                else f"is {describe(conditions)}."
            )
            self.report.error(path, what, "List at least one condition.")
            return
        for position, condition in enumerate(conditions):
            self._condition(condition, f"{path}[{position}]")

    def _condition(self, condition: object, path: str) -> None:
        if not isinstance(condition, Mapping):
            self.report.error(
                path,
                f"a condition must be an object, not {describe(condition)}.",
                'Write {"Type": ..., "LeftValue": ..., "RightValue": ...}.',
            )
            return
        name = condition.get("Type")
        if not isinstance(name, str) or name not in _CONDITIONS:
            what = "has no Type." if name is None else f"there is no condition type {name!r}."
            where = path if name is None else f"{path}.Type"
            self.report.error(where, what, known_names(str(name), _CONDITIONS))
            return
        keys = _CONDITIONS[name]
        for key in condition:
            if key not in ("Type", *keys):
                self.report.error(
                    f"{path}.{key}", f"is unknown to {name}.", known_names(str(key), keys)
                )
        for key in keys:
            if condition.get(key) is None:
                self.report.error(path, f"{name} has no {key}.", f"Add {key}.")
        if keys is _COMPARISON:
            self._comparison(condition, name, path)
        elif name == "In":
            self._membership(condition, path)
        elif name == "Not" and condition.get("Condition") is not None:
            self._condition(condition["Condition"], f"{path}.Condition")
        elif name == "Or" and condition.get("Conditions") is not None:
            self._list(condition["Conditions"], f"{path}.Conditions")

    def _comparison(self, condition: Mapping[str, object], name: str, path: str) -> None:
        kinds = [
            self._operand(condition[key], f"{path}.{key}")
            for key in _COMPARISON
            if condition.get(key) is not None
        ]
        if len(kinds) != 2:
            return
        left, right = kinds
        if ScalarKind.UNKNOWN in kinds:
            if name not in _EQUALITIES and ScalarKind.BOOLEAN in kinds:
                self._unordered(path, name)
            return
        if name not in _EQUALITIES and ScalarKind.BOOLEAN in kinds:
            self._unordered(path, name)
        elif left is not right and not (left.numeric and right.numeric):
            what = f"compares a {left.value} with a {right.value}"
            if name in _EQUALITIES:
                self.report.warning(
                    path, f"{what}: they are never equal.", "Compare values of one type."
                )
            else:
                self.report.error(path, f"{what}.", "Compare values of one type.")

    def _unordered(self, path: str, name: str) -> None:
        self.report.error(path, f"{name} cannot order a Boolean.", "Use Equals with true or false.")

    def _membership(self, condition: Mapping[str, object], path: str) -> None:
        if condition.get("QueryValue") is not None:
            self._operand(condition["QueryValue"], f"{path}.QueryValue")
        values = condition.get("Values")
        if values is None:
            return
        if not isinstance(values, list) or not values:
            what = "is empty." if values == [] else f"is {describe(values)}."
            self.report.error(f"{path}.Values", what, "List at least one value.")
            return
        for position, value in enumerate(values):
            self._operand(value, f"{path}.Values[{position}]")

    def _operand(self, value: object, path: str) -> ScalarKind:
        if is_expression(value):
            return self.expressions.resolve(value, path, self.step).kind
        kind = kind_of_value(value)
        if kind is None:
            self.report.error(
                path,
                f"{describe(value)} cannot be compared.",
                "Compare strings, numbers, booleans and references.",
            )
        return kind or ScalarKind.UNKNOWN


def check_condition_step(step: Step, expressions: Expressions, report: Report) -> None:
    """Check a Condition step."""
    ConditionCheck(step, expressions, report).check()
