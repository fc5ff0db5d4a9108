import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import penstock.container

SUM = (
    "import json, os, sys\n"
    "numbers = json.loads(sys.argv[1])\n"
    "os.makedirs(os.path.dirname(sys.argv[2]), exist_ok=True)\n"
    "open(sys.argv[2], 'w').write(str(sum(numbers)))\n"
    "open(sys.argv[3], 'w').write('rows')\n"
)
TASK = {
    "command": ["python3", "-c", SUM],
    "arguments": [
        "{{$.inputs.parameters['numbers']}}",
        "{{$.outputs.parameters['sum'].output_file}}",
        "{{$.outputs.artifacts['rows'].path}}",
    ],
}
DECLARED = ("--output", "rows:system.Dataset", "--returns", "sum:integer", "--task", "code")


def test_a_command_gets_its_placeholders_and_leaves_typed_values(job: Any) -> None:
    job.put("processing/input/code/task.json", TASK)
    job.put("processing/input/code/constants.json", {"numbers": [1, 2, 3]})
    assert job.run("processing", *DECLARED) == (0, "")
    assert job.read("processing/output/parameters/parameters.json") == {"sum": 6}
    assert job.read("processing/output/rows/data") == "rows"


def test_the_shipped_adapter_needs_no_package_at_all(job: Any) -> None:
    code = job.root / "processing" / "input" / "code"
    package = code / "penstock" / "container"
    shutil.copytree(
        Path(penstock.container.__file__).parent,
        package,
        ignore=shutil.ignore_patterns(
            "own_component.py", "plain_training.py", "__main__.py", "__pycache__"
        ),
    )
    (code / "penstock" / "__init__.py").touch()
    job.put(
        "processing/input/code/run.py",
        "import sys\nfrom penstock.container.adapter import main\nsys.exit(main(sys.argv[1:]))\n",
    )
    job.put("processing/input/code/task.json", TASK)
    job.put("processing/input/code/constants.json", {"numbers": [4]})
    ended = subprocess.run(
        [sys.executable, "-S", "-E", str(code / "run.py"), "processing", *DECLARED],
        env={"PATH": os.environ["PATH"], "PENSTOCK_ML_ROOT": str(job.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert job.read("processing/output/parameters/parameters.json") == {"sum": 4}


def test_a_failed_command_ends_the_job_with_its_exit_code(job: Any) -> None:
    job.put(
        "processing/input/code/task.json",
        {"command": ["sh", "-c", "exit 7"], "arguments": []},
    )
    job.put("processing/input/code/constants.json", {})
    assert job.run("processing", "--task", "code") == (7, "`sh` ended with exit code 7.\n")
    assert job.read("output/message") == "`sh` ended with exit code 7."


def test_a_task_that_retries_runs_again_after_a_failure(job: Any, tmp_path: Path) -> None:
    script = f"echo x >> {tmp_path}/tries; [ $(wc -l < {tmp_path}/tries) -ge 3 ]"
    retry = {"attempts": 2, "seconds": 0, "factor": 2, "most_seconds": 1}
    job.put(
        "processing/input/code/task.json",
        {"command": ["sh", "-c", script], "arguments": [], "retry": retry},
    )
    job.put("processing/input/code/constants.json", {})
    code, errors = job.run("processing", "--task", "code")
    assert code == 0
    assert errors.splitlines() == [
        "attempt 1 failed: `sh` ended with exit code 1.",
        "attempt 2 failed: `sh` ended with exit code 1.",
    ]


def test_a_missing_program_is_named(job: Any) -> None:
    job.put("processing/input/code/task.json", {"command": ["no-such-program"], "arguments": []})
    job.put("processing/input/code/constants.json", {})
    assert job.run("processing", "--task", "code") == (
        1,
        "the image has no program `no-such-program`.\n",
    )


def _component(script: str, **interface: Any) -> dict[str, Any]:
    empty = {"defaults": {}, "inputs": {}, "artifacts": [], "returns": {}, "outputs": {}}
    return {
        "interface": {**empty, **interface},
        "container": {"command": ["sh", "-ec", script], "arguments": [], "environment": {}},
    }


def _task(name: str, **members: Any) -> dict[str, Any]:
    empty = {"parameters": {}, "artifacts": {}, "after": [], "always": False}
    return {"name": name, "component": name, **empty, **members}


UPPER = (
    "printf %s '{{$.inputs.parameters['word']}}' | tr a-z A-Z "
    "> {{$.outputs.parameters['out'].output_file}}; echo x > {{$.outputs.artifacts['rows'].path}}"
)


def test_a_bundle_runs_its_loop_over_a_list_known_only_now(job: Any) -> None:
    loop = {"items": None, "items_input": "words", "item_input": "word", "artifacts": False}
    bundle = {
        "tasks": [_task("upper", parameters={"words": {"input": "given", "path": []}}, loop=loop)],
        "components": {
            "upper": _component(
                UPPER,
                inputs={"word": "string"},
                returns={"out": "string"},
                outputs={"rows": "system.Dataset"},
            )
        },
        "outputs": {
            "all": {"task": "upper", "output": "out", "artifact": False},
            "files": {"task": "upper", "output": "rows", "artifact": True},
        },
    }
    job.put("processing/input/code/bundle.json", bundle)
    job.put("processing/input/code/constants.json", {})
    code, _ = job.run(
        "processing", "--list", 'given=["a", "b"]', "--task", "code",
        "--output", "files:system.Dataset[]", "--returns", "all:list",
    )  # fmt: skip
    assert code == 0
    assert job.read("processing/output/parameters/parameters.json") == {"all": ["A", "B"]}
    assert job.read("processing/output/files/data/1/data") == "x\n"
    assert job.read("processing/output/files/data/1/artifact.json")["payload"] == "data"


def test_a_bundle_tells_an_exit_task_how_the_tasks_before_it_ended(
    job: Any, tmp_path: Path
) -> None:
    bundle = {
        "tasks": [
            _task("work"),
            _task("never", after=["work"]),
            _task("last", after=["work"], always=True, parameters={"status": {"status": "work"}}),
        ],
        "components": {
            "work": _component("exit 3"),
            "never": _component(f"touch {tmp_path}/never"),
            "last": _component(
                f"printf %s '{{{{$.inputs.parameters['status']}}}}' > {tmp_path}/status",
                inputs={"status": "struct"},
            ),
        },
        "outputs": {},
    }
    job.put("processing/input/code/bundle.json", bundle)
    job.put("processing/input/code/constants.json", {})
    code, errors = job.run("processing", "--task", "code")
    assert code == 1
    assert errors.splitlines()[-1] == "work: `sh` ended with exit code 3."
    assert json.loads((tmp_path / "status").read_text()) == {
        "state": "FAILED",
        "pipelineTaskName": "work",
        "pipelineJobResourceName": "",
        "error": {"code": 1, "message": "`sh` ended with exit code 3."},
    }
    assert not (tmp_path / "never").exists()


def test_a_bundle_decides_conditions_and_takes_the_branch_that_ran(job: Any) -> None:
    def branch(name: str, condition: list[Any]) -> dict[str, Any]:
        return _task(name, condition=condition, parameters={"n": {"input": "n", "path": []}})

    small = ["<", ["cast", "int", ["input", "n"]], ["given", 10]]
    group = {
        "interface": {**_component("")["interface"], "returns": {"out": "string"}},
        "graph": {
            "tasks": [branch("small", small), branch("large", ["!", small])],
            "output_parameters": {"out": [["small", "out"], ["large", "out"]]},
            "output_artifacts": {},
        },
    }
    out = {"inputs": {"n": "integer"}, "returns": {"out": "string"}}
    target = "> {{$.outputs.parameters['out'].output_file}}"
    bundle = {
        "tasks": [_task("group", parameters={"n": {"input": "n", "path": []}})],
        "components": {
            "group": {**group, "interface": {**group["interface"], "inputs": {"n": "integer"}}},
            "small": _component(f"printf small {target}", **out),
            "large": _component(f"printf large {target}", **out),
        },
        "outputs": {"chosen": {"task": "group", "output": "out", "artifact": False}},
    }
    job.put("processing/input/code/bundle.json", bundle)
    job.put("processing/input/code/constants.json", {})
    code, _ = job.run(
        "processing", "--integer", "n=12", "--task", "code", "--returns", "chosen:string"
    )
    assert code == 0
    assert job.read("processing/output/parameters/parameters.json") == {"chosen": "large"}
