"""The shape of a definition: what has to hold before its parts can be read at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from penstock.errors import Problem
from penstock.targets.local.documents import objects
from penstock.targets.local.retries import RetryPolicy

PARAMETER_TYPES: Mapping[str, type] = {
    "String": str,
    "Integer": int,
    "Float": float,
    "Boolean": bool,
}
_STEP_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""The service's own limit (botocore's StepName); here a step's name is also that of a folder."""

_STEP_LISTS = ("DependsOn", "PropertyFiles", "RetryPolicies")
_FILE_MEMBERS = ("PropertyFileName", "OutputName", "FilePath")


def shape_problems(source: Any, where: str) -> Iterator[Problem]:
    """Yield what makes a JSON value unreadable as a definition.

    Args:
        where: Names the definition.
    """
    if not isinstance(source, Mapping) or not isinstance(source.get("Steps"), list):
        yield Problem(
            "this is no pipeline definition: it has no list `Steps`.",
            where,
            "Give the JSON that `pipeline compile --target sagemaker` writes.",
        )
        return
    if not source["Steps"]:
        yield Problem("the definition has no steps.", where, "Give it one at least.")
    yield from _parameter_problems(source.get("Parameters") or [], where)
    yield from _step_list_problems(source["Steps"], where)


def _parameter_problems(parameters: Any, where: str) -> Iterator[Problem]:
    if not isinstance(parameters, list):
        yield Problem("its Parameters are no list.", where, "Make them a list of objects.")
        return
    seen: set[str] = set()
    for entry in parameters:
        name = entry.get("Name") if isinstance(entry, Mapping) else None
        if not isinstance(name, str):
            yield Problem("a parameter has no name.", where, "Give it a Name.")
            continue
        if name in seen:
            yield Problem(f"two parameters are called {name}.", where, "Rename one of them.")
        seen.add(name)
        kind = entry.get("Type")
        if not isinstance(kind, str) or kind not in PARAMETER_TYPES:
            yield Problem(
                f"parameter {name} has the unknown type {kind}.",
                where,
                f"Use one of: {', '.join(PARAMETER_TYPES)}.",
            )
        if not isinstance(entry.get("EnumValues") or [], list):
            yield Problem(
                f"the EnumValues of parameter {name} are no list.", where, "Make them one."
            )


def _step_list_problems(steps: Any, where: str) -> Iterator[Problem]:
    for step in steps:
        if not isinstance(step, Mapping) or not isinstance(step.get("Name"), str):
            yield Problem("a step has no name.", where, "Give it a Name.")
        else:
            yield from _step_problems(step, f"step {step['Name']}")


def _step_problems(step: Mapping[str, Any], where: str) -> Iterator[Problem]:
    if _STEP_NAME.fullmatch(step["Name"]) is None:
        yield Problem(
            "this is no name for a step.",
            where,
            "Use 1 to 64 letters, digits, hyphens and underscores.",
        )
    arguments = step.get("Arguments") or {}
    if not isinstance(arguments, Mapping):
        yield Problem("its Arguments are no object.", where, "Make them one.")
        arguments = {}
    lists = {name: step.get(name) or [] for name in _STEP_LISTS}
    for name in [name for name, value in lists.items() if not isinstance(value, list)]:
        yield Problem(f"its {name} is no list.", where, "Make it one.")
        lists[name] = []
    yield from _dependency_problems(lists["DependsOn"], where)
    yield from _property_file_problems(lists["PropertyFiles"], where)
    yield from _retry_problems(lists["RetryPolicies"], where)
    yield from _function_problems(step, where)
    if step.get("Type") == "Condition":
        yield from _condition_problems(arguments, where)


def _condition_problems(arguments: Mapping[str, Any], where: str) -> Iterator[Problem]:
    conditions = arguments.get("Conditions")
    if not isinstance(conditions, list) or not conditions:
        yield Problem("it has no list of Conditions.", where, "Give it one at least.")
    for branch in ("IfSteps", "ElseSteps"):
        steps = arguments.get(branch) or []
        if isinstance(steps, list):
            yield from _step_list_problems(steps, where)
        else:
            yield Problem(f"its {branch} are no list.", where, "Make them one.")


def _dependency_problems(dependencies: list[Any], where: str) -> Iterator[Problem]:
    for entry in dependencies:
        named = entry.get("Step") if isinstance(entry, Mapping) else entry
        if not isinstance(named, str):
            yield Problem(
                f"its DependsOn holds {entry!r}, which names no step.",
                where,
                "Give the name of a step, or an object with Step and Trigger.",
            )


def _property_file_problems(files: list[Any], where: str) -> Iterator[Problem]:
    for file in files:
        members = file if isinstance(file, Mapping) else {}
        missing = [name for name in _FILE_MEMBERS if not isinstance(members.get(name), str)]
        if missing:
            yield Problem(
                f"a property file has no {' and no '.join(missing)}.", where, "Give each a text."
            )


def _retry_problems(policies: list[Any], where: str) -> Iterator[Problem]:
    for policy in policies:
        try:
            RetryPolicy.read(policy)
        except (TypeError, ValueError, AttributeError, OverflowError):
            yield Problem(
                f"{policy!r} is no retry policy.",
                where,
                "Give a list ExceptionType and numbers: IntervalSeconds, BackoffRate, MaxAttempts"
                " or ExpireAfterMin.",
            )


def _function_problems(step: Mapping[str, Any], where: str) -> Iterator[Problem]:
    own = {name: value for name, value in step.items() if name != "Arguments"}
    arguments = step.get("Arguments")
    if isinstance(arguments, Mapping):
        own["Arguments"] = {
            name: value
            for name, value in arguments.items()
            if step.get("Type") != "Condition" or name not in ("IfSteps", "ElseSteps")
        }
    for document in objects(own):
        if set(document) == {"Get"} and not isinstance(document["Get"], str):
            yield Problem(
                f"a Get holds {document['Get']!r}, which is no path.", where, "Give it a text."
            )
        if "Std:Join" in document and not _is_join(document):
            yield Problem(
                "a Std:Join has no list `Values`.", where, "Give it `On` and `Values`, alone."
            )
        if "Std:JsonGet" in document and not _is_json_get(document):
            yield Problem(
                "a Std:JsonGet names no place.",
                where,
                'Give it `Path` and `PropertyFile`: {"Get": "Steps.STEP.PropertyFiles.NAME"}.',
            )


def _is_join(document: Mapping[str, Any]) -> bool:
    join = document["Std:Join"]
    return len(document) == 1 and isinstance(join, Mapping) and isinstance(join.get("Values"), list)


def _is_json_get(document: Mapping[str, Any]) -> bool:
    found = document["Std:JsonGet"]
    if len(document) != 1 or not isinstance(found, Mapping):
        return False
    if not isinstance(found.get("Path"), str):
        return False
    if "PropertyFile" not in found:
        return "S3Uri" in found
    file = found["PropertyFile"]
    path = file.get("Get") if isinstance(file, Mapping) else None
    if not isinstance(path, str):
        return False
    parts = path.split(".", 3)
    return len(parts) == 4 and parts[0] == "Steps" and parts[2] == "PropertyFiles"
