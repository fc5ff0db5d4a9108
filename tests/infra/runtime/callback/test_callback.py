"""A Callback step is answered once its file is there or it is too late; else the message stays."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from workload import CONTEXT, Workload, delivered

from infra.runtime.callback import handler
from infra.runtime.callback.handler import handle

NOTHING_LEFT: dict[str, Any] = {"batchItemFailures": []}
SUCCESS, FAILURE = "send_pipeline_execution_step_success", "send_pipeline_execution_step_failure"


class Steps:
    """The steps that wait, as SageMaker knows them."""

    def __init__(self, *tokens: str) -> None:
        self.waiting = set(tokens)
        self.answers: list[tuple[str, str, Any]] = []

    def send_pipeline_execution_step_success(self, **given: Any) -> None:
        self._answer("success", given, given["OutputParameters"])

    def send_pipeline_execution_step_failure(self, **given: Any) -> None:
        self._answer("failure", given, given["FailureReason"])

    def _answer(self, kind: str, given: dict[str, Any], told: Any) -> None:
        token = given["CallbackToken"]
        assert len(given["ClientRequestToken"]) == 64
        if token not in self.waiting:
            error = {"Error": {"Code": "ResourceNotFound", "Message": "No step waits."}}
            raise ClientError(error, "SendPipelineExecutionStep")
        self.waiting.remove(token)
        self.answers.append((kind, token, told))


@pytest.fixture
def steps(prod: Workload, monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Two steps that wait."""
    found, opened = Steps("token-0001", "token-0002"), handler.open_client

    def open_client(service: str) -> Any:
        return found if service == "sagemaker" else opened(service)

    monkeypatch.setattr(handler, "open_client", open_client)
    return found


def question(world: Workload, token: str = "token-0001", **arguments: Any) -> dict[str, Any]:
    given = {"wait_for": f"s3://{world.name}/in/_SUCCESS", "timeout_minutes": "60", **arguments}
    execution = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/fraud-inference/execution/a1"
    return {
        "token": token,
        "pipelineExecutionArn": execution,
        "stepName": "WaitForFeed",
        "arguments": given,
    }


def asked(*bodies: Any, minutes_ago: float = 5) -> dict[str, Any]:
    return delivered(*bodies, sent=datetime.now(UTC) - timedelta(minutes=minutes_ago))


@pytest.mark.parametrize("minutes_ago", [0, 5, 90])
def test_a_file_that_is_there_lets_the_step_go_on(
    prod: Workload, steps: Steps, minutes_ago: float
) -> None:
    prod.put("in/_SUCCESS", b"12345")
    before = datetime.now(UTC)
    answer = handle(asked(question(prod), minutes_ago=minutes_ago), CONTEXT)
    assert answer == NOTHING_LEFT
    ((kind, token, outputs),) = steps.answers
    told = {each["Name"]: each["Value"] for each in outputs}
    assert (kind, token, told["bytes"]) == ("success", "token-0001", "5")
    found_at = datetime.strptime(told["found_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta() <= found_at - before + timedelta(seconds=2) < timedelta(minutes=5)


def test_a_file_that_is_not_there_leaves_its_message_and_no_other(
    prod: Workload, steps: Steps
) -> None:
    prod.put("in/other", b"")
    waiting = question(prod)
    there = question(prod, "token-0002", wait_for=f"s3://{prod.name}/in/other")
    answer = handle(asked(waiting, there), CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert [each[:2] for each in steps.answers] == [("success", "token-0002")]
    assert steps.waiting == {"token-0001"}


def test_a_step_that_waited_too_long_fails(prod: Workload, steps: Steps) -> None:
    assert handle(asked(question(prod), minutes_ago=61), CONTEXT) == NOTHING_LEFT
    reason = f"s3://{prod.name}/in/_SUCCESS was not there within 60 minutes."
    assert steps.answers == [("failure", "token-0001", reason)]


def test_a_step_that_waits_no_longer_needs_no_answer(prod: Workload, steps: Steps) -> None:
    prod.put("in/_SUCCESS", b"")
    message = asked(question(prod))
    for _ in range(2):
        assert handle(message, CONTEXT) == NOTHING_LEFT
    assert len(steps.answers) == 1


FILE = "wait_for has to be a file, s3://BUCKET/KEY."
MINUTES = "timeout_minutes has to be a whole number, 1 to 18720."


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"wait_for": "s3://bucket/folder/"}, FILE),
        ({"wait_for": "s3://bucket"}, FILE),
        ({"wait_for": "/etc/passwd"}, FILE),
        ({"timeout_minutes": "0"}, MINUTES),
        ({"timeout_minutes": "18721"}, MINUTES),
        ({"timeout_minutes": "an hour"}, MINUTES),
        ({"wait_for": None, "timeout_minutes": None}, f"{FILE} {MINUTES}"),
    ],
)
def test_a_question_that_cannot_be_answered_fails_its_step(
    prod: Workload, steps: Steps, arguments: dict[str, Any], reason: str
) -> None:
    assert handle(asked(question(prod, **arguments)), CONTEXT) == NOTHING_LEFT
    assert steps.answers == [("failure", "token-0001", reason)]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"token": ""}', '{"token": 1}', "[" * 100_000])
def test_a_message_that_is_no_question_is_refused_and_told(
    prod: Workload, steps: Steps, body: str
) -> None:
    assert handle(asked(body), CONTEXT) == NOTHING_LEFT
    assert steps.answers == []
    assert prod.notices() == [
        (
            "Penstock prod: message refused",
            "The message message-1 was refused in prod: the message is no question of a Callback "
            "step. See who may send to the queue.\n",
        )
    ]


def test_a_service_that_fails_leaves_the_message(
    prod: Workload, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    prod.put("in/_SUCCESS", b"")

    def throttled(**_: Any) -> None:
        error = {"Error": {"Code": "ThrottlingException", "Message": "Too many."}}
        raise ClientError(error, "SendPipelineExecutionStepSuccess")

    monkeypatch.setattr(steps, SUCCESS, throttled)
    answer = handle(asked(question(prod)), CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}


def test_a_reason_that_is_too_long_is_cut(prod: Workload, steps: Steps) -> None:
    key = "k" * 300
    message = question(prod, wait_for=f"s3://{prod.name}/{key}")
    handle(asked(message, minutes_ago=61), CONTEXT)
    assert len(steps.answers[0][2]) == 256


def test_the_token_of_a_step_is_in_no_log(
    prod: Workload, steps: Steps, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="penstock-callback")
    handle(asked(question(prod)), CONTEXT)
    handle(asked(question(prod), minutes_ago=61), CONTEXT)
    told = [json.dumps(vars(each), default=str) for each in caplog.records]
    assert len(told) == 2
    assert "token-0001" not in "".join(told)
