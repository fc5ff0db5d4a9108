"""A definition, whoever wrote it, runs as the service would run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from penstock.environments.network import NETWORK_PARAMETERS
from penstock.errors import DefinitionError, RequestError, WorkError
from penstock.targets.local.events import RunEnded, RunStarted, StepEnded, StepStarted
from penstock.targets.local.journal import Journal, read_journal
from penstock.targets.local.result import RunStatus, StepStatus
from penstock.targets.local.run import execute

OUT = "/opt/ml/processing/output/out"
IN = "/opt/ml/processing/input"


def statuses(result: Any) -> dict[str, str]:
    return {name: run.status.value for name, run in result.steps.items()}


def test_parameters_references_joins_and_property_files_reach_the_jobs(bench, build):
    make = build.processing(
        "make",
        f'echo "$COUNT $NAME" > {OUT}/said; echo \'{{"scores": [{{"auc": 0.5}}]}}\' > {OUT}/f.json',
        environment={
            "COUNT": build.join(build.get("Parameters.count"), "of", 9, True, on=" "),
            "NAME": build.get("Parameters.name"),
        },
        facts="f.json",
    )
    use = build.processing(
        "use",
        f'cat {IN}/made/said > {OUT}/said; echo "$1 $SCORE" >> {OUT}/said',
        inputs={"made": build.output_of("make")},
        environment={"SCORE": build.join(build.json_get("make", "scores[0].auc"))},
        arguments=["zero", build.get("Steps.make.ProcessingJobStatus")],
    )
    result = bench.run(
        make,
        use,
        declared={"count": 3, "name": "default", "rate": float},
        parameters={"name": "given", "rate": 1},
    )
    assert result.status is RunStatus.SUCCEEDED
    assert result.parameters["rate"] == 1.0
    assert bench.read(result.steps["use"].outputs["out"], "said") == (
        "3 of 9 true given\nCompleted 0.5\n"
    )
    assert result.output_parameters == {"make": {"scores": [{"auc": 0.5}]}}
    assert [type(event) for event in bench.events] == [
        RunStarted,
        StepStarted,
        StepEnded,
        StepStarted,
        StepEnded,
        RunEnded,
    ]


@pytest.mark.parametrize(
    ("auc", "taken", "other"), [(0.9, "good", "bad"), (0.7, "good", "bad"), (0.6, "bad", "good")]
)
def test_a_condition_takes_one_branch_and_what_follows_the_other_is_not_executed(
    bench, build, auc, taken, other
):
    result = bench.run(
        build.processing("score", f"echo '{{\"auc\": {auc}}}' > {OUT}/f.json", facts="f.json"),
        build.condition(
            "gate",
            build.compare(
                "GreaterThanOrEqualTo",
                build.json_get("score", "auc"),
                build.get("Parameters.least"),
            ),
            then=[build.processing("good"), build.condition("inner", *_always(build, True))],
            otherwise=[build.processing("bad"), build.condition("inner2", *_always(build, False))],
        ),
        build.processing("after_good", DependsOn=["good"]),
        build.processing("after_bad", DependsOn=["bad"]),
        declared={"least": 0.7},
    )
    assert result.status is RunStatus.SUCCEEDED
    found = statuses(result)
    assert (found[taken], found[f"after_{taken}"]) == ("succeeded", "succeeded")
    assert (found[other], found[f"after_{other}"]) == ("not executed", "not executed")
    assert result.steps["gate"].parameters == {"outcome": taken == "good"}


def _always(build: Any, outcome: bool) -> list[dict[str, Any]]:
    return [build.compare("Equals", 1, 1 if outcome else 2)]


def test_a_nested_condition_decides_inside_its_branch_alone(bench, build):
    result = bench.run(
        build.condition(
            "outer",
            *_always(build, True),
            then=[
                build.condition(
                    "inner",
                    *_always(build, False),
                    then=[build.processing("yes")],
                    otherwise=[build.processing("no")],
                )
            ],
            otherwise=[
                build.condition("never", *_always(build, True), then=[build.processing("unseen")])
            ],
        )
    )
    assert statuses(result) == {
        "outer": "succeeded",
        "inner": "succeeded",
        "yes": "not executed",
        "no": "succeeded",
        "never": "not executed",
        "unseen": "not executed",
    }


def test_independent_steps_run_side_by_side(bench, build, tmp_path):
    # Each waits for the other: one after the other they would never end.
    for name in ("there", "back"):
        os.mkfifo(tmp_path / name)
    there, back = tmp_path / "there", tmp_path / "back"
    result = bench.run(
        build.processing("one", f"echo hello > {there}; cat {back} > {OUT}/heard", seconds=30),
        build.processing("two", f"cat {there} > {OUT}/heard; echo hi > {back}", seconds=30),
    )
    assert result.status is RunStatus.SUCCEEDED
    assert bench.read(result.steps["one"].outputs["out"], "heard") == "hi\n"
    assert bench.read(result.steps["two"].outputs["out"], "heard") == "hello\n"


def test_max_parallel_bounds_the_jobs_at_a_time(bench, build, tmp_path):
    script = f"mkdir {tmp_path}/alone; sleep 0.05; rmdir {tmp_path}/alone"
    result = bench.run(
        *(build.processing(f"step{number}", script) for number in range(3)),
        machine={"max_parallel": 1},
    )
    assert result.status is RunStatus.SUCCEEDED


def test_a_failure_skips_the_descendants_of_its_step_alone(bench, build):
    result = bench.run(
        build.processing("bad", "echo broken >&2; exit 3"),
        build.processing("child", inputs={"x": build.output_of("bad")}),
        build.processing("grandchild", DependsOn=["child"]),
        build.processing("other", f"echo fine > {OUT}/x"),
        build.processing("after_other", DependsOn=["other"]),
    )
    assert result.status is RunStatus.FAILED
    assert statuses(result) == {
        "bad": "failed",
        "child": "skipped",
        "grandchild": "skipped",
        "other": "succeeded",
        "after_other": "succeeded",
    }
    assert result.steps["bad"].failure_reason == "its process ended with exit code 3."
    ending = next(e for e in bench.events if isinstance(e, StepEnded) and e.run.name == "bad")
    assert ending.log_tail == ("broken",)
    assert (result.steps["bad"].folder / "stderr.log").read_text() == "broken\n"


def test_a_fail_step_ends_the_run_with_its_message(bench, build):
    result = bench.run(
        build.processing("score", f"echo '{{\"auc\": 0.61}}' > {OUT}/f.json", facts="f.json"),
        build.condition(
            "gate",
            build.compare("GreaterThan", build.json_get("score", "auc"), 0.7),
            otherwise=[
                build.fail(
                    "stop",
                    build.join("auc is ", build.json_get("score", "auc"), ", least 0.7"),
                )
            ],
        ),
        build.processing("after", DependsOn=["stop"]),
    )
    assert result.status is RunStatus.FAILED
    assert statuses(result) == {
        "score": "succeeded",
        "gate": "succeeded",
        "stop": "failed",
        "after": "skipped",
    }
    assert result.steps["stop"].failure_reason == "auc is 0.61, least 0.7"


def test_a_condition_that_cannot_be_decided_fails_and_takes_no_branch(bench, build):
    result = bench.run(
        build.condition(
            "gate",
            build.compare("Equals", 1, 2),
            build.compare("GreaterThan", "a", 1),
            then=[build.processing("yes", DependsOn=[{"Step": "gate", "Trigger": "Any"}])],
            otherwise=[build.processing("no")],
        )
    )
    assert statuses(result) == {"gate": "failed", "yes": "skipped", "no": "skipped"}
    assert result.steps["gate"].failure_reason == (
        "GreaterThan compares 'a' (String) with 1 (number). Give both sides the same type."
    )


@pytest.mark.parametrize(
    ("trigger", "first", "expected", "status"),
    [
        ("Failed", "exit 1", "succeeded", RunStatus.COMPLETED_WITH_FAILURES),
        ("Failed", "true", "not executed", RunStatus.SUCCEEDED),
        ("Any", "exit 1", "succeeded", RunStatus.COMPLETED_WITH_FAILURES),
        ("Any", "true", "succeeded", RunStatus.SUCCEEDED),
        ("Stopped", "exit 1", "not executed", RunStatus.FAILED),
        ("Completed", "exit 1", "skipped", RunStatus.FAILED),
    ],
)
def test_triggers_decide_what_runs_after_a_step(bench, build, trigger, first, expected, status):
    result = bench.run(
        build.processing("first", first),
        build.processing("then", DependsOn=[{"Step": "first", "Trigger": trigger}]),
    )
    assert statuses(result)["then"] == expected
    assert result.status is status


def test_a_step_that_handles_a_failure_has_to_succeed_itself(bench, build):
    result = bench.run(
        build.processing("first", "exit 1"),
        build.processing("then", "exit 1", DependsOn=[{"Step": "first", "Trigger": "Failed"}]),
    )
    assert result.status is RunStatus.FAILED


def test_faults_of_the_service_are_repeated_and_failures_of_the_user_are_not(
    bench, build, tmp_path, monkeypatch
):
    from penstock.errors import Problem
    from penstock.targets.local import faults
    from penstock.targets.local.jobs.subprocesses import SubprocessLauncher

    tries: dict[str, int] = {}
    real = SubprocessLauncher.run

    def unsteady(self, job, cancellation):
        name = job.working_directory.parent.parent.name
        tries[name] = tries.get(name, 0) + 1
        if name == "unsteady" and tries[name] < 3:
            raise faults.ServiceFault(faults.CAPACITY_ERROR, Problem("there is no room."))
        if name == "hopeless":
            raise faults.ServiceFault(faults.CAPACITY_ERROR, Problem("there is no room."))
        return real(self, job, cancellation)

    monkeypatch.setattr(SubprocessLauncher, "run", unsteady)
    policy = [
        {"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "IntervalSeconds": 0, "MaxAttempts": 2}
    ]
    result = bench.run(
        build.processing("unsteady", RetryPolicies=policy),
        build.processing("hopeless", RetryPolicies=policy),
        build.processing("user", "exit 1", RetryPolicies=policy),
    )
    assert statuses(result) == {"unsteady": "succeeded", "hopeless": "failed", "user": "failed"}
    assert tries == {"unsteady": 3, "hopeless": 3, "user": 1}
    assert result.steps["unsteady"].attempts == 3
    assert result.steps["hopeless"].failure_reason == "there is no room."
    assert sorted(path.name for path in (result.folder / "jobs" / "unsteady").iterdir()) == [
        "attempt-1",
        "attempt-2",
        "attempt-3",
        "published.json",
    ]


def test_images_and_functions_that_nothing_stands_for_are_refused_at_once(bench, build):
    with pytest.raises(RequestError) as refused:
        bench.run(
            build.processing("one", image="123.dkr.ecr.eu-west-1.amazonaws.com/x:1"),
            build.processing("two", image=build.get("Parameters.image")),
            {
                "Name": "model",
                "Type": "Model",
                "Arguments": {"PrimaryContainer": {"Image": "server:1"}},
            },
            {
                "Name": "unserved",
                "Type": "Model",
                "Arguments": {"PrimaryContainer": {"Image": "server:2"}},
            },
            {
                "Name": "score",
                "Type": "Transform",
                "Arguments": {
                    "ModelName": build.get("Steps.model.ModelName"),
                    "TransformInput": {"DataSource": {"S3DataSource": {"S3Uri": "file:///x"}}},
                    "TransformOutput": {"S3OutputPath": "file:///y"},
                },
            },
            {
                "Name": "notify",
                "Type": "Lambda",
                "FunctionArn": "arn:aws:lambda:eu-west-1:1:function:tell",
                "Arguments": {},
            },
            declared={"image": "other:2"},
        )
    assert str(refused.value) == (
        "step one: this machine has nothing that stands for the image "
        "123.dkr.ecr.eu-west-1.amazonaws.com/x:1. Say which command does: "
        "--image 123.dkr.ecr.eu-west-1.amazonaws.com/x:1=COMMAND, such as "
        "--image 123.dkr.ecr.eu-west-1.amazonaws.com/x:1=python3 for its own entry point under "
        "this Python.\n"
        "step two: this machine has nothing that stands for the image other:2. Say which command "
        "does: --image other:2=COMMAND, such as --image other:2=python3 for its own entry point "
        "under this Python.\n"
        "step model: this machine has nothing that stands for the image server:1. Say which "
        "command does: --image server:1=COMMAND, such as --image server:1=python3 for its own "
        "entry point under this Python.\n"
        "step notify: nothing on this machine stands for the function "
        "arn:aws:lambda:eu-west-1:1:function:tell. Register a Python function: "
        "functions={'notify': function}."
    )
    assert not bench.home.exists()


def test_arguments_without_what_every_run_needs_are_refused_at_once(bench, build):
    bare = build.processing("one")
    del bare["Arguments"]["AppSpecification"]
    bare["Arguments"]["ProcessingInputs"] = [{"S3Input": {"LocalPath": "/x"}}]
    training = build.training("two", metrics={"auc": "x"})
    del training["Arguments"]["OutputDataConfig"]
    training["Arguments"]["InputDataConfig"] = "all"
    del training["Arguments"]["AlgorithmSpecification"]["MetricDefinitions"][0]["Regex"]
    with pytest.raises(DefinitionError) as refused:
        bench.run(bare, training, {"Name": "three", "Type": "Transform", "Arguments": {}})
    required = "Add it to the step's Arguments; the service requires it, too."
    assert str(refused.value).splitlines() == [
        f"step one: it has no AppSpecification.ImageUri that can be read. {required}",
        f"step one: it has no ProcessingInputs[0].InputName that can be read. {required}",
        f"step one: it has no ProcessingInputs[0].S3Input.S3Uri that can be read. {required}",
        f"step two: it has no OutputDataConfig.S3OutputPath that can be read. {required}",
        f"step two: it has no InputDataConfig that can be read. {required}",
        "step two: it has no AlgorithmSpecification.MetricDefinitions[0].Regex that can be read. "
        f"{required}",
        f"step three: it has no ModelName that can be read. {required}",
        "step three: it has no TransformInput.DataSource.S3DataSource.S3Uri that can be read. "
        f"{required}",
        f"step three: it has no TransformOutput.S3OutputPath that can be read. {required}",
    ]
    assert not bench.home.exists()


def test_wrong_parameters_are_refused_at_once(bench, build):
    with pytest.raises(RequestError) as refused:
        bench.run(
            build.processing("one"),
            declared={"count": 3, "rate": str},
            parameters={"count": "many", "coutn": 1},
        )
    assert str(refused.value) == (
        "parameters: the pipeline has no parameter coutn. Did you mean count?\n"
        "parameters: parameter count is 'many'. It must be of type Integer.\n"
        "parameters: parameter rate has no value and no default. Give one of type String."
    )
    assert not bench.home.exists()


def test_a_machine_that_cannot_run_jobs_is_refused(bench, build):
    with pytest.raises(RequestError) as refused:
        bench.run(build.processing("one"), machine={"max_parallel": 0, "isolation": "docker"})
    assert str(refused.value) == (
        "machine: max_parallel is 0. Allow one job.\n"
        "machine: the isolation 'docker' is unknown. Use one of: subprocess, warm."
    )


def test_a_folder_that_cannot_be_written_is_told_before_anything_starts(bench, build, tmp_path):
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "home"
    with pytest.raises(WorkError) as refused:
        bench.run(build.processing("one"), machine={"home": home})
    folder = str(refused.value).partition(": ")[0]
    assert Path(folder).parent == home / "runs"
    assert str(refused.value) == (
        f"{folder}: this cannot be written: Not a directory. "
        "Give this user the right to it, or work in another folder."
    )


def test_a_disk_that_is_full_at_the_start_leaves_nothing(bench, build, monkeypatch):
    real = Path.write_bytes

    def full(self, content):
        if self.name.startswith(".run.json"):
            raise OSError(28, "No space left on device", str(self))
        return real(self, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(WorkError) as refused:
        bench.run(build.processing("one"))
    assert str(refused.value).endswith(
        "/run.json: this cannot be written: No space left on device. Make room."
    )
    assert list((bench.home / "runs").iterdir()) == []


def test_a_disk_that_is_full_while_publishing_fails_the_step_and_leaves_no_half(
    bench, build, monkeypatch
):
    real = os.link
    seen: list[str] = []

    def full(source, target, **options):
        if "/artifacts/" in str(target):
            seen.append(str(target))
            if len(seen) == 2:
                raise OSError(28, "No space left on device", str(target))
        return real(source, target, **options)

    monkeypatch.setattr(os, "link", full)
    result = bench.run(build.processing("one", f"echo a > {OUT}/a; echo b > {OUT}/b"))
    assert result.status is RunStatus.FAILED
    uri = f"file://{bench.home}/artifacts/{result.execution_id}/one/out"
    assert result.steps["one"].failure_reason == (
        f"{uri} cannot be written: No space left on device. Make room, then resume the run."
    )
    assert [path for path in (bench.home / "artifacts").rglob("*") if path.is_file()] == []


def test_a_journal_that_cannot_be_written_ends_the_run_and_its_jobs(
    bench, build, monkeypatch, processes_of
):
    real = Journal.write

    def full(self, event, **facts):
        if event == "step_ended" and facts["step"] == "quick":
            self._descriptor_kept, self._descriptor = self._descriptor, os.open("/dev/full", 1)
        return real(self, event, **facts)

    monkeypatch.setattr(Journal, "write", full)
    with pytest.raises(WorkError) as refused:
        bench.run(build.processing("quick"), build.processing("slow", "sleep 60"))
    (folder,) = (bench.home / "runs").iterdir()
    assert str(refused.value).startswith("the run's state cannot be written: ") or str(
        refused.value
    ).startswith(f"{folder}/journal.jsonl: the run's state cannot be written: ")
    assert processes_of(folder) == []


PROGRAM = """
import json, signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background ignores it
from penstock.targets.local.run import Machine, execute
home, definition = Path(sys.argv[1]), json.loads(sys.argv[2])
machine = Machine(home=home, project=home, isolation="subprocess")
execute(definition, machine=machine, images={"tool:1": "env"})
"""


def test_ctrl_c_ends_the_jobs_and_the_run_can_be_resumed(bench, build, tmp_path, processes_of):
    mark = tmp_path / "began"
    definition = bench.definition(
        build.processing("first", f"echo a > {OUT}/a"),
        build.processing(
            "slow",
            f"if [ -e {mark} ]; then echo b > {OUT}/b; else touch {mark}; sleep 60; fi",
            DependsOn=["first"],
        ),
    )
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(bench.home), json.dumps(definition)],
        stderr=subprocess.PIPE,
    )
    _wait_for(mark)
    (folder,) = (bench.home / "runs").iterdir()
    with pytest.raises(RequestError) as refused:
        bench.resume()
    assert str(refused.value) == (
        f"{folder}: another process is executing this run. Wait for it to end, or stop it."
    )
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert errors.decode().rstrip().endswith("KeyboardInterrupt")
    assert processes_of(folder) == []
    events = read_journal(folder / "journal.jsonl")
    assert [(e["event"], e.get("step"), e.get("status")) for e in events] == [
        ("step_started", "first", None),
        ("step_ended", "first", "succeeded"),
        ("step_started", "slow", None),
        ("step_ended", "slow", "stopped"),
        ("run_ended", None, "Stopped"),
    ]
    result = bench.resume(folder.name)
    assert result.status is RunStatus.SUCCEEDED
    assert result.steps["slow"].attempts == 2
    assert bench.read(result.steps["slow"].outputs["out"], "b") == "b\n"


def _wait_for(file: Path) -> None:
    deadline = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_ctrl_c_does_not_wait_for_what_a_step_fetches(bench, build, monkeypatch):
    told = []

    class Slow:
        def __init__(self, *, is_stopped, **_):
            self._is_stopped = is_stopped

        def fetch(self, uri, folder):
            until = time.monotonic() + 10
            while not self._is_stopped() and time.monotonic() < until:
                time.sleep(0.01)
            told.append(self._is_stopped())
            raise KeyboardInterrupt

    def interrupt(event):
        if isinstance(event, StepEnded):
            raise KeyboardInterrupt

    monkeypatch.setattr("penstock.targets.local.store.s3.S3Store", Slow)
    slow = build.processing("slow", inputs={"rows": "s3://elsewhere/rows"})
    with pytest.raises(KeyboardInterrupt):
        execute(
            bench.definition(slow, build.processing("quick")),
            machine=bench.machine,
            images=bench.images,
            listener=interrupt,
        )
    assert told == [True]


def test_a_home_with_spaces_and_signs_in_its_name_works(bench, build, tmp_path):
    home = tmp_path / "my folder #1 %20 é"
    result = bench.run(
        build.processing("one", f"echo a > '{OUT}/a'"),
        build.processing("two", f"cp '{IN}/x/a' '{OUT}/b'", inputs={"x": build.output_of("one")}),
        machine={"home": home},
    )
    assert result.status is RunStatus.SUCCEEDED, result.steps
    assert (home / "artifacts" / result.execution_id / "two" / "out" / "b").read_text() == "a\n"


def test_a_definition_in_a_file_runs_and_its_assets_lie_below_the_code_root(bench, build):
    step = build.processing(
        "one",
        f"sh {IN}/code/run.sh",
        inputs={"code": build.join(build.get("Parameters.CodeRoot"), "abc", on="/")},
    )
    file = bench.home.parent / "definition.json"
    file.write_text(json.dumps(bench.definition(step, parameters={"CodeRoot": "s3://x/code"})))
    result = execute(
        file,
        machine=bench.machine,
        images=bench.images,
        assets={"abc/run.sh": b"echo asset > $PENSTOCK_ML_ROOT/processing/output/out/a"},
    )
    assert bench.read(result.steps["one"].outputs["out"], "a") == "asset\n"


def test_a_job_that_runs_in_a_network_elsewhere_runs_here_without_one(bench, build):
    names = NETWORK_PARAMETERS
    first, second, group = (build.get(f"Parameters.{name}") for name in names)
    step = build.processing("one", f"echo a > '{OUT}/a'")
    step["Arguments"]["NetworkConfig"] = {
        "VpcConfig": {"Subnets": [first, second], "SecurityGroupIds": [group]}
    }
    result = bench.run(step, declared=dict.fromkeys(names, str))
    assert result.status is RunStatus.SUCCEEDED, result.steps


def test_execution_variables_name_the_run_and_the_job(bench, build):
    script = f"echo $PIPELINE $RUN $JOB > {OUT}/a"
    names = {"PIPELINE": "PipelineName", "RUN": "PipelineExecutionId", "JOB": "ProcessingJobName"}
    result = bench.run(
        build.processing(
            "one",
            script,
            environment={key: build.get(f"Execution.{name}") for key, name in names.items()},
        ),
        pipeline="fraud",
    )
    said = bench.read(result.steps["one"].outputs["out"], "a").split()
    assert said[:2] == ["fraud", result.execution_id]
    assert said[2] == result.steps["one"].properties["ProcessingJobName"]
    assert said[2].startswith(f"pipelines-{result.execution_id}-one-")


def test_a_value_that_is_no_text_where_the_service_takes_text_fails_the_step(bench, build):
    result = bench.run(
        build.processing(
            "one",
            environment={"COUNT": build.get("Parameters.count")},
            arguments=["x", build.get("Parameters.count")],
        ),
        build.training("two", hyperparameters={"depth": build.get("Parameters.count")}),
        declared={"count": 3},
    )
    remedy = "Write it as text, or put it into a Std:Join."
    assert result.steps["one"].failure_reason == (
        f"ContainerArguments[1] is 3, and the service takes text there. {remedy}\n"
        f"Environment.COUNT is 3, and the service takes text there. {remedy}"
    )
    assert result.steps["two"].failure_reason == (
        f"HyperParameters.depth is 3, and the service takes text there. {remedy}"
    )


def test_runs_side_by_side_in_one_home_do_not_meet(bench, build):
    results: list[Any] = []

    def go(word: str) -> None:
        results.append(bench.run(build.processing("one", f"echo {word} > {OUT}/a")))

    threads = [threading.Thread(target=go, args=(word,)) for word in ("red", "blue")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = [bench.read(result.steps["one"].outputs["out"], "a") for result in results]
    assert sorted(said) == ["blue\n", "red\n"]
    assert StepStatus.SUCCEEDED is results[0].steps["one"].status
