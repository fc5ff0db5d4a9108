import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from small_definitions import (
    ASKS_WHO,
    FAILS,
    PARAMETERS,
    READS,
    ROLE,
    WAITS,
    WRITES,
    create,
    definition,
    processing,
    start,
    wait,
)


def steps_of(sagemaker: Any, arn: str) -> dict[str, Any]:
    found = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
    return {step["StepName"]: step for step in found["PipelineExecutionSteps"]}


def test_an_execution_runs_its_steps_with_their_data_in_s3(
    sagemaker: Any, client_of: Callable[..., Any]
) -> None:
    name = create(sagemaker, processing("write", WRITES), processing("read", READS, reads="write"))
    arn = start(sagemaker, name)
    assert arn.startswith(f"arn:aws:sagemaker:eu-west-1:111111111111:pipeline/{name}/execution/")
    described = wait(sagemaker, arn)
    assert described["PipelineExecutionStatus"] == "Succeeded"
    assert "FailureReason" not in described
    steps = steps_of(sagemaker, arn)
    assert [step["StepStatus"] for step in steps.values()] == ["Succeeded", "Succeeded"]
    execution = arn.rpartition("/")[2]
    found = client_of("s3").get_object(
        Bucket="penstock-dev-artifacts", Key=f"{execution}/write/out/data"
    )
    assert found["Body"].read() == b"hello"


def test_a_job_acts_as_the_role_of_its_pipeline(
    sagemaker: Any, client_of: Callable[..., Any]
) -> None:
    name = create(sagemaker, processing("ask", ASKS_WHO))
    arn = start(sagemaker, name)
    assert wait(sagemaker, arn)["PipelineExecutionStatus"] == "Succeeded"
    execution = arn.rpartition("/")[2]
    found = client_of("s3").get_object(
        Bucket="penstock-dev-artifacts", Key=f"{execution}/ask/out/data"
    )
    assert found["Body"].read().decode() == (
        "arn:aws:sts::111111111111:assumed-role/penstock-execution/SageMaker"
    )


def test_the_job_of_a_step_is_described_and_its_log_can_be_read(
    sagemaker: Any, client_of: Callable[..., Any]
) -> None:
    name = create(sagemaker, processing("write", WRITES))
    arn = start(sagemaker, name)
    wait(sagemaker, arn)
    step = steps_of(sagemaker, arn)["write"]
    job = step["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    described = sagemaker.describe_processing_job(ProcessingJobName=job)
    assert described["ProcessingJobStatus"] == "Completed"
    assert described["AppSpecification"]["ImageUri"] == "penstock:0.1.0"
    assert described["ProcessingEndTime"] >= described["ProcessingStartTime"]
    logs = client_of("logs")
    streams = logs.describe_log_streams(
        logGroupName="/aws/sagemaker/ProcessingJobs", logStreamNamePrefix=f"{job}/"
    )["logStreams"]
    assert [each["logStreamName"].split("/")[1][:7] for each in streams] == ["algo-1-"]
    events = logs.get_log_events(
        logGroupName="/aws/sagemaker/ProcessingJobs", logStreamName=streams[0]["logStreamName"]
    )["events"]
    assert [event["message"] for event in events] == ["writing"]


def test_a_failed_step_fails_the_execution_and_gives_its_reason(sagemaker: Any) -> None:
    name = create(
        sagemaker, processing("fail", FAILS), processing("later", WRITES, after=("fail",))
    )
    arn = start(sagemaker, name)
    described = wait(sagemaker, arn)
    assert described["PipelineExecutionStatus"] == "Failed"
    assert described["FailureReason"] == "Step failure: One or multiple steps failed."
    steps = steps_of(sagemaker, arn)
    assert list(steps) == ["fail"]
    assert steps["fail"]["StepStatus"] == "Failed"
    assert steps["fail"]["FailureReason"] == "its process ended with exit code 3."
    job = steps["fail"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    assert sagemaker.describe_processing_job(ProcessingJobName=job)["ProcessingJobStatus"] == (
        "Failed"
    )


def test_a_stopped_execution_stops_its_jobs(sagemaker: Any) -> None:
    name = create(sagemaker, processing("wait", WAITS))
    arn = start(sagemaker, name)
    while "wait" not in steps_of(sagemaker, arn):
        time.sleep(0.05)
    with pytest.raises(ClientError, match="ConflictException"):
        sagemaker.delete_pipeline(PipelineName=name)
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    described = wait(sagemaker, arn)
    assert described["PipelineExecutionStatus"] == "Stopped"
    assert steps_of(sagemaker, arn)["wait"]["StepStatus"] == "Stopped"
    with pytest.raises(ClientError, match="ConflictException"):
        sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    sagemaker.delete_pipeline(PipelineName=name)


def test_a_repeated_token_starts_nothing_new(sagemaker: Any) -> None:
    name = create(sagemaker, processing("write", WRITES))
    token = "t" * 32
    arns = {
        sagemaker.start_pipeline_execution(PipelineName=name, ClientRequestToken=token)[
            "PipelineExecutionArn"
        ]
        for _ in range(2)
    }
    assert len(arns) == 1
    listed = sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]
    assert [each["PipelineExecutionArn"] for each in listed] == list(arns)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([{"Name": "row", "Value": "3"}], "the pipeline has no parameter row"),
        ([{"Name": "rows", "Value": "many"}], "It must be of type Integer"),
        ([], "parameter needed has no value and no default"),
    ],
)
def test_wrong_parameters_are_refused_at_the_start(
    sagemaker: Any, given: list[dict[str, str]], message: str
) -> None:
    declared = [*PARAMETERS, {"Name": "needed", "Type": "String"}]
    name = create(sagemaker, processing("write", WRITES), parameters=declared)
    with pytest.raises(ClientError, match=message) as refused:
        sagemaker.start_pipeline_execution(PipelineName=name, PipelineParameters=given)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert not sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]


