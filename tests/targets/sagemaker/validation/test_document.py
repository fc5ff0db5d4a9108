"""What is wrong with a text before there is a definition in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penstock.targets.sagemaker.validation import check_definition_text

GOOD = (Path(__file__).parent / "good_definition.json").read_text(encoding="utf-8")


def messages(text: str) -> list[str]:
    return [str(finding) for finding in check_definition_text(text, "definition.json")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Steps: []",
            "definition.json: line 1, column 1: is not JSON: Expecting value. Mend it there.",
        ),
        (
            '{\n  "Version": "2020-12-01",\n  "Steps": [,]\n}',
            "definition.json: line 3, column 13: is not JSON: Expecting value. Mend it there.",
        ),
        (
            '{"Version": "2020-12-01", "Steps": NaN}',
            "definition.json: is not JSON: NaN is no JSON number. Write standard JSON.",
        ),
        ("[]", "definition.json: is a list. A definition is an object with Steps."),
        ('"Steps"', "definition.json: is a string. A definition is an object with Steps."),
        ("null", "definition.json: is null. A definition is an object with Steps."),
    ],
)
def test_a_text_that_holds_no_definition_is_refused(text: str, message: str) -> None:
    assert messages(text) == [message]


def test_a_key_that_stands_twice_is_refused() -> None:
    text = GOOD.replace('"InstanceCount": 1,', '"InstanceCount": 1, "InstanceCount": 2,', 1)
    assert messages(text) == [
        "definition.json: the key 'InstanceCount' is twice in one object. Keep one: the last would "
        "win silently."
    ]


def test_a_text_of_the_greatest_length_is_accepted_and_a_longer_one_refused() -> None:
    longest = GOOD + " " * (1_048_576 - len(GOOD))
    assert messages(longest) == []
    assert messages(longest + " ") == [
        "definition.json: has 1,048,577 characters. SageMaker takes at most 1,048,576: leave out "
        "white space, move data to S3."
    ]


def test_a_text_nested_too_deeply_is_refused() -> None:
    [message] = messages("[" * 100_000)
    assert message.startswith("definition.json: is not JSON: ")


def test_values_at_their_limits_are_accepted() -> None:
    definition = json.loads(GOOD)
    preprocess, train = definition["Steps"][:2]
    preprocess["Arguments"]["AppSpecification"]["ContainerArguments"] = ["x" * 256] * 100
    preprocess["Arguments"]["Environment"] = {"LOG_LEVEL": "x" * 256}
    preprocess["Arguments"]["ProcessingResources"]["ClusterConfig"]["VolumeSizeInGB"] = 16384
    train["Arguments"]["HyperParameters"] = {f"h{number}": "9" * 2500 for number in range(100)}
    train["Arguments"]["Environment"] = {"PYTHONHASHSEED": "0" * 512}
    train["Arguments"]["StoppingCondition"] = {
        "MaxRuntimeInSeconds": 3600,
        "MaxWaitTimeInSeconds": 3600,
    }
    train["RetryPolicies"][0]["MaxAttempts"] = 20
    definition["Steps"][3]["Arguments"]["IfSteps"][2]["Arguments"]["MaxPayloadInMB"] = 100
    definition["Steps"][5]["Name"] = "n" * 64
    assert messages(json.dumps(definition)) == []


@pytest.mark.parametrize("duration", ["P30D", "p30d", "30d", "P4DT12H", "T12H", "PT90M", "P2W"])
def test_durations_that_the_guide_and_the_sdk_write_are_accepted(duration: str) -> None:
    assert messages(GOOD.replace('"P30D"', json.dumps(duration))) == []


def test_a_definition_without_a_condition_s_branch_is_accepted() -> None:
    definition = json.loads(GOOD)
    del definition["Steps"][3]["Arguments"]["ElseSteps"]
    assert messages(json.dumps(definition)) == []


def test_an_optional_member_that_is_null_counts_as_absent() -> None:
    definition = json.loads(GOOD)
    definition["Steps"][1]["Arguments"]["VpcConfig"] = None
    definition["PipelineExperimentConfig"] = None
    assert messages(json.dumps(definition)) == []
