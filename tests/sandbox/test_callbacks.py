import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from small_definitions import create, processing, start, wait

SAYS = "import sys; print(sys.argv[1])"


def asking(queue: str) -> dict[str, Any]:
    return {
        "Name": "ask",
        "Type": "Callback",
        "SqsQueueUrl": queue,
        "Arguments": {"group": "wine"},
        "OutputParameters": [{"OutputName": "verdict", "OutputType": "String"}],
    }


@pytest.fixture
def question(sagemaker: Any, client_of: Callable[..., Any]) -> tuple[str, dict[str, Any]]:
    """An execution that waits, and the message that it sent."""
    sqs = client_of("sqs")
    queue = sqs.create_queue(QueueName=f"approvals-{secrets.token_hex(4)}")["QueueUrl"]
    says = processing("say", SAYS)
    says["Arguments"]["AppSpecification"]["ContainerArguments"] = [
        {"Get": "Steps.ask.OutputParameters['verdict']"}
    ]
    arn = start(sagemaker, create(sagemaker, asking(queue), says))
    (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=15)["Messages"]
    return arn, json.loads(message["Body"])


def test_a_callback_waits_for_its_answer_and_hands_it_on(
    sagemaker: Any, question: tuple[str, dict[str, Any]]
) -> None:
    arn, message = question
    assert message["pipelineExecutionArn"] == arn
    assert message["arguments"] == {"group": "wine"}
    sagemaker.send_pipeline_execution_step_success(
        CallbackToken=message["token"],
        OutputParameters=[{"Name": "verdict", "Value": "yes"}],
    )
    assert wait(sagemaker, arn)["PipelineExecutionStatus"] == "Succeeded"
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
    told = steps["PipelineExecutionSteps"][0]["Metadata"]["Callback"]
    assert told["CallbackToken"] == message["token"]
    assert told["OutputParameters"] == [{"Name": "verdict", "Value": "yes"}]


def test_a_callback_that_is_refused_fails_with_the_reason(
    sagemaker: Any, question: tuple[str, dict[str, Any]]
) -> None:
    arn, message = question
    sagemaker.send_pipeline_execution_step_failure(
        CallbackToken=message["token"], FailureReason="rejected by ben"
    )
    assert wait(sagemaker, arn)["PipelineExecutionStatus"] == "Failed"
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
    assert steps["PipelineExecutionSteps"][0]["FailureReason"] == "rejected by ben"
    with pytest.raises(ClientError, match="ResourceNotFound"):
        sagemaker.send_pipeline_execution_step_success(CallbackToken=message["token"])


def test_an_execution_that_waits_for_an_answer_can_be_stopped(
    sagemaker: Any, question: tuple[str, dict[str, Any]]
) -> None:
    arn, _ = question
    began = time.monotonic()
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert wait(sagemaker, arn)["PipelineExecutionStatus"] == "Stopped"
    assert time.monotonic() - began < 10


def test_a_queue_that_is_not_there_fails_the_step(sagemaker: Any) -> None:
    queue = "https://sqs.eu-west-1.amazonaws.com/111111111111/nothing"
    arn = start(sagemaker, create(sagemaker, asking(queue)))
    assert wait(sagemaker, arn)["PipelineExecutionStatus"] == "Failed"
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
    reason = steps["PipelineExecutionSteps"][0]["FailureReason"]
    assert reason == f"the queue {queue} does not exist."
