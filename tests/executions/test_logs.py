import contextlib
import time
from collections.abc import Callable
from typing import Any

import pytest
from small_definitions import FAILS, READS, WRITES, create, processing, start, wait

from penstock.executions.execution import Execution, Snapshot, Step
from penstock.executions.following import Pace
from penstock.executions.logs import Logs
from penstock.executions.service import Service

pytestmark = pytest.mark.usefixtures("in_dev")

GROUP = "/aws/sagemaker/ProcessingJobs"
ARN = "arn:aws:sagemaker:eu-west-1:111111111111:pipeline/wine/execution/abcdefghijkl"


def step(name: str, job: str, *, kind: str = "Processing", reused: str = "") -> Step:
    return Step(name, kind, "Executing", None, None, job=job, reused=reused)


def snapshot(*steps: Step, state: str = "Executing") -> Snapshot:
    return Snapshot(Execution(ARN, state), steps)


@pytest.fixture
def printed(client_of: Callable[..., Any]) -> Callable[..., int]:
    """Print lines as a job would, each at its own second; return the first second."""
    client, began = client_of("logs"), int(time.time()) - 1000

    def put(stream: str, *lines: tuple[int, str], group: str = GROUP) -> int:
        for make, arguments in (
            (client.create_log_group, {"logGroupName": group}),
            (client.create_log_stream, {"logGroupName": group, "logStreamName": stream}),
        ):
            with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
                make(**arguments)
        client.put_log_events(
            logGroupName=group,
            logStreamName=stream,
            logEvents=[
                {"timestamp": (began + second) * 1000, "message": text} for second, text in lines
            ],
        )
        return began

    return put


def test_the_lines_of_all_hosts_and_steps_are_merged_by_time(printed: Callable[..., int]) -> None:
    printed("merged-a/algo-1-1", (1, "one"), (4, "four"))
    printed("merged-a/algo-2-1", (2, "two"))
    printed("merged-b/algo-1-1", (3, "three\n"))
    logs = Logs("eu-west-1")
    lines = list(logs.new_lines(snapshot(step("a", "merged-a"), step("b", "merged-b"))))
    assert [(line.step, line.message) for line in lines] == [
        ("a", "one"),
        ("a", "two"),
        ("b", "three"),
        ("a", "four"),
    ]
    assert [line.stream for line in lines[:2]] == ["merged-a/algo-1-1", "merged-a/algo-2-1"]


def test_a_line_is_told_once_however_often_one_looks(printed: Callable[..., int]) -> None:
    logs, now = Logs("eu-west-1"), snapshot(step("a", "again"))
    assert list(logs.new_lines(now)) == []
    printed("again/algo-1-1", (1, "one"))
    assert [line.message for line in logs.new_lines(now)] == ["one"]
    assert list(logs.new_lines(now)) == []
    printed("again/algo-1-1", (2, "two"))
    printed("again/algo-1-2", (1, "tried again"))
    assert [line.message for line in logs.new_lines(now)] == ["tried again", "two"]


def test_long_streams_come_whole_and_in_order(printed: Callable[..., int]) -> None:
    count = 10_500  # GetLogEvents answers 10,000 at most
    for first in range(0, count, 3500):
        part = range(first, first + 3500)
        printed("long/algo-1-1", *((0, f"{number:05}") for number in part))
    lines = list(Logs("eu-west-1").new_lines(snapshot(step("a", "long"))))
    assert [line.message for line in lines] == [f"{number:05}" for number in range(count)]


def test_steps_without_streams_and_kinds_without_groups_are_no_error() -> None:
    steps = (
        step("never", "never-printed"),
        step("transform", "t", kind="Transform"),
        step("branch", "", kind="Condition"),
    )
    assert list(Logs("eu-west-1").new_lines(snapshot(*steps))) == []


def test_a_step_that_took_an_earlier_result_is_read_only_if_it_is_named(
    printed: Callable[..., int],
) -> None:
    printed("earlier/algo-1-1", (1, "from before"))
    reused = snapshot(step("a", "earlier", reused=ARN))
    assert list(Logs("eu-west-1").new_lines(reused)) == []
    named = Logs("eu-west-1", frozenset({"a"})).new_lines(reused)
    assert [line.message for line in named] == ["from before"]


def test_following_shows_lines_of_a_real_execution_to_its_end(sagemaker: Any) -> None:
    name = create(
        sagemaker,
        processing("write", WRITES),
        processing("read", READS, reads="write"),
        processing("fail", FAILS, after=("read",)),
    )
    arn = start(sagemaker, name)
    pace = Pace(0.05, 0.1)
    lines = list(Logs("eu-west-1").follow(Service("eu-west-1"), arn, pace))
    assert [(line.step, line.message) for line in lines] == [
        ("write", "writing"),
        ("read", "read hello"),
        ("fail", "about to fail"),
    ]
    assert wait(sagemaker, arn)["PipelineExecutionStatus"] == "Failed"
