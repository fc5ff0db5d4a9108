"""`pipeline run` on this machine, through the executor, with small definitions."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from penstock.cli import executor

IMAGE = "tool:1"


def job(name: str, program: str, **members: Any) -> dict[str, Any]:
    """A Processing step that runs a Python program."""
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "RoleArn": {"Get": "Parameters.Role"},
            "AppSpecification": {
                "ImageUri": IMAGE,
                "ContainerEntrypoint": ["python3", "-c", program],
                "ContainerArguments": [{"Get": "Parameters.word"}],
            },
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceCount": 1,
                    "InstanceType": "ml.m5.large",
                    "VolumeSizeInGB": 30,
                }
            },
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": "said",
                        "S3Output": {
                            "S3Uri": {
                                "Std:Join": {
                                    "On": "/",
                                    "Values": [
                                        {"Get": "Parameters.ArtifactRoot"},
                                        {"Get": "Execution.PipelineExecutionId"},
                                        name,
                                    ],
                                }
                            },
                            "LocalPath": "/opt/ml/processing/output/said",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                ]
            },
        },
        **members,
    }


SAY = """\
import os, sys, pathlib
root = pathlib.Path(os.environ.get("PENSTOCK_ML_ROOT", "/opt/ml"))
folder = root / "processing/output/said"
folder.mkdir(parents=True, exist_ok=True)
(folder / "word.txt").write_text(sys.argv[1])
if sys.argv[1] == "bad" and not os.path.exists({marker!r}):
    sys.exit("this word is bad")
