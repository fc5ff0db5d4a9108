from pathlib import Path

import pytest

from penstock.errors import DefinitionError
from penstock.ir import read_ir
from penstock.ir.pipeline import Constant, Container, FromInput, FromTask, Importer, OutputOf
from penstock.ir.types import ParameterType

AGAIN = "Compile the pipeline again with KFP 2."
COMPILE = "Compile it with `pipeline compile NAME --target kubeflow` or with KFP's own compiler."

SMALL = """
pipelineInfo: {name: small}
schemaVersion: 2.1.0
root:
  outputDefinitions: {parameters: {score: {parameterType: NUMBER_DOUBLE}}}
  inputDefinitions:
    parameters:
      rounds: {parameterType: NUMBER_INTEGER, defaultValue: 5.0}
      rate: {parameterType: NUMBER_DOUBLE, defaultValue: 2.0}
      sizes: {parameterType: LIST, defaultValue: [1.0, 2.5, {deep: 3.0}]}
      note: {parameterType: STRING, isOptional: true}
  dag:
    tasks:
      load:
        componentRef: {name: comp-load}
      train:
        componentRef: {name: comp-train}
        dependentTasks: [load]
        cachingOptions: {enableCache: true}
        inputs:
          parameters:
            rounds: {componentInputParameter: rounds}
            depth: {runtimeValue: {constant: 7.0}}
          artifacts:
            rows: {taskOutputArtifact: {producerTask: load, outputArtifactKey: artifact}}
    outputs:
      parameters:
        score: {valueFromParameter: {producerSubtask: train, outputParameterKey: score}}
components:
  comp-load:
    executorLabel: exec-load
    outputDefinitions: {artifacts: {artifact: {artifactType: {schemaTitle: system.Dataset}}}}
  comp-train:
    executorLabel: exec-train
    outputDefinitions: {parameters: {score: {parameterType: NUMBER_DOUBLE}}}
deploymentSpec:
  executors:
    exec-load:
      importer:
        artifactUri: {constant: 's3://bucket/rows'}
        typeSchema: {schemaTitle: system.Dataset}
    exec-train:
      container:
        image: python:3.11
        command: [python, -m, train]
        resources: {cpuLimit: 2.0, memoryLimit: 4.0}
"""


def test_whole_numbers_are_integers_again_where_the_type_says_so() -> None:
    given = read_ir(SMALL).interface.input_parameters
    assert (given["rounds"].default, type(given["rounds"].default)) == (5, int)
    assert (given["rate"].default, type(given["rate"].default)) == (2.0, float)
    assert repr(given["sizes"].default) == "[1, 2.5, {'deep': 3}]"
    assert (given["note"].optional, given["note"].has_default) == (True, False)
    assert given["note"].kind is ParameterType.STRING


def test_tasks_components_and_executors_are_typed() -> None:
    pipeline = read_ir(SMALL)
    train = pipeline.root.tasks["train"]
    assert train.parameters == {"rounds": FromInput("rounds"), "depth": Constant(7)}
    assert train.artifacts == {"rows": FromTask("load", "artifact")}
    assert (train.after, train.cached, train.runs_always) == (("load",), True, False)
    assert pipeline.root.output_parameters["score"].sources == (OutputOf("train", "score"),)
    load = pipeline.executors["exec-load"]
    assert isinstance(load, Importer)
    assert (load.uri, load.schema_title) == (Constant("s3://bucket/rows"), "system.Dataset")
    run = pipeline.executors["exec-train"]
    assert isinstance(run, Container)
    assert (run.resources.cpu, run.resources.memory) == ("2", "4G")


def test_the_second_document_holds_the_settings_of_platforms() -> None:
    executors = "{exec-train: {step: training}}"
    second = f"---\nplatforms: {{sagemaker: {{deploymentSpec: {{executors: {executors}}}}}}}"
    assert read_ir(SMALL + second).platforms == {"sagemaker": {"exec-train": {"step": "training"}}}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_ir(tmp_path / "none.yaml", "none.yaml")
    assert str(caught.value) == (
        "none.yaml: there is no such file. Give the path of a compiled pipeline."
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f"p.yaml: it is empty. {COMPILE}"),
        ("# nothing\n", f"p.yaml: it is empty. {COMPILE}"),
        ("a: [1\nb: 2", f"p.yaml:2: it is not YAML: did not find expected ',' or ']'. {COMPILE}"),
        ("- 1", f"p.yaml: it holds a list, not a compiled pipeline. {AGAIN}"),
        ("just words", f"p.yaml: it holds a text, not a compiled pipeline. {AGAIN}"),
        (
            "Version: 2020-12-01",
            "p.yaml: it is no compiled KFP 2 pipeline: it has no `root`, `pipelineInfo`, "
            f"`schemaVersion`. {AGAIN}",
        ),
        (
            "{root: {}, pipelineInfo: {name: x}, schemaVersion: 2.1.0}",
            f"p.yaml: its `root` has no `dag`. {AGAIN}",
        ),
        (
            "{root: 3, pipelineInfo: {name: x}, schemaVersion: 2.1.0}",
            f"p.yaml: `root` is no mapping. {AGAIN}",
        ),
        (
            SMALL.replace("dependentTasks: [load]", "dependentTasks: [gone]"),
            f"p.yaml: task `train` of `root` comes after `gone`, which is not there. {AGAIN}",
        ),
        (
            SMALL.replace("  comp-train:\n", "  other:\n"),
            "p.yaml: task `train` of `root` names the component `comp-train`, which is not there. "
            f"{AGAIN}",
        ),
        (
            SMALL.replace("executorLabel: exec-train", "executorLabel: exec-gone"),
            "p.yaml: component `comp-train` names the executor `exec-gone`, which is not there. "
            f"{AGAIN}",
        ),
        (
            SMALL.replace("outputArtifactKey: artifact", "outputArtifactKey: rows"),
            "p.yaml: task `train` of `root` reads the output `rows` of `load`, which declares none "
            f"such. {AGAIN}",
        ),
        (
            SMALL.replace(
                "  comp-train:\n    executorLabel: exec-train",
                "  comp-train:\n    dag: {tasks: {again: {componentRef: {name: comp-train}}}}",
            ),
            f"p.yaml: component `comp-train` holds itself. {AGAIN}",
        ),
        (
            SMALL.replace(
                "parameterType: NUMBER_DOUBLE, defaultValue", "parameterType: COMPLEX, defaultValue"
            ),
            "p.yaml: `root.inputDefinitions.parameters.rate` has the parameter type `COMPLEX`. "
            "Compile the pipeline again with KFP 2; the types are STRING, NUMBER_INTEGER, "
            "NUMBER_DOUBLE, BOOLEAN, LIST, STRUCT, TASK_FINAL_STATUS, TASK_CONFIG.",
        ),
        (
            "a: 1\n---\nb: 2\n---\nc: 3",
            "p.yaml: it holds 3 documents; a compiled pipeline has one, or two with the settings "
            f"of its platforms. {COMPILE}",
        ),
    ],
)
def test_a_text_that_is_no_compiled_pipeline_is_refused(text: str, message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_ir(text, "p.yaml")
    assert str(caught.value) == message
