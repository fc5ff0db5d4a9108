"""The SageMaker Python SDK as a witness: of what we write, and of what we accept.

The SDK builds each step of our definition with its own classes (see `sdk_builder.py`); what comes
out must be equal to ours but for the rules of `normalise.py`. And whatever the SDK writes, the
check must accept.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from penstock.targets.sagemaker.validation import check_definition

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # the SDK warns of much that is not ours
]

OTHERS = ("model and transform", "tuning", "people and functions", "fan-out and Spark")


@pytest.fixture(scope="module")
def built(sdk: ModuleType, lowered: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = sdk.build_with_sdk(lowered, "training")
    return made


def test_the_training_pipeline_holds_every_native_step(lowered: dict[str, Any]) -> None:
    gate = lowered["Steps"][-1]["Arguments"]
    types = [step["Type"] for step in lowered["Steps"]]
    assert types == ["Processing", "Training", "Processing", "Condition"]
    assert [step["Type"] for step in gate["IfSteps"]] == ["RegisterModel"]
    assert [step["Type"] for step in gate["ElseSteps"]] == ["Fail"]
    assert [("CacheConfig" in step, "RetryPolicies" in step) for step in lowered["Steps"][:3]] == [
        (True, True),
        (True, True),
        (False, False),
    ]
    assert "PropertyFiles" in lowered["Steps"][2]


def test_lowering_writes_what_the_sdk_writes(
    lowered: dict[str, Any], built: dict[str, Any], normalise: ModuleType
) -> None:
    assert normalise.normalised(lowered) == normalise.normalised(built)


@pytest.mark.parametrize("use_case", ["fraud", "wine"])
def test_the_training_pipeline_itself_is_what_the_sdk_writes(
    use_case: str, sdk: ModuleType, normalise: ModuleType
) -> None:
    goldens = Path(__file__).parents[3] / "pipelines" / "goldens"
    ours = json.loads((goldens / f"training-{use_case}.json").read_text())
    theirs = sdk.build_with_sdk(ours, f"{use_case}-training")
    assert normalise.normalised(ours) == normalise.normalised(theirs)


def test_a_transform_is_what_the_sdk_writes(
    lowered_transform: dict[str, Any], sdk: ModuleType, normalise: ModuleType
) -> None:
    types = [step["Type"] for step in lowered_transform["Steps"]]
    assert types == ["Processing", "Model", "Transform", "Processing"]
    built = sdk.build_with_sdk(lowered_transform, "inference")
    assert normalise.normalised(lowered_transform) == normalise.normalised(built)
    assert check_definition(built, "definition.json") == []


IN_NETWORK = {
    "SecurityGroupIds": [{"Get": "Parameters.SecurityGroup"}],
    "Subnets": [{"Get": "Parameters.SubnetOne"}, {"Get": "Parameters.SubnetTwo"}],
}


@pytest.mark.parametrize("name", ["training", "inference"])
def test_a_network_of_parameters_is_what_the_sdk_writes(
    name: str,
    lowered_in_network: dict[str, dict[str, Any]],
    sdk: ModuleType,
    normalise: ModuleType,
) -> None:
    ours = lowered_in_network[name]
    networks = [
        arguments.get("NetworkConfig", arguments).get("VpcConfig")
        for kind in ("Processing", "Training", "Model")
        for arguments in normalise.arguments_of(ours, kind)
    ]
    assert networks == [IN_NETWORK] * 3
    built = sdk.build_with_sdk(ours, name)
    assert normalise.normalised(ours) == normalise.normalised(built)
    assert check_definition(ours, "definition.json") == []
    assert check_definition(built, "definition.json") == []


def steps_of(definition: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
    first, second, third, fourth = (step["Arguments"] for step in definition["Steps"])
    return first, second, third, fourth


def distribute(definition: dict[str, Any]) -> None:
    channel = steps_of(definition)[1]["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    channel["S3DataDistributionType"] = "ShardedByS3Key"


def upload_at_once(definition: dict[str, Any]) -> None:
    output = steps_of(definition)[0]["ProcessingOutputConfig"]["Outputs"][0]
    output["S3Output"]["S3UploadMode"] = "Continuous"


def write_a_number(definition: dict[str, Any]) -> None:
    steps_of(definition)[1]["HyperParameters"]["max_depth"] = 6


def misplace_the_cache(definition: dict[str, Any]) -> None:
    definition["Steps"][0]["Arguments"]["CacheConfig"] = definition["Steps"][0]["CacheConfig"]


@pytest.mark.parametrize("change", [distribute, upload_at_once, write_a_number, misplace_the_cache])
def test_the_comparison_notices_a_difference(
    change: Callable[[dict[str, Any]], None],
    sdk: ModuleType,
    lowered: dict[str, Any],
    normalise: ModuleType,
) -> None:
    changed = copy.deepcopy(lowered)
    change(changed)
    rebuilt = sdk.build_with_sdk(changed, "training")
    assert normalise.normalised(changed) != normalise.normalised(rebuilt)


def test_what_we_write_is_accepted(lowered: dict[str, Any]) -> None:
    assert check_definition(lowered, "definition.json") == []


def test_what_the_sdk_writes_for_the_training_pipeline_is_accepted(built: dict[str, Any]) -> None:
    assert check_definition(built, "definition.json") == []


@pytest.mark.parametrize("name", OTHERS)
def test_what_the_sdk_writes_is_accepted(name: str, sdk_pipelines: ModuleType) -> None:
    assert check_definition(sdk_pipelines.PIPELINES[name](), "definition.json") == []


def test_every_pipeline_of_the_sdk_is_tried(sdk_pipelines: ModuleType) -> None:
    assert tuple(sdk_pipelines.PIPELINES) == OTHERS
