import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from small_templates import REGION, function, messages, queue, role, rule, template

from infra.rehearsal.delivery.execution import DeliveryExecution
from infra.rehearsal.world import World

TOOLING, DEV = "444444444444", "111111111111"
Code = Callable[..., dict[str, str]]
PINNED = "S3_OBJECT_VERSION_ID"

ANSWERS = """
import json, boto3
def handle(event, context):
    job = event["CodePipeline.job"]
    data = job["data"]
    asked = json.loads(data["actionConfiguration"]["configuration"]["UserParameters"])
    client = boto3.client("codepipeline")
    print(json.dumps({"asked": asked, "token": data.get("continuationToken")}))
    place = data["inputArtifacts"][0]["location"]["s3Location"]
    lent = data["artifactCredentials"]
    s3 = boto3.client("s3", aws_access_key_id=lent["accessKeyId"],
        aws_secret_access_key=lent["secretAccessKey"], aws_session_token=lent["sessionToken"])
    size = len(s3.get_object(Bucket=place["bucketName"], Key=place["objectKey"])["Body"].read())
    if asked["do"] == "fail":
        details = {"type": "JobFailed", "message": "the metrics are bad."}
        client.put_job_failure_result(jobId=job["id"], failureDetails=details)
    elif asked["do"] == "wait" and data.get("continuationToken") != "2":
        token = str(int(data.get("continuationToken") or 0) + 1)
        client.put_job_success_result(jobId=job["id"], continuationToken=token)
    elif asked["do"] != "nothing":
        given = {"package": "p-" + asked.get("of", ""), "size": str(size)}
        client.put_job_success_result(jobId=job["id"], outputVariables=given)
"""


def action(category: str, provider: str, name: str, **further: Any) -> dict[str, Any]:
    kind = {"Category": category, "Owner": "AWS", "Provider": provider, "Version": "1"}
    return {"Name": name, "ActionTypeId": kind, **further}


def asks(name: str, order: int = 1, **parameters: str) -> dict[str, Any]:
    settings = {"FunctionName": "answers", "UserParameters": json.dumps(parameters)}
    reads = [{"Name": "Source"}]
    return action(
        "Invoke",
        "Lambda",
        name,
        Configuration=settings,
        InputArtifacts=reads,
        Namespace=name,
        RunOrder=order,
    )


SOURCE = action(
    "Source",
    "S3",
    "Source",
    Configuration={"S3Bucket": "delivered", "S3ObjectKey": "release.zip"},
    OutputArtifacts=[{"Name": "Source"}],
)
GATE = action(
    "Approval", "Manual", "Approve", Configuration={"CustomData": "take #{Train.package}"}
)


def deploys(order: int = 1) -> dict[str, Any]:
    settings = {
        "ActionMode": "CREATE_UPDATE",
        "StackName": "delivered",
        "TemplatePath": "Source::templates/delivered.json",
        "ParameterOverrides": '{"Name": "queue-#{variables.use_case}"}',
        "RoleArn": f"arn:aws:iam::{DEV}:role/acting",
    }
    return action(
        "Deploy",
        "CloudFormation",
        "Deploy",
        Configuration=settings,
        InputArtifacts=[{"Name": "Source"}],
        RoleArn=f"arn:aws:iam::{DEV}:role/deploying",
        Region=REGION,
        Namespace="Deployed",
        RunOrder=order,
    )


def pipeline(name: str, **stages: list[dict[str, Any]]) -> dict[str, Any]:
    properties = {
        "Name": name,
        "PipelineType": "V2",
        "ExecutionMode": "QUEUED",
        "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        "ArtifactStore": {"Type": "S3", "Location": "delivered"},
        "Variables": [{"Name": "use_case", "DefaultValue": "wine"}],
        "Stages": [{"Name": each, "Actions": actions} for each, actions in stages.items()],
    }
    return {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties}


