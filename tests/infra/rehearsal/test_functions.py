import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from small_templates import REGION, function, messages, queue, role, template

from infra.rehearsal.errors import RehearsalError
from infra.rehearsal.world import World

TOOLING = "444444444444"
LAMBDA = "lambda.amazonaws.com"
Code = Callable[..., dict[str, str]]

KNOWS = """
import os, sys, boto3
def handle(event, context):
    print("called with", event)
    return {
        "event": event,
        "who": boto3.client("sts").get_caller_identity()["Arn"],
        "environment": os.environ.get("NAME"),
        "function": context.function_name,
        "ours": sorted(name for name in sys.modules if name.split(".")[0] in ("infra", "penstock")),
        "of the rehearsal": os.environ.get("OF_THE_REHEARSAL"),
    }
"""
WRITES_TWICE = """
import boto3
def handle(event, context):
    sqs = boto3.client("sqs")
    for name in ("one", "two"):
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"], MessageBody="1")
"""
READS_BATCHES = """
import json
def handle(event, context):
    failed = []
    for record in event["Records"]:
        body = json.loads(record["body"])
        if body == "raise":
            raise ValueError("no")
        if body == "fail":
            failed.append({"itemIdentifier": record["messageId"]})
        print("took", body, record["attributes"]["ApproximateReceiveCount"])
    return {"batchItemFailures": failed}
"""


def arn(name: str, account: str = TOOLING) -> str:
    return f"arn:aws:lambda:{REGION}:{account}:function:{name}"


def test_a_function_runs_its_own_code_in_its_role_with_its_variables_alone(
    world: World, code: Code, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_REHEARSAL", "1")
    knows = function("knows", code(KNOWS), Environment={"Variables": {"NAME": "value"}})
    world.deploy("tooling", "knows", template(Role=role(LAMBDA, "knower"), Function=knows))
    call = world.functions.call(arn("knows"), {"a": 1})
    assert call.error == ""
    assert call.result == {
        "event": {"a": 1},
        "who": f"arn:aws:sts::{TOOLING}:assumed-role/knower/knows",
        "environment": "value",
        "function": "knows",
        "ours": [],
        "of the rehearsal": None,
    }
    assert call.requests == ("sts:GetCallerIdentity",)
    assert call.log == "called with {'a': 1}\n"


def test_an_update_of_a_function_runs_its_new_code_with_its_new_variables(
    world: World, code: Code
) -> None:
    def stack(body: str, variables: dict[str, str]) -> Any:
        made = function("changes", code(body), Environment={"Variables": variables})
        return template(Role=role(LAMBDA), Function=made)

    world.deploy("tooling", "changes", stack("def handle(event, context): return 1", {"A": "1"}))
    assert world.functions.call(arn("changes"), {}).result == 1
    body = "import os\ndef handle(event, context): return [os.getenv('A'), os.getenv('B')]"
    world.deploy("tooling", "changes", stack(body, {"B": "2"}))
    assert world.functions.call(arn("changes"), {}).result == [None, "2"]


def test_a_function_dies_before_the_request_that_was_chosen(world: World, code: Code) -> None:
    made = template(
        Role=role(LAMBDA),
        One=queue("one"),
        Two=queue("two"),
        Function=function("twice", code(WRITES_TWICE)),
    )
    world.deploy("tooling", "twice", made)
    world.functions.kill("twice", before=4)
    call = world.functions.call(arn("twice"), {})
    assert call.error == "its process ended with -9"
    assert call.requests == ("sqs:GetQueueUrl", "sqs:SendMessage", "sqs:GetQueueUrl")
    sqs = world.client("sqs", "tooling")
    assert (messages(sqs, "one"), messages(sqs, "two")) == ([1], [])
    assert world.functions.call(arn("twice"), {}).error == ""
    assert (messages(sqs, "one"), messages(sqs, "two")) == ([1], [1])


def test_a_function_dies_at_the_requests_that_were_named_once_it_makes_them(
    world: World, code: Code
) -> None:
    made = template(
        Role=role(LAMBDA),
        One=queue("one"),
        Two=queue("two"),
        Named=function("named", code(WRITES_TWICE)),
        Nothing=function("asks-nothing", code("def handle(event, context): return 1")),
    )
    world.deploy("tooling", "twice", made)
    for name in ("named", "asks-nothing"):
        world.functions.kill(name, after="sqs:SendMessage")
        world.functions.kill(name, before="sqs:SendMessage")
    died = [world.functions.call(arn("named"), {}).requests for _ in range(3)]
    asks, sends = "sqs:GetQueueUrl", "sqs:SendMessage"
    assert died == [(asks, sends), (asks,), (asks, sends, asks, sends)]
    assert world.functions.call(arn("asks-nothing"), {}).result == 1


def test_a_function_that_lasts_too_long_is_cut_off(world: World, code: Code) -> None:
    body = "import time\ndef handle(event, context): time.sleep(30)"
    made = template(Role=role(LAMBDA), Function=function("slow", code(body), Timeout=1))
    world.deploy("tooling", "slow", made)
    assert world.functions.call(arn("slow"), {}).error == "its process ended with -14"


def test_messages_that_a_batch_fails_on_come_again_and_are_dead_in_the_end(
    world: World, code: Code
) -> None:
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 2}
    mapping = {
        "FunctionName": {"Ref": "Function"},
        "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
        "BatchSize": 10,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    made = template(
        Role=role(LAMBDA),
        Dead=queue("work-dead"),
        Queue=queue("work", RedrivePolicy=redrive, VisibilityTimeout=60),
        Function=function("reads", code(READS_BATCHES)),
        Mapping={"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
    )
    world.deploy("tooling", "reads", made)
    sqs = world.client("sqs", "tooling")
    url = sqs.get_queue_url(QueueName="work")["QueueUrl"]
    for body in ("good", "fail"):
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))

    def dead() -> bool:
        attributes = sqs.get_queue_attributes(
            QueueUrl=url.replace("work", "work-dead"),
            AttributeNames=["ApproximateNumberOfMessages"],
        )
        return attributes["Attributes"]["ApproximateNumberOfMessages"] == "1"

    world.settle(dead, seconds=20)
    log = "".join(each.log for each in world.functions.calls if each.name == "reads")
    assert log == "took good 1\ntook fail 1\ntook fail 2\n"
    assert messages(sqs, "work-dead") == ["fail"]
    assert messages(sqs, "work") == []