"""


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    program = SAY.format(marker=str(tmp_path / "mended"))
    document = {
        "Version": "2020-12-01",
        "Parameters": [
            {"Name": "Role", "Type": "String", "DefaultValue": "arn:aws:iam::000000000000:role/r"},
            {"Name": "ArtifactRoot", "Type": "String", "DefaultValue": "s3://bucket"},
            {"Name": "word", "Type": "String", "DefaultValue": "good"},
            {"Name": "times", "Type": "Integer", "DefaultValue": 1},
        ],
        "Steps": [
            job("first", "pass"),
            job("say", program, DependsOn=["first"]),
            job("last", program, DependsOn=["say"]),
        ],
    }
    file = tmp_path / "say.json"
    file.write_text(json.dumps(document))
    return file


@pytest.fixture(autouse=True)
def _without_a_warm_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    machine = executor._machine
    monkeypatch.setattr(
        executor, "_machine", lambda *given: replace(machine(*given), isolation="subprocess")
    )
    monkeypatch.setattr(executor, "warm_up", lambda pipeline: None)


OPTIONS = ("--image", f"{IMAGE}=python3")


def test_a_definition_of_others_runs_and_tells_its_artifacts(
    pipeline: Callable[..., Any], definition: Path
) -> None:
    answer = pipeline("run", "--definition", "say.json", *OPTIONS, "--set", "word=well")
    assert (answer.code, answer.err) == (0, "")
    text = re.sub(r"\d+\.\d+ s", "TIME", answer.out)
    execution = re.findall(r"^run (\w+): 3 steps$", text, flags=re.MULTILINE)[0]
    digest = re.findall(r"say\s+said\s+(sha256:\w{64})", text)[0]
    assert text == (
        f"run {execution}: 3 steps\n"
        "  first: started\n"
        "  first: succeeded in TIME\n"
        "  say: started\n"
        "  say: succeeded in TIME\n"
        "  last: started\n"
        "  last: succeeded in TIME\n"
        "\n"
        "artifacts\n"
        "  step   output  digest\n"
        f"  first  said    {re.findall(r'first  said    (.*)', text)[0]}\n"
        f"  say    said    {digest}\n"
        f"  last   said    {digest}\n"
        "\n"
        f"Succeeded: 3 succeeded, in TIME. Run {execution}.\n"
    )


def test_a_failed_run_shows_the_last_lines_and_resumes_where_it_failed(
    pipeline: Callable[..., Any], definition: Path, tmp_path: Path
) -> None:
    answer = pipeline("run", "--definition", "say.json", *OPTIONS, "--set", "word=bad", "-q")
    assert (answer.code, answer.err) == (1, "")
    assert "say failed: " in answer.out
    assert "  | this word is bad\n" in answer.out
    command = answer.out.splitlines()[-1].removeprefix("Go on with: pipeline ")
    assert re.fullmatch(r"run --resume \w+", command)
    (tmp_path / "mended").touch()
    again = pipeline(*command.split(), "--json")
    assert again.code == 0
    document = json.loads(again.out)
    assert {name: step["status"] for name, step in document["steps"].items()} == {
        "first": "succeeded",
        "say": "succeeded",
        "last": "succeeded",
    }
    assert document["resume"] == ""


def test_machines_get_one_document(pipeline: Callable[..., Any], definition: Path) -> None:
    answer = pipeline("run", "--definition", "say.json", *OPTIONS, "--json")
    assert (answer.code, answer.err) == (0, "")
    document = json.loads(answer.out)
    assert document["status"] == "Succeeded"
    assert [line["step"] for line in document["artifacts"]] == ["first", "say", "last"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--definition", "none.json", *OPTIONS),
            "none.json: there is no such file. Check the path.",
        ),
        (
            ("--definition", "broken.json", *OPTIONS),
            "broken.json:1: a SageMaker definition is JSON, and this is not: Expecting value. "
            "Look at it with `pipeline check`.",
        ),
        (
            ("--definition", "say.json", *OPTIONS, "--set", "wrod=x", "--set", "times=1.5"),
            "--set wrod=x: there is no parameter 'wrod'. Did you mean 'word'? "
            "Use one of: ArtifactRoot, Role, times, word.\n"
            "pipeline: --set times=1.5: '1.5' is no whole number.",
        ),
        (
            ("--definition", "say.json", *OPTIONS, "--source", "."),
            "--source: the pipeline has no parameter `source`. Leave it out.",
        ),
        (
            ("--definition", "say.json", *OPTIONS, "--artifacts", "ftp://x"),
            "--artifacts: 'ftp://x' names no store. Give file:///FOLDER or s3://BUCKET/FOLDER.",
        ),
        (
            ("trainin",),
            "there is no pipeline 'trainin'. Did you mean 'training'? Use one of: inference, "
            "training.",
        ),
        (
            ("inference", "--date", "May", "--window", "7d"),
            "--window: the pipeline has no parameter `window`. Leave it out.\n"
            "pipeline: --date: 'May' is not a day. Write it as 2018-08-15.",
        ),
        (
            ("training", "--window", "last week"),
            "--window: the window 'last week' is unknown. Use all, incremental, or days such as "
            "28d.",
        ),
        (
            ("inference",),
            "--model: no model of fraud is registered. Train one: pipeline run training "
            "--use-case fraud",
        ),
        (
            ("inference", "--then", "training", "--from", "2018-08-15"),
            "--then and --from exclude each other. Run one after the other.",
        ),
        (
            ("inference", "--from", "2018-08-15", "--to", "2018-08-14"),
            "--from: 2018-08-15 is after 2018-08-14. Swap them.",
        ),
        (
            ("inference", "--to", "2018-08-14"),
            "--to needs the first day. Add --from DAY.",
        ),
    ],
)
def test_a_wrong_request_is_told_and_no_run_is_made(
    pipeline: Callable[..., Any],
    definition: Path,
    tmp_path: Path,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    (tmp_path / "broken.json").write_text("x")
    answer = pipeline("run", *arguments)
    assert (answer.code, answer.out, answer.err) == (2, "", f"pipeline: {message}\n")
    made = tmp_path / ".penstock"
    assert not (made / "runs").exists()
    assert not (made / "data").exists()


def test_ctrl_c_ends_with_a_line_that_says_what_was_done(definition: Path, tmp_path: Path) -> None:
    document = json.loads(definition.read_text())
    document["Steps"][1] = job("say", "import time; time.sleep(60)", DependsOn=["first"])
    definition.write_text(json.dumps(document))
    program = (
        "import signal, sys\n"
        "from dataclasses import replace\n"
        "from penstock.cli import executor, main\n"
        # A suite that runs in the background hands on that Ctrl-C is ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "machine = executor._machine\n"
        "executor._machine = lambda *given: replace(machine(*given), isolation='subprocess')\n"
        "sys.exit(main.main(sys.argv[1:]))\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", program, "run", "--definition", "say.json", *OPTIONS],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert running.stdout is not None
    lines = []
    while "  say: started\n" not in lines:
        lines.append(running.stdout.readline())
    time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=30)
    assert running.returncode == 1
    execution = lines[0].split()[1].rstrip(":")
    assert told.strip() == (
        "pipeline: interrupted: 1 of 3 steps are done (first); stopped: say. "
        f"Go on with: pipeline run --resume {execution}"
    )