@pytest.fixture(scope="module")
def prepared(world: World, code: Code) -> None:
    """What every delivery here needs: its source, its function, roles in both accounts."""
    s3 = world.client("s3", "tooling")
    s3.create_bucket(Bucket="delivered", CreateBucketConfiguration={"LocationConstraint": REGION})
    made = template(Queue=queue("x"))
    made["Resources"]["Queue"]["Properties"]["QueueName"] = {"Ref": "Name"}
    made["Parameters"] = {"Name": {"Type": "String"}}
    made["Outputs"] = {"Arn": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("templates/delivered.json", json.dumps(made))
    s3.put_object(Bucket="delivered", Key="release.zip", Body=written.getvalue())
    answers = template(
        Role=role("lambda.amazonaws.com"), Function=function("answers", code(ANSWERS))
    )
    world.deploy("tooling", "answers", answers)
    roles = template(
        Deploying=role("cloudformation.amazonaws.com", "deploying"),
        Acting=role("cloudformation.amazonaws.com", "acting"),
    )
    world.deploy("dev", "roles", roles)


Deliver = Callable[..., DeliveryExecution]


@pytest.fixture
def deliver(world: World, prepared: None, request: pytest.FixtureRequest) -> Deliver:
    """Make a pipeline of some stages, named by the test, and start it."""
    name = str(request.node.name)[:60].replace("_", "-")
    codepipeline = world.client("codepipeline", "tooling")

    def start(variables: dict[str, str] | None = None, **stages: list[dict[str, Any]]) -> Any:
        if stages:
            made = template(
                Role=role("codepipeline.amazonaws.com"),
                Pipeline=pipeline(name, Source=[SOURCE], **stages),
            )
            world.deploy("tooling", name, made)
        variables = variables or {"use_case": "wine"}
        given = [{"name": key, "value": value} for key, value in variables.items()]
        answer = codepipeline.start_pipeline_execution(name=name, variables=given)
        return world.deliveries.find(answer["pipelineExecutionId"])

    return start


def approve(world: World, execution: DeliveryExecution, status: str = "Approved") -> None:
    codepipeline = world.client("codepipeline", "tooling")
    state = codepipeline.get_pipeline_state(name=execution.pipeline)
    (gate,) = [each for each in state["stageStates"] if each["stageName"] == "Gate"]
    codepipeline.put_approval_result(
        pipelineName=execution.pipeline,
        stageName="Gate",
        actionName="Approve",
        result={"summary": "seen", "status": status},
        token=gate["actionStates"][0]["latestExecution"]["token"],
    )


def test_a_delivery_goes_from_its_source_over_a_gate_into_another_account(
    world: World, deliver: Deliver
) -> None:
    execution = deliver(
        {"use_case": "fraud"},
        Train=[asks("Train", do="wait", of="#{variables.use_case}")],
        Gate=[GATE],
        Dev=[deploys(), asks("Told", 2, do="tell", of="#{Deployed.Arn}", why="#{Train.package}")],
    )
    world.settle()
    assert execution.status == "InProgress"
    gate = execution.find("Gate", "Approve")
    assert gate is not None
    assert gate.configuration == {"CustomData": "take p-fraud"}
    approve(world, execution)
    world.settle()
    assert (execution.status, execution.reason) == ("Succeeded", "")
    assert "queue-fraud" in str(world.client("sqs", "dev").list_queues()["QueueUrls"])
    logs = [json.loads(each.log) for each in world.functions.calls[-4:]]
    assert [each["token"] for each in logs] == [None, "1", "2", None]
    assert logs[-1]["asked"]["of"] == f"arn:aws:sqs:{REGION}:{DEV}:queue-fraud"
    codepipeline = world.client("codepipeline", "tooling")
    listed = codepipeline.list_action_executions(
        pipelineName=execution.pipeline, filter={"pipelineExecutionId": execution.id}
    )["actionExecutionDetails"]
    assert [each["actionName"] for each in listed] == [
        "Told",
        "Deploy",
        "Approve",
        "Train",
        "Source",
    ]
    who = f"arn:aws:iam::{TOOLING}:user/sandbox"
    assert listed[2]["updatedBy"] == who
    assert listed[3]["output"]["outputVariables"]["package"] == "p-fraud"
    told = codepipeline.get_pipeline_state(name=execution.pipeline)["stageStates"]
    latest = next(each for each in told if each["stageName"] == "Gate")["actionStates"][0]
    assert latest["latestExecution"]["lastUpdatedBy"] == who
    assert latest["latestExecution"]["status"] == "Succeeded"
    found = codepipeline.get_pipeline_execution(
        pipelineName=execution.pipeline, pipelineExecutionId=execution.id
    )["pipelineExecution"]
    assert found["status"] == "Succeeded"
    assert found["variables"] == [{"name": "use_case", "resolvedValue": "fraud"}]


def test_a_rejection_ends_a_delivery_before_what_follows(world: World, deliver: Deliver) -> None:
    execution = deliver(Train=[asks("Train", do="tell")], Gate=[GATE], Dev=[deploys()])
    world.settle()
    approve(world, execution, "Rejected")
    world.settle()
    assert execution.status == "Failed"
    assert execution.reason == f"Approve: rejected by arn:aws:iam::{TOOLING}:user/sandbox"
    assert execution.find("Dev", "Deploy") is None
    with pytest.raises(ClientError, match="InvalidApprovalTokenException"):
        world.client("codepipeline", "tooling").put_approval_result(
            pipelineName=execution.pipeline,
            stageName="Gate",
            actionName="Approve",
            result={"summary": "", "status": "Approved"},
            token="00000000-0000-0000-0000-000000000000",
        )


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        ("fail", "Train: the metrics are bad."),
        ("nothing", "Train: answers did not answer: it returned without an answer."),
    ],
)
def test_a_function_that_fails_or_says_nothing_fails_the_delivery(
    world: World, deliver: Deliver, do: str, reason: str
) -> None:
    execution = deliver(Train=[asks("Train", do=do)], Gate=[GATE])
    world.settle()
    assert (execution.status, execution.reason) == ("Failed", reason)


