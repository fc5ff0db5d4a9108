"""Checks a step's arguments against the shape of the request that SageMaker sends for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.targets.sagemaker.validation.expressions import Expressions, is_expression
from penstock.targets.sagemaker.validation.finding import Report
from penstock.targets.sagemaker.validation.near_miss import known_names
from penstock.targets.sagemaker.validation.scalar_bounds import check_scalar
from penstock.targets.sagemaker.validation.scalar_kind import (
    ScalarKind,
    describe,
    kind_of_shape,
    kind_of_value,
)
from penstock.targets.sagemaker.validation.service_model import ServiceShapes, service_shapes
from penstock.targets.sagemaker.validation.steps import Step

_WORDS = {"structure": "an object", "map": "an object", "list": "a list"}
_KIND_WORDS = {
    ScalarKind.STRING: "a string",
    ScalarKind.INTEGER: "an integer",
    ScalarKind.FLOAT: "a number",
    ScalarKind.BOOLEAN: "true or false",
}


@dataclass(frozen=True, slots=True)
class _Slot:
    """A place for a value: its shape, and the member of which structure it is."""

    shape: str
    owner: str = ""
    member: str = ""


@dataclass(frozen=True, slots=True)
class ArgumentShapes:
    """Checks the arguments of one step."""

    step: Step
    expressions: Expressions
    report: Report
    shapes: ServiceShapes

    def check(self) -> None:
        """Check `Arguments` whole: unknown, required, types, bounds, references."""
        path = f"{self.step.path}.Arguments"
        arguments = self.step.body.get("Arguments")
        if not isinstance(arguments, Mapping) or is_expression(arguments):
            what = "is missing." if arguments is None else f"is {describe(arguments)}."
            self.report.error(path, what, f"Write the {self._operation()} request.")
            return
        self._structure(
            arguments, self.step.type.request, path, not_required=self.step.type.generated
        )

    def _operation(self) -> str:
        return self.step.type.request.removesuffix("Request").removesuffix("Input")

    def _value(self, value: object, slot: _Slot, path: str) -> None:
        shape = self.shapes.shape(slot.shape)
        kind = kind_of_shape(shape["type"])
        if is_expression(value):
            self._expression(value, slot, kind, path)
        elif kind is not None:
            self._scalar(value, slot, kind, path)
        elif shape["type"] == "list":
            self._list(value, slot.shape, path)
        elif not isinstance(value, Mapping):
            self._wrong_type(path, _WORDS[shape["type"]], value)
        elif shape["type"] == "map":
            self._map(value, slot.shape, path)
        else:
            self._structure(value, slot.shape, path)

    def _expression(
        self, value: Mapping[str, object], slot: _Slot, kind: ScalarKind | None, path: str
    ) -> None:
        found = self.expressions.resolve(value, path, self.step)
        if kind is None:
            wanted = _WORDS[self.shapes.shape(slot.shape)["type"]]
            self.report.error(
                path,
                f"a reference gives one value, and {wanted} is wanted.",
                "Write it out, with references for the single values inside.",
            )
            return
        if not found.kind.fits(kind):
            self.report.error(
                path,
                f"is of type {found.kind.value}, and {_KIND_WORDS[kind]} is wanted.",
                _conversion(value, kind),
            )
            return
        parameter = found.parameter
        if parameter is not None and parameter.default not in (None, ""):
            trouble = check_scalar(
                self.shapes, slot.shape, parameter.default, slot.owner, slot.member
            )
            if trouble is not None:
                self.report.warning(
                    path,
                    f"the default of parameter {parameter.name!r} does not fit: {trouble.what}",
                    trouble.remedy,
                )

    def _scalar(self, value: object, slot: _Slot, kind: ScalarKind, path: str) -> None:
        found = kind_of_value(value)
        if found is None or not found.fits(kind):
            self._wrong_type(path, _KIND_WORDS.get(kind, "a time"), value)
            return
        trouble = check_scalar(self.shapes, slot.shape, value, slot.owner, slot.member)
        if trouble is None:
            return
        record = self.report.warning if trouble.may_be_newer else self.report.error
        record(path, trouble.what, trouble.remedy)

    def _wrong_type(self, path: str, wanted: str, value: object) -> None:
        self.report.error(
            path, f"is {describe(value)}, and {wanted} is wanted.", f"Write {wanted}."
        )

    def _list(self, value: object, name: str, path: str) -> None:
        if not isinstance(value, list):
            self._wrong_type(path, "a list", value)
            return
        shape = self.shapes.shape(name)
        self._count(len(value), shape, path, "items")
        for position, item in enumerate(value):
            self._value(item, _Slot(shape["member"]["shape"]), f"{path}[{position}]")

    def _map(self, value: Mapping[str, object], name: str, path: str) -> None:
        shape = self.shapes.shape(name)
        self._count(len(value), shape, path, "entries")
        for key, item in value.items():
            place = f"{path}[{key!r}]"
            trouble = check_scalar(self.shapes, shape["key"]["shape"], key, name, "")
            if trouble is not None:
                self.report.error(place, f"the key {trouble.what}", trouble.remedy)
            self._value(item, _Slot(shape["value"]["shape"]), place)

    def _count(self, count: int, shape: Mapping[str, object], path: str, noun: str) -> None:
        least, most = shape.get("min"), shape.get("max")
        if isinstance(least, int) and count < least:
            self.report.error(path, f"has {count} {noun}.", f"Give at least {least}.")
        if isinstance(most, int) and count > most:
            self.report.error(path, f"has {count} {noun}.", f"Give at most {most}.")

    def _structure(
        self,
        value: Mapping[str, object],
        name: str,
        path: str,
        not_required: tuple[str, ...] = (),
    ) -> None:
        shape = self.shapes.shape(name)
        members = self.shapes.members(name)
        for required in shape.get("required", ()):
            if required not in not_required and value.get(required) is None:
                self.report.error(path, f"has no {required}.", f"Add {required}.")
        given = [member for member in value if value[member] is not None]
        if shape.get("union") and len(given) != 1:
            self.report.error(
                path,
                f"has {len(given)} members.",
                f"Give exactly one of: {', '.join(members)}.",
            )
        for member in given:
            place = f"{path}.{member}"
            if member in members:
                self._value(value[member], _Slot(members[member], name, member), place)
            else:
                self.report.error(place, "is unknown.", known_names(str(member), members))
                self.expressions.walk(value[member], place, self.step)


def _conversion(value: Mapping[str, object], kind: ScalarKind) -> str:
    if kind is ScalarKind.STRING:
        return 'Turn it into text: {"Std:Join": {"On": "", "Values": [...]}}.'
    if "Std:Join" in value:
        return f"Std:Join gives text: refer to a value of type {kind.value} itself."
    return f"Refer to a value of type {kind.value}."


def check_arguments(step: Step, expressions: Expressions, report: Report) -> None:
    """Check the arguments of a step that sends a request of SageMaker's API."""
    ArgumentShapes(step, expressions, report, service_shapes("sagemaker")).check()
