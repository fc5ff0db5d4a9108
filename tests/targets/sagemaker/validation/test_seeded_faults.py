"""Every fault planted in the good definition is found, and its whole message is right.

The faults are in seeded_errors.yaml and seeded_warnings.yaml; those that need long values are here.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from penstock.targets.sagemaker.validation import Finding, check_definition, errors_of

FOLDER = Path(__file__).parent
GOOD = json.loads((FOLDER / "good_definition.json").read_text(encoding="utf-8"))
ERRORS, WARNINGS = (
    {entry["fault"]: entry for entry in yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))}
    for name in ("seeded_errors.yaml", "seeded_warnings.yaml")
)
NAMING = ("Name", "OutputName", "ChannelName", "InputName", "PropertyFileName")
ARGUMENTS = "Steps/Preprocess/Arguments/AppSpecification/ContainerArguments"
TRAIN = "Steps/Train/Arguments"


def find(owner: Any, path: str) -> tuple[Any, Any]:
    """Follow a path whose list items are named or numbered; return the last owner and its key."""
    *parents, last = path.split("/")
    for part in parents:
        owner = owner[key_of(owner, part)]
    return owner, key_of(owner, last)


def key_of(owner: Any, part: str) -> Any:
    if not isinstance(owner, list):
        return part
    if part.isdigit():
        return int(part)
    return next(
        position
        for position, item in enumerate(owner)
        if any(item.get(member) == part for member in NAMING)
    )


def plant(definition: dict[str, Any], edit: dict[str, Any]) -> None:
    [operation] = edit.keys() & {"put", "drop", "add", "rename", "again"}
    owner, key = find(definition, edit[operation])
    if operation == "put":
        owner[key] = edit["value"]
    elif operation == "drop":
        del owner[key]
    elif operation == "add":
        owner[key].append(edit["value"])
    elif operation == "rename":
        owner[edit["to"]] = owner.pop(key)
    else:
        owner.append(copy.deepcopy(owner[key]))


def findings_after(*edits: dict[str, Any]) -> list[Finding]:
    definition = copy.deepcopy(GOOD)
    for edit in edits:
        plant(definition, copy.deepcopy(edit))
    return check_definition(definition, "definition.json")


@pytest.mark.parametrize("fault", ERRORS)
def test_a_fault_is_refused_with_its_message(fault: str) -> None:
    findings = findings_after(*ERRORS[fault]["edits"])
    assert [str(finding) for finding in findings] == ERRORS[fault]["finds"]
    assert errors_of(findings)


@pytest.mark.parametrize("doubt", WARNINGS)
def test_a_doubtful_setting_is_accepted_with_a_warning(doubt: str) -> None:
    findings = findings_after(*WARNINGS[doubt]["edits"])
    assert [str(finding) for finding in findings] == WARNINGS[doubt]["finds"]
    assert errors_of(findings) == []


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            "Steps/Notify/Name",
            "n" * 65,
            f"Steps[5] {'n' * 65!r}.Name: {'n' * 65!r} is no step name. Use 1 to 64 letters, "
            "digits, hyphens and underscores.",
        ),
        (
            f"{ARGUMENTS}/0",
            "x" * 257,
            "Steps[0] 'Preprocess'.Arguments.AppSpecification.ContainerArguments[0]: has 257 "
            "characters. Use at most 256.",
        ),
        (
            ARGUMENTS,
            ["x"] * 101,
            "Steps[0] 'Preprocess'.Arguments.AppSpecification.ContainerArguments: has 101 items. "
            "Give at most 100.",
        ),
        (
            f"{TRAIN}/HyperParameters",
            {f"h{number}": "1" for number in range(101)},
            "Steps[1] 'Train'.Arguments.HyperParameters: has 101 entries. Give at most 100.",
        ),
        (
            f"{TRAIN}/HyperParameters/max_depth",
            "9" * 2501,
            "Steps[1] 'Train'.Arguments.HyperParameters['max_depth']: has 2501 characters. "
            "Use at most 2500.",
        ),
        (
            "Steps/Preprocess/Arguments/Environment/LOG_LEVEL",
            "x" * 257,
            "Steps[0] 'Preprocess'.Arguments.Environment['LOG_LEVEL']: has 257 characters. "
            "Use at most 256.",
        ),
        (
            f"{TRAIN}/Environment/PYTHONHASHSEED",
            "0" * 513,
            "Steps[1] 'Train'.Arguments.Environment['PYTHONHASHSEED']: has 513 characters. "
            "Use at most 512.",
        ),
        (
            "Steps/Evaluate/Arguments/ProcessingInputs",
            [
                {
                    "InputName": f"i{number}",
                    "S3Input": {
                        "S3Uri": "s3://bucket/key",
                        "LocalPath": f"/opt/ml/processing/input/{number}",
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                    },
                }
                for number in range(11)
            ],
            "Steps[2] 'Evaluate'.Arguments.ProcessingInputs: has 11 items. Give at most 10.",
        ),
        (
            "Steps/Gate/Arguments/IfSteps/Score/Arguments/MaxPayloadInMB",
            101,
            "Steps[3] 'Gate'.Arguments.IfSteps[2] 'Score'.Arguments.MaxPayloadInMB: 101 is out of "
            "bounds. Give a number from 0 to 100.",
        ),
    ],
)
def test_a_value_past_its_limit_is_refused(path: str, value: Any, message: str) -> None:
    findings = findings_after({"put": path, "value": value})
    assert [str(finding) for finding in errors_of(findings)] == [f"definition.json: {message}"]
    assert len(findings) == 1


def test_no_fault_is_lost() -> None:
    assert (len(ERRORS), len(WARNINGS)) == (122, 14)


def test_every_fault_is_reported_at_once() -> None:
    findings = findings_after(
        {"put": f"{TRAIN}/RoleArn", "value": {"Get": "Parameters.Rol"}},
        {"put": "Steps/Train/CacheConfig/ExpireAfter", "value": "30 days"},
        {"put": f"{ARGUMENTS}/0", "value": 1},
    )
    assert [finding.where for finding in findings] == [
        "definition.json: Steps[0] 'Preprocess'.Arguments.AppSpecification.ContainerArguments[0]",
        "definition.json: Steps[1] 'Train'.CacheConfig.ExpireAfter",
        "definition.json: Steps[1] 'Train'.Arguments.RoleArn.Get",
    ]
