"""`pipeline compile`: what each target would receive."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

IR = """\
components:
  comp-echo:
    executorLabel: exec-echo
    inputDefinitions: {parameters: {text: {parameterType: STRING}}}
deploymentSpec:
  executors:
    exec-echo:
      container:
        image: penstock:0.1.0
        command: [echo]
        args: ["{{$.inputs.parameters['text']}}"]
pipelineInfo: {name: echoes}
root:
  dag:
    tasks:
      echo:
        componentRef: {name: comp-echo}
        inputs: {parameters: {text: {componentInputParameter: text}}}
        taskInfo: {name: echo}
  inputDefinitions: {parameters: {text: {defaultValue: hello, parameterType: STRING}}}
schemaVersion: 2.1.0
sdkVersion: kfp-2.17.0
---
platforms:
  sagemaker: {deploymentSpec: {executors: {exec-echo: {step: processing}}}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "echoes.yaml").write_text(IR)
    return tmp_path


def test_an_ir_becomes_a_definition_that_passes_check(pipeline, folder: Path) -> None:
    answer = pipeline("compile", "--from-ir", "echoes.yaml", "--output", "echoes.json")
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    definition = json.loads((folder / "echoes.json").read_text())
    assert [step["Name"] for step in definition["Steps"]] == ["echo"]
    assert pipeline("check", "echoes.json").out == ("echoes.json: SageMaker definition, in order\n")


def test_without_a_file_the_same_bytes_go_to_standard_output(pipeline, folder: Path) -> None:
    pipeline("compile", "--from-ir", "echoes.yaml", "--output", "echoes.json")
    answer = pipeline("compile", "--from-ir", "echoes.yaml")
    assert answer.out == (folder / "echoes.json").read_text()


def test_kubeflow_receives_neither_our_image_nor_settings_of_sagemaker(pipeline) -> None:
    arguments = ("--from-ir", "echoes.yaml", "--target", "kubeflow", "--task-image", "r/p@sha256:1")
    answer = pipeline("compile", *arguments)
    [document] = yaml.safe_load_all(answer.out)
    expected, _ = yaml.safe_load_all(IR)
    expected["deploymentSpec"]["executors"]["exec-echo"]["container"]["image"] = "r/p@sha256:1"
    assert document == expected


def test_the_ir_keeps_the_settings_of_every_platform(pipeline) -> None:
    answer = pipeline("compile", "--from-ir", "echoes.yaml", "--target", "ir")
    assert list(yaml.safe_load_all(answer.out)) == list(yaml.safe_load_all(IR))


def test_json_tells_digest_and_size(pipeline, folder: Path) -> None:
    answer = pipeline("compile", "--from-ir", "echoes.yaml", "--output", "echoes.json", "--json")
    content = (folder / "echoes.json").read_bytes()
    assert json.loads(answer.out) == {
        "target": "sagemaker",
        "output": "echoes.json",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "assets": [],
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give the name of a pipeline, or --from-ir FILE. See: pipeline compile --help"),
        (
            ("training", "--from-ir", "echoes.yaml"),
            "give the name of a pipeline or --from-ir FILE, not both. See: pipeline compile --help",
        ),
        (("--from-ir", "none.yaml"), "none.yaml: there is no such file. Check the path."),
        (("--from-ir", "."), ".: this is a folder. Name a file."),
        (
            ("--from-ir", "echoes.yaml", "--task-image", "x"),
            "--task-image: the image is a parameter of a SageMaker definition, not a part of it. "
            "Give it when the pipeline is started: --set Image=IMAGE.",
        ),
        (
            ("--from-ir", "echoes.yaml", "--output", "no/echoes.json"),
            "no: the folder does not exist. Make it, or choose another.",
        ),
    ],
)
def test_a_wrong_request_is_told_and_nothing_is_written(
    pipeline, folder: Path, arguments: tuple[str, ...], message: str
) -> None:
    answer = pipeline("compile", *arguments)
    assert (answer.code, answer.out, answer.err) == (2, "", f"pipeline: {message}\n")
    assert [entry.name for entry in folder.iterdir()] == ["echoes.yaml"]


def test_an_ir_that_is_no_yaml_names_the_line(pipeline, folder: Path) -> None:
    (folder / "broken.yaml").write_text("a: [\n")
    for target in ("sagemaker", "kubeflow"):
        answer = pipeline("compile", "--from-ir", "broken.yaml", "--target", target)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith(
            "pipeline: broken.yaml:2: it is not YAML: did not find expected node content."
        )


@pytest.mark.slow
@pytest.mark.parametrize("target", ["sagemaker", "kubeflow"])
def test_a_pipeline_of_the_project_compiles_to_the_same_bytes_everywhere(
    folder: Path, target: str
) -> None:
    outputs = set()
    for seed, place in (("0", folder), ("1", folder), ("2", Path(__file__).parents[2])):
        done = subprocess.run(
            [sys.executable, "-m", "penstock.cli", "compile", "training", "--target", target],
            cwd=place,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            check=True,
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1
