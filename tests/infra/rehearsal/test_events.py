import json
from typing import Any

import pytest
from small_definitions import ROLE, WRITES, definition, processing
from small_templates import REGION, messages, queue, role, rule, template

from infra.rehearsal.errors import RehearsalError
from infra.rehearsal.events.inputs import target_input
from infra.rehearsal.world import World

TOOLING, PRE_PROD = "444444444444", "222222222222"


def approved(world: World, group: str) -> tuple[str, str]:
    """Register a model in tooling and let a role approve it; return its ARN and the role's."""
    sagemaker = world.client("sagemaker", "tooling")
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    package = sagemaker.create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus="PendingManualApproval",
        CustomerMetadataProperties={"release_digest": "abc"},
    )["ModelPackageArn"]
    iam = world.client("iam", "tooling")
    trust = {"Version": "2012-10-17", "Statement": []}
    arn = iam.create_role(RoleName=f"{group}-who", AssumeRolePolicyDocument=json.dumps(trust))
    keys = world.assume(arn["Role"]["Arn"], "ben", "tooling")
    world.client("sagemaker", "tooling", keys).update_model_package(
        ModelPackageArn=package, ModelApprovalStatus="Approved", ApprovalDescription="good"
    )
    return package, f"arn:aws:sts::{TOOLING}:assumed-role/{group}-who/ben"


def carried(group: str) -> dict[str, Any]:
    return {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": [group], "ModelApprovalStatus": ["Approved"]},
    }


def test_an_approval_crosses_to_a_queue_of_another_account_and_tells_who_and_where_from(
    world: World,
) -> None:
    world.deploy("pre-prod", "promotion", template(Queue=queue("promotion")))
    target = {"Arn": f"arn:aws:sqs:{REGION}:{PRE_PROD}:promotion"}
    world.deploy("tooling", "rules", template(Rule=rule("approved", carried("fraud"), target)))
    package, who = approved(world, "fraud")
    (event,) = messages(world.client("sqs", "pre-prod"), "promotion")
    assert event["account"] == TOOLING
    assert event["resources"] == [package]
    assert event["detail"]["ModelPackageArn"] == package
    assert event["detail"]["ModelPackageVersion"] == 1
    assert event["detail"]["ModelApprovalStatus"] == "Approved"
    found = world.client("sagemaker", "pre-prod").describe_model_package(ModelPackageName=package)
    assert found["ModelApprovalStatus"] == "Approved"
    assert found["LastModifiedBy"]["IamIdentity"]["Arn"] == who
    # The service keeps what the change did not name.
    assert found["CustomerMetadataProperties"] == {"release_digest": "abc"}


def test_a_signature_is_verified_from_another_account(world: World) -> None:
    key = world.client("kms", "tooling").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    arn, digest = key["KeyMetadata"]["Arn"], b"\1" * 32
    how = {"MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"}
    signed = world.client("kms", "tooling").sign(KeyId=arn, Message=digest, **how)
    verified = world.client("kms", "prod").verify(
        KeyId=arn, Message=digest, Signature=signed["Signature"], **how
    )
    assert verified["SignatureValid"]


def test_what_is_forwarded_to_a_bus_of_another_account_stays_as_it_was(world: World) -> None:
    bus = {"Arn": f"arn:aws:events:{REGION}:{PRE_PROD}:event-bus/default"}
    pattern = {"source": ["penstock.test"]}
    world.deploy("tooling", "forwards", template(Rule=rule("forward", pattern, bus)))
    there = {"Arn": f"arn:aws:sqs:{REGION}:{PRE_PROD}:forwarded"}
    world.deploy(
        "pre-prod",
        "forwarded",
        template(Queue=queue("forwarded"), Rule=rule("forwarded", pattern, there)),
    )
    entry = {"Source": "penstock.test", "DetailType": "t", "Detail": '{"a": 1}'}
    answer = world.client("events", "tooling").put_events(Entries=[entry])
    (event,) = messages(world.client("sqs", "pre-prod"), "forwarded")
    assert event["account"] == TOOLING
    assert event["id"] == answer["Entries"][0]["EventId"]
    # Another account's bus takes events by its ARN.
    entry["EventBusName"] = bus["Arn"]
    world.client("events", "prod").put_events(Entries=[entry])
    (event,) = messages(world.client("sqs", "pre-prod"), "forwarded")
    assert (event["account"], event["detail"]) == ("333333333333", {"a": 1})


