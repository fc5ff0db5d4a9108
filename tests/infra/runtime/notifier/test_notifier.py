"""People are told which execution failed, where, why, and how to see more."""

from typing import Any
from unittest.mock import patch

import pytest
from workload import CONTEXT, PIPELINE, Workload, execution_event

from infra.runtime.notifier import handler
from infra.runtime.notifier.handler import handle


@pytest.fixture
def execution(prod: Workload) -> str:
    """ARN of an execution."""
    answer = prod.client("sagemaker").start_pipeline_execution(
        PipelineName=PIPELINE, ClientRequestToken="0" * 32
    )
    return str(answer["PipelineExecutionArn"])


class Steps:
    """Answers as SageMaker does: two pages of steps, or nothing there."""

    def __init__(self, *pages: list[dict[str, Any]]) -> None:
        self.pages = pages
        self.asked = ""

    def get_paginator(self, operation: str) -> "Steps":
        assert operation == "list_pipeline_execution_steps"
        return self

    def paginate(self, **asked: str) -> list[dict[str, Any]]:
        self.asked = asked["PipelineExecutionArn"]
        return [{"PipelineExecutionSteps": page} for page in self.pages]


def told_with(steps: Steps, event: dict[str, Any]) -> None:
    opened = handler.open_client

    def open_client(service: str) -> Any:
        return steps if service == "sagemaker" else opened(service)

    with patch.object(handler, "open_client", open_client):
        handle(event, CONTEXT)


def test_a_failed_execution_is_told_with_its_failed_steps(prod: Workload, execution: str) -> None:
    steps = Steps(
        [{"StepName": "Prepare", "StepStatus": "Succeeded"}],
        [
            {
                "StepName": "Publish",
                "StepStatus": "Failed",
                "FailureReason": "ClientError: the sink is gone.",
            },
            {"StepName": "Check", "StepStatus": "Failed"},
        ],
    )
    told_with(steps, execution_event(execution, "Failed"))
    assert steps.asked == execution
    assert prod.notices() == [
        (
            "Penstock prod: fraud-inference failed",
            "fraud-inference failed in prod.\n\n"
            f"Execution: {execution}\n"
            "Step Publish failed: ClientError: the sink is gone.\n"
            "Step Check failed: no reason is told.\n\n"
            f"See more: pipeline logs {execution} --env prod\n",
        )
    ]


@pytest.mark.parametrize(
    ("status", "end"),
    [("Stopped", "was stopped"), ("CompletedWithFailures", "ended with failed steps")],
)
def test_an_execution_that_ended_otherwise_is_told(
    prod: Workload, execution: str, status: str, end: str
) -> None:
    told_with(Steps([]), execution_event(execution, status))
    assert prod.notices() == [
        (
            f"Penstock prod: fraud-inference {end}",
            f"fraud-inference {end} in prod.\n\n"
            f"Execution: {execution}\n\n"
            f"See more: pipeline logs {execution} --env prod\n",
        )
    ]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        (PIPELINE, "Succeeded"),
        (PIPELINE, "Executing"),
        ("wine-inference", "Failed"),
        ("fraud-other", "Failed"),
    ],
)
def test_other_executions_and_other_ends_are_left_alone(
    prod: Workload, execution: str, name: str, status: str
) -> None:
    told_with(Steps([]), execution_event(execution.replace(PIPELINE, name), status))
    assert prod.notices() == []


def test_an_event_without_an_execution_is_left_alone(prod: Workload) -> None:
    handle({"detail": {"currentPipelineExecutionStatus": "Failed"}}, CONTEXT)
    handle({}, CONTEXT)
    assert prod.notices() == []
