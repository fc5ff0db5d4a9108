"""start, status, logs, stop and list against a sandbox."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_definitions import (
    FAILS,
    PARAMETERS,
    READS,
    WAITS,
    WRITES,
    create,
    processing,
    start,
    wait,
)

pytestmark = pytest.mark.usefixtures("in_dev")
ROOT = Path(__file__).resolve().parents[2]


def condition(name: str, then: Any, otherwise: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "Type": "Condition",
        "Arguments": {
            "Conditions": [
                {
                    "Type": "GreaterThan",
                    "LeftValue": {"Get": "Parameters.rows"},
                    "RightValue": 5,
                }
            ],
            "IfSteps": [then],
            "ElseSteps": [otherwise],
        },
    }


def test_a_start_that_waits_shows_the_steps_as_a_local_run_does(
    pipeline: Callable[..., Any], sagemaker: Any
) -> None:
    name = create(
        sagemaker,
        processing("write", WRITES),
        condition("enough", processing("read", READS, reads="write"), processing("no", WRITES)),
    )
    answer = pipeline("start", name, "--env", "dev", "--set", "rows=6", "--wait")
    execution = sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]
    short = execution[0]["PipelineExecutionArn"].rpartition("/")[2]
    text = re.sub(r"\d+\.\d\d s", "T s", answer.out)
    assert answer.code == 0
    lines = text.splitlines()
    assert lines[:2] == [
        f"started {name}/{short} in dev (111111111111, eu-west-1)",
        f"run {name}/{short}: 4 steps",
    ]
    assert set(lines[2:]) >= {
        "  write: started",
        "  write: succeeded in T s",
        "  enough: started",
        "  enough: succeeded in T s",
        "  read: started",
        "  read: succeeded in T s",
        "  no: not executed",
    }
    assert lines[-1] == f"Succeeded: 3 succeeded, in T s. Execution {name}/{short}."
    assert re.fullmatch(
        r"token: (\w{16}) \(the same call with --token \1 starts nothing new\)\n", answer.err
    )


def test_a_failure_is_told_first_and_is_exit_code_1(
    pipeline: Callable[..., Any], sagemaker: Any
) -> None:
    name = create(sagemaker, processing("fail", FAILS), processing("w", WRITES, after=("fail",)))
    answer = pipeline("start", name, "--env", "dev", "--wait", "--token", "t")
    assert (answer.code, answer.err) == (1, "")
    *_, blank, reason, ending, logs = answer.out.splitlines()
    assert (blank, reason) == ("", "fail failed: its process ended with exit code 3.")
    found = re.fullmatch(rf"Failed: 1 failed, in \S+ s\. Execution ({name}/\w+)\.", ending)
    assert found
    assert logs == f"Logs: pipeline logs {found[1]} --env dev"
    answer = pipeline("logs", name, "--env", "dev")
    first, blank, line = answer.out.splitlines()
    assert (answer.code, first, blank) == (0, reason, "")
    assert re.fullmatch(r"\d\d:\d\d:\d\d fail \| about to fail", line)
    answer = pipeline("status", name, "--env", "dev", "--json")
    told = json.loads(answer.out)
    assert answer.code == 0
    assert told["failures"] == [{"step": "fail", "reason": "its process ended with exit code 3."}]
    assert (told["state"], [step["name"] for step in told["steps"]]) == ("Failed", ["fail"])


def test_a_token_starts_one_execution_however_often_it_is_used(
    pipeline: Callable[..., Any], sagemaker: Any
) -> None:
    name = create(sagemaker, processing("write", WRITES))
    calls = [
        pipeline("start", name, "--env", "dev", "--token", "build-1", "--json") for _ in range(2)
    ]
    first, second = (json.loads(call.out) for call in calls)
    assert first["execution"] == second["execution"]
    assert first["token"] == "build-1"
    assert first["parameters"] == {
        "Image": "444444444444.dkr.ecr.eu-west-1.amazonaws.com/penstock:dev",
        "Role": "arn:aws:iam::111111111111:role/penstock-execution",
        "ArtifactRoot": "s3://penstock-dev-artifacts",
        "CodeRoot": "s3://penstock-dev-artifacts/code",
    }
    other = json.loads(pipeline("start", name, "--env", "dev", "--json", "--wait").out)
    assert other["execution"] != first["execution"]
    assert [step["state"] for step in other["steps"]] == ["Succeeded"]
    wait(sagemaker, first["execution"])


def test_wrong_parameters_start_nothing(pipeline: Callable[..., Any], sagemaker: Any) -> None:
    declared = [*PARAMETERS, {"Name": "needed", "Type": "Float"}]
    name = create(sagemaker, processing("write", WRITES), parameters=declared)
    settings = ("--set", "row=1", "--set", "rows=x", "--set", "Role=me")
    answer = pipeline("start", name, "--env", "dev", *settings)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "pipeline: --set row=1: the pipeline has no parameter 'row'. Did you mean rows? "
        "Use one of: needed, rows.\n"
        "pipeline: --set rows=x: 'x' is no whole number.\n"
        "pipeline: --set Role=me: Role is what the environment says it is. "
        "Leave it out, or change environments.yaml.\n"
    )
    answer = pipeline("start", name, "--env", "dev", "--date", "2024-01-01")
    assert answer.err == "pipeline: --date is for a pipeline of the project. Use --set.\n"
    answer = pipeline("start", name, "--env", "dev")
    assert answer.err == (
        "pipeline: --set: the parameter needed has no value and no default. "
        "Give one of type Float: --set needed=...\n"
    )
    assert not sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]


def test_a_pipeline_that_is_not_there_is_told_with_the_nearest_one(
    pipeline: Callable[..., Any], sagemaker: Any
) -> None:
    name = create(sagemaker, processing("write", WRITES))
    answer = pipeline("start", name[:-1], "--env", "dev")
    assert answer.code == 2
    assert answer.err.startswith(
        f"pipeline: NAME: there is no pipeline {name[:-1]}. Did you mean {name}? There are: "
    )


@pytest.mark.parametrize(
    "words", [("start", "x"), ("stop", "x"), ("logs", "x"), ("list",), ("status",)]
)
def test_nothing_is_asked_of_another_account(
    pipeline: Callable[..., Any], words: tuple[str, ...]
) -> None:
    answer = pipeline(*words, "--env", "prod")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "pipeline: environments.yaml:27: the file says account 333333333333 for prod, STS says "
        "111111111111 (arn:aws:iam::111111111111:user/sandbox). Sign in to 333333333333: another "
        "AWS_PROFILE or role; or mend the file. Nothing was done.\n"
    )
    answer = pipeline(*words, "--env", "tooling")
    assert answer.err == (
        "pipeline: --env: no pipeline runs in tooling. Name dev, pre-prod or prod.\n"
    )


def test_an_execution_is_stopped_once(pipeline: Callable[..., Any], sagemaker: Any) -> None:
    name = create(sagemaker, processing("wait", WAITS))
    arn = start(sagemaker, name)
    short = arn.rpartition("/")[2]
    answer = pipeline("stop", name, "--env", "dev")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (f"{name}/{short} stops\nLook: pipeline status {name}/{short} --env dev\n")
    assert wait(sagemaker, arn)["PipelineExecutionStatus"] == "Stopped"
    answer = pipeline("stop", short, "--env", "dev")
    assert (answer.code, answer.out) == (0, f"{name}/{short} is over: Stopped\n")


def test_the_steps_of_an_execution_stand_in_a_table(
    pipeline: Callable[..., Any], sagemaker: Any
) -> None:
    cached = {"CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"}}
    name = create(sagemaker, processing("write", WRITES, **cached))
    for _ in range(2):
        wait(sagemaker, start(sagemaker, name))
    text = re.sub(r"\d+\.\d\d s", "T s", pipeline("status", name, "--env", "dev").out)
    head, columns, row, blank, ending = text.splitlines()
    assert re.fullmatch(rf"{name}/\w+, started \d{{4}}-\d\d-\d\d \d\d:\d\d", head)
    assert columns.split() == ["step", "type", "state", "attempts", "took", "made"]
    assert row.split() == ["write", "Processing", "Succeeded,", "from", "the", "cache", "T", "s"]
    assert blank == ""
    assert ending.startswith("Succeeded: 1 succeeded, in ")


def test_executions_are_listed_the_latest_first(
    pipeline: Callable[..., Any], sagemaker: Any
) -> None:
    name = create(sagemaker, processing("write", WRITES))
    arns = [start(sagemaker, name) for _ in range(2)]
    for arn in arns:
        wait(sagemaker, arn)
    answer = pipeline("status", "--env", "dev", "--limit", "2", "--json")
    assert [each["execution"] for each in json.loads(answer.out)] == arns[::-1]
    text = pipeline("status", "--env", "dev", "--limit", "1").out
    assert text.splitlines()[1].split()[:2] == [f"{name}/{arns[1].rpartition('/')[2]}", "Succeeded"]


def test_pipelines_are_listed_with_whose_they_are(
    pipeline: Callable[..., Any], sagemaker: Any
) -> None:
    name = create(sagemaker, processing("write", WRITES))
    arn = sagemaker.describe_pipeline(PipelineName=name)["PipelineArn"]
    facts = {"owner": "ada", "commit": f"{'0123456789' * 4}-dirty", "release": "none"}
    sagemaker.add_tags(
        ResourceArn=arn,
        Tags=[{"Key": f"penstock:{key}", "Value": value} for key, value in facts.items()],
    )
    answer = pipeline("list", "--env", "dev", "--json")
    (line,) = [each for each in json.loads(answer.out) if each["pipeline"] == name]
    del line["changed"]
    answer = pipeline("list", "--env", "dev", "--json")
    (line,) = [each for each in json.loads(answer.out) if each["pipeline"] == name]
    del line["changed"]
    assert line == {
        "pipeline": name,
        "arn": arn,
        "owner": "ada",
        "commit": f"{'0123456789' * 4}-dirty",
        "release": "",
        "expires": "",
        "latest": None,
    }
    text = pipeline("list", "--env", "dev").out
    (row,) = [each for each in text.splitlines() if name in each]
    assert row.split() == [name, "ada", "012345678901-dirty", "never", "ran"]


def test_logs_of_named_steps_alone_and_of_none(
    pipeline: Callable[..., Any], sagemaker: Any
) -> None:
    name = create(sagemaker, processing("write", WRITES), processing("read", READS, reads="write"))
    wait(sagemaker, start(sagemaker, name))
    told = json.loads(pipeline("logs", name, "read", "--env", "dev", "--json").out)
    assert [(line["step"], line["message"]) for line in told["lines"]] == [("read", "read hello")]
    answer = pipeline("logs", name, "red", "--env", "dev")
    assert (answer.code, answer.err) == (
        2,
        "pipeline: STEP: there is no step 'red'. Did you mean 'read'? Use one of: write, read.\n",
    )
    silent = create(sagemaker, processing("silent", "pass"))
    wait(sagemaker, start(sagemaker, silent))
    answer = pipeline("logs", silent, "--env", "dev")
    assert (answer.code, answer.out, answer.err) == (0, "", "no job of it printed anything\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_stops_waiting_is_told_that_the_execution_goes_on(
    sagemaker: Any, number: signal.Signals
) -> None:
    name = create(sagemaker, processing("wait", WAITS))
    # What runs in the background of a shell has SIGINT ignored; a person's command has not.
    code = (
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from penstock.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", code, "start", name, "--env", "dev", "--wait"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "wait: started" in line:
                break
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    (found,) = sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]
    short = f"{name}/{found['PipelineExecutionArn'].rpartition('/')[2]}"
    assert process.returncode == 1
    assert err.splitlines()[-1] == (
        f"pipeline: interrupted: {short} goes on in dev. Look: pipeline status {short} --env dev; "
        f"stop it: pipeline stop {short} --env dev"
    )
    assert found["PipelineExecutionStatus"] == "Executing"
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=found["PipelineExecutionArn"])
    wait(sagemaker, found["PipelineExecutionArn"])


def test_a_wait_survives_a_while_without_news(sagemaker: Any) -> None:
    from penstock.cli.watching import watch
    from penstock.executions.execution import Execution
    from penstock.executions.following import Pace
    from penstock.executions.service import Service

    name = create(sagemaker, processing("sleep", "import time; time.sleep(0.5)"))
    arn = start(sagemaker, name)
    began = time.monotonic()
    seen = watch(
        Service("eu-west-1"), Execution(arn, "Executing"), "dev", silent=True, pace=Pace(0.05, 0.1)
    )
    assert seen.execution.state == "Succeeded"
    assert time.monotonic() - began < 10