def test_an_execution_keeps_the_definition_and_parameters_it_began_with(sagemaker: Any) -> None:
    name = create(sagemaker, processing("write", WRITES))
    given = [{"Name": "rows", "Value": "7"}]
    arn = sagemaker.start_pipeline_execution(PipelineName=name, PipelineParameters=given)[
        "PipelineExecutionArn"
    ]
    sagemaker.update_pipeline(
        PipelineName=name, PipelineDefinition=definition(processing("other", WRITES))
    )
    kept = sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    assert kept["PipelineDefinition"] == definition(processing("write", WRITES))
    told = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)
    assert told["PipelineParameters"] == given
    assert wait(sagemaker, arn)["PipelineExecutionStatus"] == "Succeeded"


@pytest.mark.parametrize(
    "operation",
    [
        lambda client: client.describe_pipeline(PipelineName="nothing"),
        lambda client: client.start_pipeline_execution(PipelineName="nothing"),
        lambda client: client.list_pipeline_executions(PipelineName="nothing"),
        lambda client: client.describe_pipeline_execution(
            PipelineExecutionArn=(
                "arn:aws:sagemaker:eu-west-1:111111111111:pipeline/x/execution/abcdefghijkl"
            )
        ),
    ],
)
def test_what_is_missing_is_refused_as_the_service_does(sagemaker: Any, operation: Any) -> None:
    with pytest.raises(ClientError) as refused:
        operation(sagemaker)
    assert refused.value.response["Error"]["Code"] == "ResourceNotFound"


def test_an_execution_of_another_account_is_not_there(
    sagemaker: Any, client_of: Callable[..., Any]
) -> None:
    name = create(sagemaker, processing("write", WRITES))
    arn = start(sagemaker, name)
    with pytest.raises(ClientError, match="does not exist"):
        client_of("sagemaker", "prod").describe_pipeline_execution(PipelineExecutionArn=arn)
    assert client_of("sts", "prod").get_caller_identity()["Account"] == "333333333333"
    wait(sagemaker, arn)


