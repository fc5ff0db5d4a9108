"""Environments that have networks for their jobs: stacks, rights, rules."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any, cast

import pytest
from sentences import IN_NETWORKS, JOBS_START_INSIDE, NO_JOB_OUTSIDE, ONLY_JOBS_JOIN, PROD_JOBS
from sentences import loosening as loosened
from synthesis import ROOT, Documents, definition, inputs, networked, networked_text, synthesize
from test_checks import lint

from infra.cdk import app
from infra.cdk.inputs import inputs_of
from infra.cdk.rules.finding import Template as Ruled
from infra.cdk.validating import findings, read_template
from infra.policies import (
    Looser,
    Sentence,
    Template,
    expect_broken_when_loosened,
    load_estate,
)
from penstock.environments import parse_environments
from penstock.errors import RequestError
from penstock.release import Release


def of_type(document: Any, name: str) -> dict[str, dict[str, Any]]:
    return {
        title: each["Properties"]
        for title, each in document["Resources"].items()
        if each["Type"] == name
    }


def test_a_network_leads_to_s3_and_to_what_is_named_and_no_further(
    networked_templates: Documents,
) -> None:
    network = networked_templates["penstock-prod-network"]
    kinds = {each["Type"] for each in network["Resources"].values()}
    assert not kinds & {
        "AWS::EC2::InternetGateway",
        "AWS::EC2::NatGateway",
        "AWS::EC2::Route",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::IAM::Role",
    }
    subnets = of_type(network, "AWS::EC2::Subnet")
    assert [each["CidrBlock"] for each in subnets.values()] == ["10.3.0.0/23", "10.3.2.0/23"]
    assert [each["AvailabilityZone"] for each in subnets.values()] == [
        {"Fn::Select": [number, {"Fn::GetAZs": ""}]} for number in (0, 1)
    ]
    endpoints = of_type(network, "AWS::EC2::VPCEndpoint")
    assert {title: each["VpcEndpointType"] for title, each in endpoints.items()} == {
        "S3": "Gateway",
        "Secretsmanager": "Interface",
    }
    dev = of_type(networked_templates["penstock-dev-network"], "AWS::EC2::VPCEndpoint")
    assert list(dev) == ["S3"]
    assert {name: each["Value"] for name, each in network["Outputs"].items()} == {
        "Subnets": {"Fn::Join": ["", ["[", {"Ref": "SubnetOne"}, ", ", {"Ref": "SubnetTwo"}, "]"]]},
        "SecurityGroups": {"Fn::Join": ["", ["[", {"Ref": "JobsGroup"}, "]"]]},
    }


def test_the_way_to_s3_is_the_jobs_roles_and_ends_at_its_buckets(
    networked_templates: Documents,
) -> None:
    def reached(environment: str) -> set[str]:
        network = networked_templates[f"penstock-{environment}-network"]
        statements = of_type(network, "AWS::EC2::VPCEndpoint")["S3"]["PolicyDocument"]["Statement"]
        account = {"dev": "1" * 12, "prod": "3" * 12}[environment]
        role = f"arn:aws:iam::{account}:role/penstock-execution"
        assert all(
            each["Condition"] == {"ArnEquals": {"aws:PrincipalArn": role}} for each in statements
        )
        resources = [each["Resource"] for each in statements]
        arns = [arn for each in resources for arn in ([each] if isinstance(each, str) else each)]
        return {arn.removeprefix("arn:aws:s3:::").partition("/")[0] for arn in arns}

    assert reached("dev") == {"penstock-dev-artifacts", "rows"}
    assert reached("prod") == {"penstock-prod-artifacts", "penstock-models", "rows", "decisions"}


def test_functions_start_pipelines_in_the_network(networked_templates: Documents) -> None:
    workload = networked_templates["penstock-prod-workload"]["Resources"]
    variables = workload["StarterFunction"]["Properties"]["Environment"]["Variables"]
    parameters = json.loads(variables["PENSTOCK_PARAMETERS"])
    assert {name: parameters[name] for name in ("SubnetOne", "SubnetTwo", "SecurityGroup")} == {
        "SubnetOne": "subnet-00000003",
        "SubnetTwo": "subnet-10000003",
        "SecurityGroup": "sg-00000003",
    }


def test_a_network_is_deployed_by_people_as_roles_are(networked_outdir: Path) -> None:
    manifest = json.loads((networked_outdir / "assembly-prod" / "manifest.json").read_text())
    stacks = manifest["artifacts"]
    by_name = {
        each["properties"].get("stackName", ""): "assumeRoleArn" in each["properties"]
        for each in stacks.values()
        if each["type"] == "aws:cloudformation:stack"
    }
    assert by_name["penstock-prod-network"] is by_name["penstock-prod-access"] is False
    assert by_name["penstock-prod-workload"] is True


SHOWN = [
    (NO_JOB_OUTSIDE, "Jobs", Looser.WITHOUT_CONDITION),
    (NO_JOB_OUTSIDE, "Models", Looser.WITHOUT_CONDITION),
    (NO_JOB_OUTSIDE, "TransformJobs", Looser.WITHOUT_CONDITION),
    (NO_JOB_OUTSIDE, "FollowJobs", Looser.ANY_ACTION),
]


@pytest.mark.slow
@pytest.mark.parametrize(("sentence", "sid", "way"), SHOWN)
def test_a_sentence_fails_when_what_it_rests_on_is_loosened(
    networked_deployed: list[Template], sentence: Sentence, sid: str, way: Looser
) -> None:
    estate = load_estate(networked_deployed)
    expect_broken_when_loosened(sentence, networked_deployed, loosened(estate, PROD_JOBS, sid, way))


@pytest.mark.slow
def test_each_part_of_a_condition_is_needed(networked_deployed: list[Template]) -> None:
    for operator, key in (
        ("ForAllValues:StringEquals", "sagemaker:VpcSubnets"),
        ("ForAllValues:StringEquals", "sagemaker:VpcSecurityGroupIds"),
        ("Null", "sagemaker:VpcSubnets"),
        ("Null", "sagemaker:VpcSecurityGroupIds"),
    ):
        planted = copy.deepcopy(networked_deployed)
        (access,) = (each for each in planted if each.stack == "penstock-prod-access")
        role = access.body["Resources"]["JobsRole"]["Properties"]
        statements = role["Policies"][0]["PolicyDocument"]["Statement"]
        del statements[0]["Condition"][operator][key]
        assert NO_JOB_OUTSIDE.breaches(load_estate(planted)), (operator, key)


@pytest.mark.slow
def test_jobs_start_inside_and_nobody_else_joins(networked_deployed: list[Template]) -> None:
    estate = load_estate(networked_deployed)
    for sentence in IN_NETWORKS:
        sentence.check(estate)
    without = copy.deepcopy(networked_deployed)
    (access,) = (each for each in without if each.stack == "penstock-prod-access")
    interfaces = {"Effect": "Allow", "Action": "ec2:CreateNetworkInterface", "Resource": "*"}
    jobs, starter = (
        access.body["Resources"][title]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        for title in ("JobsRole", "StarterRole")
    )
    starter.append(interfaces)
    jobs[:] = [each for each in jobs if each["Sid"] != "NetworkInterfaces"]
    assert ONLY_JOBS_JOIN.breaches(load_estate(without))
    assert JOBS_START_INSIDE.breaches(load_estate(without))


def found(document: Any, environment: str, *bodies: str) -> list[tuple[str, str, str]]:
    digests = frozenset(hashlib.sha256(each.encode()).hexdigest() for each in bodies)
    template = Ruled("stack", environment, environment, document, 1, digests, in_network=True)
    return [(each.rule, each.resource, each.what) for each in findings(template)]


def test_a_job_that_would_run_outside_is_found(networked_templates: Documents) -> None:
    document = copy.deepcopy(dict(networked_templates["penstock-dev-pipelines-fraud"]))
    bodies = [each.body for each in networked().pipelines]
    assert found(document, "dev", *bodies) == []
    body = json.loads(definition("fraud-training", in_network=True))
    outside = body["Steps"].pop()
    gate = {"Conditions": [], "IfSteps": [outside], "ElseSteps": []}
    body["Steps"].append({"Name": "gate", "Type": "Condition", "Arguments": gate})
    for network in (None, {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}):
        outside["Arguments"] = {"NetworkConfig": {"VpcConfig": network}}
        text = json.dumps(body)
        pipeline = document["Resources"]["FraudTraining"]["Properties"]
        pipeline["PipelineDefinition"]["PipelineDefinitionBody"] = text
        for tag in pipeline["Tags"]:
            if tag["Key"] == "penstock:body":
                tag["Value"] = hashlib.sha256(text.encode()).hexdigest()
        assert found(document, "dev", text, *bodies) == [
            (
                "JobsAreInTheNetwork",
                "FraudTraining",
                "its step job runs outside of the environment's network.",
            )
        ]


def test_an_endpoint_that_others_pass_through_is_found(networked_templates: Documents) -> None:
    document = copy.deepcopy(dict(networked_templates["penstock-prod-network"]))
    assert found(document, "prod") == []
    endpoint = document["Resources"]["S3"]["Properties"]
    told = [
        ("EndpointsKnowTheirRole", "S3", "its policy lets others than one role through."),
    ]
    del endpoint["PolicyDocument"]["Statement"][0]["Condition"]
    assert found(document, "prod") == told
    del endpoint["PolicyDocument"]
    assert found(document, "prod") == told


def test_a_written_template_knows_whether_its_jobs_have_a_network(networked_outdir: Path) -> None:
    file = "penstock-prod-pipelines-fraud.template.json"
    assert read_template(networked_outdir / "templates" / file, networked()).in_network
    assert not read_template(networked_outdir / "templates" / file, inputs()).in_network


@pytest.mark.slow
def test_until_subnets_are_known_there_are_networks_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made_of = inputs(networked_text(known=False), in_network=True)
    templates = synthesize(made_of, tmp_path)
    assert list(templates) == [f"penstock-{each}-network" for each in ("dev", "pre-prod", "prod")]
    assert app._waiting(made_of.waiting) == (
        "infra.cdk: the stacks `network` alone were written. Deploy dev/network pre-prod/network "
        "prod/network, write their outputs to environments.yaml as `subnets` and "
        "`security_groups`, and come back."
    )


def refused(text: str, *, in_network: bool) -> list[str]:
    made_of = inputs(text, in_network=in_network)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infra.cdk.release_facts.pipelines_of", lambda _: made_of.pipelines)
        patch.setattr("infra.cdk.release_facts.use_cases_of", lambda _: made_of.use_cases)
        with pytest.raises(RequestError) as caught:
            inputs_of(parse_environments(text, "environments.yaml"), cast(Release, None))
    return [str(each) for each in caught.value.problems]


def test_a_release_and_environments_that_differ_on_the_network_are_refused() -> None:
    told = refused(networked_text(), in_network=False)
    assert len(told) == 12
    assert told[0] == (
        "environments.yaml: dev names subnets, and jobs of fraud-inference would run outside of "
        "them. Set `jobs-in-network = true` below [tool.penstock] in pyproject.toml, and compile "
        "or build the release again."
    )
    own = (ROOT / "environments.yaml").read_text(encoding="utf-8")
    told = refused(own, in_network=True)
    assert told[-1] == (
        "environments.yaml: jobs of wine-taste-training run in a network, and prod names none. Add "
        "`subnets` and `security_groups` to prod."
    )


@pytest.mark.slow
def test_cfn_lint_has_nothing_to_say_of_networks(networked_outdir: Path) -> None:
    names = ("penstock-prod-network", "penstock-prod-access")
    done = lint(*(networked_outdir / "templates" / f"{each}.template.json" for each in names))
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