def test_nobody_speaks_for_a_service(world: World) -> None:
    entry = {"Source": "aws.sagemaker", "DetailType": "t", "Detail": "{}"}
    answer = world.client("events", "tooling").put_events(Entries=[entry])
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"


def test_every_status_of_an_execution_is_told_on_the_bus_of_its_account(world: World) -> None:
    target = {"Arn": f"arn:aws:sqs:{REGION}:111111111111:statuses"}
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Building Pipeline Execution Status Change"],
    }
    world.deploy(
        "dev", "statuses", template(Queue=queue("statuses"), Rule=rule("status", pattern, target))
    )
    sagemaker = world.client("sagemaker", "dev")
    body = definition(processing("write", WRITES))
    sagemaker.create_pipeline(PipelineName="told", PipelineDefinition=body, RoleArn=ROLE)
    world.client("s3", "dev").create_bucket(
        Bucket="penstock-dev-artifacts", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    arn = sagemaker.start_pipeline_execution(PipelineName="told")["PipelineExecutionArn"]
    world.settle()
    first, last = (each["detail"] for each in messages(world.client("sqs", "dev"), "statuses"))
    assert first["currentPipelineExecutionStatus"] == "Executing"
    assert last["currentPipelineExecutionStatus"] == "Succeeded"
    assert last["previousPipelineExecutionStatus"] == "Executing"
    assert last["pipelineExecutionArn"] == arn
    described = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert described["CreatedBy"]["IamIdentity"]["Arn"] == "arn:aws:iam::111111111111:user/sandbox"


def test_a_target_that_is_not_there_fails_the_rehearsal_unless_a_queue_takes_what_is_dead(
    world: World,
) -> None:
    nowhere = {"Arn": f"arn:aws:sqs:{REGION}:{PRE_PROD}:nowhere"}
    dead = {"DeadLetterConfig": {"Arn": f"arn:aws:sqs:{REGION}:{TOOLING}:dead"}}
    rules = template(
        Queue=queue("dead"),
        Kept=rule("kept", {"source": ["penstock.kept"]}, {**nowhere, **dead}),
        Lost=rule("lost", {"source": ["penstock.lost"]}, nowhere),
    )
    world.deploy("tooling", "dead", rules)
    events = world.client("events", "tooling")
    events.put_events(Entries=[{"Source": "penstock.kept", "DetailType": "t", "Detail": "{}"}])
    assert len(messages(world.client("sqs", "tooling"), "dead")) == 1
    world.settle()
    events.put_events(Entries=[{"Source": "penstock.lost", "DetailType": "t", "Detail": "{}"}])
    with pytest.raises(RehearsalError, match="an event was lost: there is no queue nowhere"):
        world.settle()
    world.buses.undelivered.clear()


def test_a_role_is_taken_only_if_it_is_there(world: World) -> None:
    with pytest.raises(RehearsalError, match=r"AssumeRole: there is no role arn:aws:iam::1{12}:"):
        world.assume("arn:aws:iam::111111111111:role/nobody", "ben", "tooling")
    world.deploy("dev", "roles", template(Role=role("sagemaker.amazonaws.com", "somebody")))
    with pytest.raises(RehearsalError, match=r"does not trust lambda\.amazonaws\.com"):
        world.accounts.assume(
            "arn:aws:iam::111111111111:role/somebody",
            "x",
            world.places["dev"],
            service="lambda.amazonaws.com",
        )


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({}, '{"id": "1", "detail": {"package": "a\\"b", "n": 2}}'),
        ({"Input": "constant"}, "constant"),
        ({"InputPath": "$.detail.n"}, "2"),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"p": "$.detail.package", "n": "$.detail.n"},
                    "InputTemplate": '{"v": [{"name": "package", "value": <p>}], "t": "n is <n>"}',
                }
            },
            '{"v": [{"name": "package", "value": "a\\"b"}], "t": "n is 2"}',
        ),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"p": "$.detail.package"},
                    "InputTemplate": '"about <p>"',
                }
            },
            '"about a\\"b"',
        ),
        (
            {"InputTransformer": {"InputTemplate": '{"all": <aws.events.event.json>}'}},
            '{"all": {"id": "1", "detail": {"package": "a\\"b", "n": 2}}}',
        ),
    ],
)
def test_a_target_is_given_what_its_rule_makes_of_the_event(
    target: dict[str, Any], text: str
) -> None:
    event = {"id": "1", "detail": {"package": 'a"b', "n": 2}}
    assert target_input(target, event) == text