def test_an_asynchronous_call_is_tried_three_times_and_then_dead(world: World, code: Code) -> None:
    body = "def handle(event, context): raise ValueError('no')"
    dead = {"TargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}
    made = template(
        Role=role(LAMBDA),
        Dead=queue("calls-dead"),
        Function=function("fails", code(body), DeadLetterConfig=dead),
        Without=function("fails-alone", code(body)),
    )
    world.deploy("tooling", "fails", made)
    world.functions.call_later(arn("fails"), {"a": 1})
    world.settle()
    tried = [each for each in world.functions.calls if each.name == "fails"]
    assert [each.error for each in tried] == ["ValueError: no"] * 3
    assert messages(world.client("sqs", "tooling"), "calls-dead") == [{"a": 1}]
    world.functions.call_later(arn("fails-alone"), {})
    with pytest.raises(RehearsalError, match="asynchronous call failed 3 times: ValueError: no"):
        world.settle()


def test_a_schedule_fires_when_it_is_told_to_and_only_if_it_is_enabled(
    world: World, code: Code
) -> None:
    def schedule(name: str, state: str) -> dict[str, Any]:
        target = {
            "Arn": {"Fn::GetAtt": ["Function", "Arn"]},
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "Input": '{"pipeline": "x", "scheduled": "<aws.scheduler.scheduled-time>"}',
        }
        properties = {
            "Name": name,
            "ScheduleExpression": "rate(1 day)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "State": state,
            "Target": target,
        }
        return {"Type": "AWS::Scheduler::Schedule", "Properties": properties}

    made = template(
        Role=role(LAMBDA),
        Function=function("starts", code("def handle(event, context): return event")),
        On=schedule("on", "ENABLED"),
        Off=schedule("off", "DISABLED"),
    )
    world.deploy("tooling", "starts", made)
    moment = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
    world.fire("tooling", "default", "on", moment)
    world.settle()
    assert world.functions.calls[-1].result == {
        "pipeline": "x",
        "scheduled": "2026-11-21T05:00:00Z",
    }
    with pytest.raises(RehearsalError, match="it is DISABLED and never fires"):
        world.fire("tooling", "default", "off", moment)
    with pytest.raises(RehearsalError, match="there is no such schedule"):
        world.fire("tooling", "default", "none", moment)


@pytest.mark.usefixtures("world")
def test_nothing_is_recorded_unless_it_is_wanted() -> None:
    assert DomainDispatcherApplication.__call__.__module__.startswith("moto.")