def test_a_function_that_was_killed_is_called_again(world: World, deliver: Deliver) -> None:
    world.functions.kill("answers", before=2)
    execution = deliver(Train=[asks("Train", do="tell")], Gate=[GATE])
    world.settle()
    assert execution.find("Gate", "Approve") is not None
    assert [bool(each.error) for each in world.functions.calls[-2:]] == [True, False]


def test_what_names_nothing_fails_the_action(world: World, deliver: Deliver) -> None:
    execution = deliver(Train=[asks("Train", do="#{Nothing.here}")], Gate=[GATE])
    world.settle()
    assert execution.reason == "Train: #{Nothing.here} names nothing."


def test_a_later_delivery_waits_behind_the_gate_of_an_earlier_one(
    world: World, deliver: Deliver
) -> None:
    first = deliver(Train=[asks("Train", do="tell")], Gate=[GATE])
    second = deliver()
    world.settle()
    assert [first.stages[first.stage]["name"], second.stages[second.stage]["name"]] == [
        "Gate",
        "Train",
    ]
    approve(world, first)
    world.settle()
    assert first.status == "Succeeded"
    assert second.stages[second.stage]["name"] == "Gate"


def test_a_rule_starts_a_delivery_with_variables_of_its_event(
    world: World, deliver: Deliver
) -> None:
    execution = deliver(Train=[asks("Train", do="tell", of="#{variables.use_case}")], Gate=[GATE])
    world.deliveries.stop(execution, "not this one")
    target = {
        "Arn": f"arn:aws:codepipeline:{REGION}:{TOOLING}:{execution.pipeline}",
        "RoleArn": f"arn:aws:iam::{TOOLING}:role/x",
        "InputTransformer": {
            "InputPathsMap": {"u": "$.detail.use_case"},
            "InputTemplate": '{"variables": [{"name": "use_case", "value": <u>}]}',
        },
    }
    states = {"Arn": f"arn:aws:sqs:{REGION}:{TOOLING}:states"}
    made = template(
        Queue=queue("states"),
        Starts=rule("starts", {"source": ["penstock.promotion"]}, target),
        States=rule("states", {"source": ["aws.codepipeline"]}, states),
    )
    world.deploy("tooling", "starts-deliveries", made)
    entry = {"Source": "penstock.promotion", "DetailType": "t", "Detail": '{"use_case": "fraud"}'}
    world.client("events", "pre-prod").put_events(
        Entries=[{**entry, "EventBusName": f"arn:aws:events:{REGION}:{TOOLING}:event-bus/default"}]
    )
    world.settle()
    started = world.deliveries.of(world.places["tooling"], execution.pipeline)[-1]
    assert started is not execution
    trained = started.find("Train", "Train")
    assert trained is not None
    assert trained.outputs["package"] == "p-fraud"
    (state,) = messages(world.client("sqs", "tooling"), "states")
    assert state["detail"]["state"] == "STARTED"


def test_a_variable_that_a_pipeline_does_not_declare_is_refused(
    world: World, deliver: Deliver
) -> None:
    deliver(Train=[asks("Train", do="tell")], Gate=[GATE])
    with pytest.raises(ClientError, match=r"unknown \['other'\]"):
        deliver({"other": "x"})


def test_a_delivery_takes_up_the_version_that_it_names(world: World, deliver: Deliver) -> None:
    s3, codepipeline = world.client("s3", "tooling"), world.client("codepipeline", "tooling")
    enabled = {"Status": "Enabled"}
    s3.put_bucket_versioning(Bucket="delivered", VersioningConfiguration=enabled)
    place = {"Bucket": "delivered", "Key": "release.zip"}
    content = s3.get_object(**place)["Body"].read()
    wanted = s3.put_object(**place, Body=content)["VersionId"]
    s3.put_object(**place, Body=b"another")
    name = deliver(Train=[asks("Train", do="tell")], Gate=[GATE]).pipeline

    def started(action: str) -> DeliveryExecution | None:
        pinned = {"actionName": action, "revisionType": PINNED, "revisionValue": wanted}
        answer = codepipeline.start_pipeline_execution(name=name, sourceRevisions=[pinned])
        return world.deliveries.find(answer["pipelineExecutionId"])

    execution = started("Source")
    world.settle()
    s3.put_object(**place, Body=content)
    assert execution is not None
    store, key = execution.artifacts["Source"]
    assert s3.get_object(Bucket=store, Key=key)["Body"].read() == content
    source = execution.find("Source", "Source")
    assert source is not None
    assert source.outputs["VersionId"] == wanted
    with pytest.raises(ClientError, match=rf"no source of {name} takes Train \({PINNED}\)"):
        started("Train")
