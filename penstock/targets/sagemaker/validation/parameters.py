"""The parameters that a definition declares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from penstock.targets.sagemaker.validation.finding import Report
from penstock.targets.sagemaker.validation.near_miss import known_names
from penstock.targets.sagemaker.validation.scalar_kind import ScalarKind, describe, kind_of_value

# botocore's PipelineParameterName.
_NAME = re.compile(r"[A-Za-z0-9\-_]{1,256}")
_KINDS = {
    kind.value: kind
    for kind in (ScalarKind.STRING, ScalarKind.INTEGER, ScalarKind.FLOAT, ScalarKind.BOOLEAN)
}
_KEYS = ("Name", "Type", "DefaultValue", "EnumValues", "Description")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter; `default` is None where a run has to give a value."""

    name: str
    kind: ScalarKind
    default: str | int | float | bool | None


def read_parameters(declared: object, report: Report) -> dict[str, Parameter]:
    """Read the parameters by name, reporting what is wrong with each."""
    parameters: dict[str, Parameter] = {}
    if declared is None:
        return parameters
    if not isinstance(declared, list):
        report.error(
            "Parameters",
            f"must be a list of parameters, not {describe(declared)}.",
            "Write [] for none.",
        )
        return parameters
    for position, body in enumerate(declared):
        path = f"Parameters[{position}]"
        if not isinstance(body, Mapping):
            report.error(
                path,
                f"a parameter must be an object, not {describe(body)}.",
                'Write {"Name": ..., "Type": ...}.',
            )
            continue
        parameter = _read_parameter(body, path, report)
        if parameter is None:
            continue
        if parameter.name in parameters:
            report.error(
                f"{path} {parameter.name!r}.Name",
                "another parameter has the same name.",
                "Keep one of them.",
            )
        parameters.setdefault(parameter.name, parameter)
    return parameters


def _read_parameter(body: Mapping[str, object], path: str, report: Report) -> Parameter | None:
    name = body.get("Name")
    if isinstance(name, str) and name:
        path = f"{path} {name!r}"
    for key in body:
        if key not in _KEYS:
            report.error(f"{path}.{key}", "is unknown.", known_names(str(key), _KEYS))
    if name is None:
        report.error(path, "has no Name.", "Give it a name of its own.")
        return None
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        report.error(
            f"{path}.Name",
            f"{repr(name) if isinstance(name, str) else describe(name)} is no parameter name.",
            "Use 1 to 256 letters, digits, hyphens and underscores.",
        )
    kind = _read_kind(body, path, report)
    default = _read_default(body, kind, path, report)
    _check_enumeration(body, kind, default, path, report)
    return Parameter(name, kind, default) if isinstance(name, str) else None


def _read_kind(body: Mapping[str, object], path: str, report: Report) -> ScalarKind:
    written = body.get("Type")
    if isinstance(written, str) and written in _KINDS:
        return _KINDS[written]
    if written is None:
        # AWS's published schema does not require it and the guide's example leaves it out.
        report.warning(path, "has no Type.", f"Use one of: {', '.join(_KINDS)}.")
    else:
        report.error(
            f"{path}.Type",
            f"there is no parameter type {written!r}.",
            known_names(str(written), _KINDS),
        )
    return ScalarKind.UNKNOWN


def _read_default(
    body: Mapping[str, object], kind: ScalarKind, path: str, report: Report
) -> str | int | float | bool | None:
    default = body.get("DefaultValue")
    if default is None:
        return None
    found = kind_of_value(default)
    if isinstance(default, str | int | float) and found is not None and found.fits(kind):
        return default
    report.error(
        f"{path}.DefaultValue",
        f"is {describe(default)}, but the parameter is of type {kind.value}.",
        f"Write a default of type {kind.value}, or change the Type.",
    )
    return None


def _check_enumeration(
    body: Mapping[str, object],
    kind: ScalarKind,
    default: object,
    path: str,
    report: Report,
) -> None:
    values = body.get("EnumValues")
    if values is None:
        return
    if not isinstance(values, list) or not values:
        report.error(
            f"{path}.EnumValues",
            "is empty." if values == [] else f"is {describe(values)}.",
            "List the values that a run may give, or leave EnumValues out.",
        )
        return
    if kind not in (ScalarKind.STRING, ScalarKind.UNKNOWN):
        report.error(
            f"{path}.EnumValues",
            f"only a String parameter can have them, and this one is {kind.value}.",
            "Leave EnumValues out, or make the parameter a String.",
        )
        return
    for position, value in enumerate(values):
        if not isinstance(value, str):
            report.error(
                f"{path}.EnumValues[{position}]", f"is {describe(value)}.", "Write a string."
            )
    if default is not None and default not in values:
        report.error(
            f"{path}.DefaultValue",
            f"{default!r} is not among the EnumValues.",
            known_names(str(default), [value for value in values if isinstance(value, str)]),
        )