def test_long_lists_come_in_pages(sagemaker: Any) -> None:
    name = create(
        sagemaker, processing("write", WRITES, after=("first",)), processing("first", READS)
    )
    arns = [start(sagemaker, name) for _ in range(3)]
    pages = sagemaker.get_paginator("list_pipeline_executions").paginate(
        PipelineName=name, PaginationConfig={"PageSize": 2}
    )
    listed = [
        each["PipelineExecutionArn"]
        for page in pages
        for each in page["PipelineExecutionSummaries"]
    ]
    assert listed == arns[::-1]
    for arn in arns:
        wait(sagemaker, arn)


def test_a_repeated_creation_is_one_creation(sagemaker: Any) -> None:
    name, token = f"test-{secrets.token_hex(4)}", secrets.token_hex(16)
    facts = {"PipelineName": name, "PipelineDefinition": definition(), "RoleArn": ROLE}
    made = [
        sagemaker.create_pipeline(**facts, ClientRequestToken=token)["PipelineArn"]
        for _ in range(2)
    ]
    assert made[0] == made[1]
    with pytest.raises(ClientError, match="ValidationException"):
        sagemaker.create_pipeline(**facts)


def test_pipelines_are_listed_by_prefix_in_pages(sagemaker: Any) -> None:
    prefix = f"listed-{secrets.token_hex(4)}"
    for letter in "cab":
        sagemaker.create_pipeline(
            PipelineName=f"{prefix}-{letter}", PipelineDefinition=definition(), RoleArn=ROLE
        )
    pages = sagemaker.get_paginator("list_pipelines").paginate(
        PipelineNamePrefix=prefix,
        SortBy="Name",
        SortOrder="Ascending",
        PaginationConfig={"PageSize": 2},
    )
    listed = [[each["PipelineName"][-1] for each in page["PipelineSummaries"]] for page in pages]
    assert listed == [["a", "b"], ["c"]]


def test_a_tag_that_is_given_anew_takes_the_place_of_the_old_one(sagemaker: Any) -> None:
    name = create(sagemaker, processing("write", WRITES))
    arn = sagemaker.describe_pipeline(PipelineName=name)["PipelineArn"]
    for value in ("ada", "ben"):
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "owner", "Value": value}])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "owner", "Value": "ben"}]


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"Version": "2020-12-01"}'])
def test_a_body_that_is_no_definition_is_refused(sagemaker: Any, text: str) -> None:
    name = create(sagemaker, processing("write", WRITES))
    before = sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"]
    with pytest.raises(ClientError, match="ValidationException"):
        sagemaker.update_pipeline(PipelineName=name, PipelineDefinition=text)
    assert sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"] == before


def test_a_selected_step_runs_anew_on_the_results_of_an_earlier_execution(
    sagemaker: Any, tmp_path: Path
) -> None:
    mark = tmp_path / "mended"
    once = f"import pathlib, sys; sys.exit(0 if pathlib.Path({str(mark)!r}).exists() else 1)"
    name = create(
        sagemaker,
        processing("write", WRITES),
        processing("check", once, reads="write"),
        processing("last", WRITES, after=("check",)),
    )
    given = [{"Name": "rows", "Value": "9"}]
    first = start(sagemaker, name, PipelineParameters=given)
    assert wait(sagemaker, first)["PipelineExecutionStatus"] == "Failed"
    mark.touch()
    selected = [{"StepName": "check"}, {"StepName": "last"}]
    choice = {"SourcePipelineExecutionArn": first, "SelectedSteps": selected}
    again = start(sagemaker, name, SelectiveExecutionConfig=choice)
    described = wait(sagemaker, again)
    assert described["PipelineExecutionStatus"] == "Succeeded"
    assert described["SelectiveExecutionConfig"] == choice
    told = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=again)
    assert told["PipelineParameters"] == given
    steps = steps_of(sagemaker, again)
    assert list(steps) == ["write", "check", "last"]
    taken = {step: found.get("SelectiveExecutionResult") for step, found in steps.items()}
    assert taken == {
        "write": {"SourcePipelineExecutionArn": first},
        "check": None,
        "last": None,
    }
    with pytest.raises(ClientError, match="one step with all that follow"):
        start(
            sagemaker,
            name,
            SelectiveExecutionConfig={**choice, "SelectedSteps": [{"StepName": "check"}]},
        )
