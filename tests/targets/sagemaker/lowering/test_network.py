"""Jobs in the network of an environment: by parameters, so that the bytes are one everywhere."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from penstock.environments import parse_environments
from penstock.environments.network import NETWORK_PARAMETERS
from penstock.errors import PortabilityError
from penstock.ir import Pipeline, read_ir
from penstock.targets.local import run
from penstock.targets.sagemaker.lowering import Lowered, lower
from penstock.targets.sagemaker.network import NETWORK
from penstock.targets.sagemaker.validation import check_definition

VPC = {
    "SecurityGroupIds": [{"Get": "Parameters.SecurityGroup"}],
    "Subnets": [{"Get": "Parameters.SubnetOne"}, {"Get": "Parameters.SubnetTwo"}],
}


def jobs(definition: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the network of every job and model by the step's name."""
    found, steps = {}, list(definition["Steps"])
    for body in steps:
        arguments = body["Arguments"]
        steps += arguments.get("IfSteps", []) + arguments.get("ElseSteps", [])
        if body["Type"] == "Processing":
            found[body["Name"]] = arguments.get("NetworkConfig", {})
        elif body["Type"] in ("Training", "Model"):
            members = ("VpcConfig", "EnableInterContainerTrafficEncryption")
            found[body["Name"]] = {each: arguments[each] for each in members if each in arguments}
    return found


@pytest.mark.parametrize("name", ["gated", "configured", "unrolled", "foreign", "transformed"])
def test_every_job_is_in_the_network_of_its_environment(
    ir_of: Callable[[str], Pipeline], name: str
) -> None:
    definition = lower(ir_of(name), in_network=True).definition
    networks = jobs(definition)
    assert networks
    assert all(each == {"VpcConfig": VPC} for each in networks.values())
    assert check_definition(definition, "p.json") == []
    declared = definition["Parameters"]
    assert declared[4:7] == [
        {"Name": "SubnetOne", "Type": "String"},
        {"Name": "SubnetTwo", "Type": "String"},
        {"Name": "SecurityGroup", "Type": "String"},
    ]


def test_nothing_but_the_network_is_another(
    ir_of: Callable[[str], Pipeline], lowered: Callable[[str], Lowered]
) -> None:
    definition = lower(ir_of("gated"), in_network=True).definition
    del definition["Parameters"][4:7]
    steps = list(definition["Steps"])
    for body in steps:
        steps += body["Arguments"].get("IfSteps", []) + body["Arguments"].get("ElseSteps", [])
        for member in ("NetworkConfig", "VpcConfig"):
            body["Arguments"].pop(member, None)
    assert definition == lowered("gated").definition


def edited(text: str, label: str, **settings: object) -> Pipeline:
    documents = [each for each in yaml.safe_load_all(text) if each]
    executors = documents[1]["platforms"]["sagemaker"]["deploymentSpec"]["executors"]
    executors.setdefault(label, {}).update(settings)
    return read_ir(yaml.safe_dump_all(documents), "p.yaml")


def test_jobs_of_several_instances_encrypt_what_these_tell_each_other(
    compiled_text: Callable[[str], str],
) -> None:
    pipeline = edited(compiled_text("gated"), "exec-train", instance_count=2.0)
    assert jobs(lower(pipeline, in_network=True).definition)["train"] == {
        "EnableInterContainerTrafficEncryption": True,
        "VpcConfig": VPC,
    }
    assert jobs(lower(pipeline).definition)["train"] == {}
    transform = edited(compiled_text("transformed"), "exec-transform", instance_count=2.0)
    assert jobs(lower(transform, in_network=True).definition)["transformModel"] == {
        "VpcConfig": VPC
    }


def refusal(pipeline: Pipeline) -> list[str]:
    with pytest.raises(PortabilityError) as caught:
        lower(pipeline, in_network=True)
    return [each.what + " " + each.remedy for each in caught.value.problems]


def test_a_task_names_no_network_of_its_own(compiled_text: Callable[[str], str]) -> None:
    own = {"subnets": ["subnet-1"], "security_groups": ["sg-1"]}
    pipeline = edited(compiled_text("gated"), "exec-train", **own)
    assert refusal(pipeline) == [
        "`subnets` and `security_groups` name a network, and jobs run in that of the environment. "
        "Leave them out; environments.yaml names them."
    ]
    assert jobs(lower(pipeline).definition)["train"] == {
        "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    }


def test_the_names_of_the_network_are_taken_only_where_there_is_one(
    compiled_text: Callable[[str], str],
) -> None:
    documents = [each for each in yaml.safe_load_all(compiled_text("gated")) if each]
    given = documents[0]["root"]["inputDefinitions"]["parameters"]
    given["SubnetOne"] = {"parameterType": "STRING", "defaultValue": "x"}
    pipeline = read_ir(yaml.safe_dump_all(documents), "p.yaml")
    assert refusal(pipeline) == [
        "the pipeline parameter `SubnetOne` has the name of a parameter of the environment. "
        "Rename it; reserved are ApprovalQueue, ArtifactRoot, CodeRoot, Image, Role, "
        "SecurityGroup, SubnetOne, SubnetTwo."
    ]
    lower(pipeline)


def test_environment_definition_and_local_run_use_the_same_names() -> None:
    names = tuple(each["Name"] for each in NETWORK)
    assert names == NETWORK_PARAMETERS == run._NETWORK
    text = """\
environments:
  dev:
    account: "111111111111"
    region: eu-west-1
    role: arn:aws:iam::111111111111:role/jobs
    artifacts: s3://penstock-dev
    image: penstock:dev
    records: penstock
    subnets: [subnet-00000001, subnet-00000002]
    security_groups: [sg-00000001]
"""
    found = parse_environments(text, "environments.yaml").get("dev").parameters
    assert tuple(found)[4:] == names
