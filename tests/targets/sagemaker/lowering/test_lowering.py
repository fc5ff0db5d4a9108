import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from penstock.ir import Pipeline, read_ir
from penstock.ir.pipeline import Resources
from penstock.targets.sagemaker.instance_types import smallest_instance_type
from penstock.targets.sagemaker.lowering import Lowered, lower
from penstock.targets.sagemaker.naming import step_names


def step(lowered: Lowered, name: str) -> dict[str, Any]:
    waiting = list(lowered.definition["Steps"])
    while waiting:
        found = waiting.pop()
        if found["Name"] == name:
            return dict(found)
        waiting += found["Arguments"].get("IfSteps", []) + found["Arguments"].get("ElseSteps", [])
    raise LookupError(name)


def test_every_task_of_a_gated_training_gets_its_native_step(
    lowered: Callable[[str], Lowered],
) -> None:
    steps = {s["Name"]: s["Type"] for s in lowered("gated").definition["Steps"]}
    assert steps == {
        "preprocess": "Processing",
        "train": "Training",
        "evaluate": "Processing",
        "condition-branches-1": "Condition",
    }
    branches = step(lowered("gated"), "condition-branches-1")["Arguments"]
    assert [s["Type"] for s in branches["IfSteps"]] == ["RegisterModel"]
    assert [s["Type"] for s in branches["ElseSteps"]] == ["Fail"]


def test_the_fail_message_joins_text_and_the_output_that_it_names(
    lowered: Callable[[str], Lowered],
) -> None:
    assert step(lowered("gated"), "fail")["Arguments"]["ErrorMessage"] == {
        "Std:Join": {
            "On": "",
            "Values": [
                "the gate is not met: ",
                {
                    "Std:JsonGet": {
                        "PropertyFile": {"Get": "Steps.evaluate.PropertyFiles.parameters"},
                        "Path": "verdict",
                    }
                },
            ],
        }
    }


def test_the_execution_id_stands_in_outputs_alone(lowered: Callable[[str], Lowered]) -> None:
    for name in ("gated", "configured", "unrolled", "foreign"):
        for body in lowered(name).definition["Steps"]:
            arguments = body["Arguments"]
            cached = json.dumps(
                [
                    arguments.get(key)
                    for key in (
                        "AppSpecification",
                        "AlgorithmSpecification",
                        "ProcessingInputs",
                        "InputDataConfig",
                        "HyperParameters",
                        "Environment",
                        "CheckpointConfig",
                    )
                ]
            )
            assert "PipelineExecutionId" not in cached


def test_an_integer_parameter_in_a_text_goes_through_a_join(
    lowered: Callable[[str], Lowered],
) -> None:
    hyperparameters = step(lowered("gated"), "train")["Arguments"]["HyperParameters"]
    assert hyperparameters == {
        "rounds": {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.rounds"}]}}
    }


def test_a_loop_over_a_parameter_fixes_its_default_and_says_so(
    lowered: Callable[[str], Lowered],
) -> None:
    offered = [parameter["Name"] for parameter in lowered("unrolled").definition["Parameters"]]
    assert offered == ["Image", "Role", "ArtifactRoot", "CodeRoot", "text"]
    assert [str(note) for note in lowered("unrolled").notes] == [
        "pipeline unrolled: the parameter `words` decides which steps there are, so its default "
        '["one", "two"] is fixed and the definition does not offer it. Compile again with another '
        "default to change it."
    ]


def test_a_limit_on_parallel_runs_puts_them_one_after_another(
    lowered: Callable[[str], Lowered],
) -> None:
    assert step(lowered("unrolled"), "for-loop-3-1-shout-2")["DependsOn"] == [
        "for-loop-3-0-shout-2"
    ]


def test_a_loop_over_an_output_runs_in_one_job_and_says_so(
    lowered: Callable[[str], Lowered],
) -> None:
    assert [str(note) for note in lowered("foreign").notes] == [
        "pipeline foreign: the task `for-loop-1` runs as one job, because the loop's length is "
        "known only when the pipeline runs."
    ]


def test_a_reader_of_oneof_stands_once_in_each_branch(lowered: Callable[[str], Lowered]) -> None:
    branches = step(lowered("lists"), "condition-branches-1")["Arguments"]
    assert [s["Name"] for s in branches["IfSteps"]] == ["shout", "shout-3-condition-2"]
    assert [s["Name"] for s in branches["ElseSteps"]] == ["shout-2", "shout-3-condition-3"]


def test_a_nested_condition_decides_all_conditions_around_it(
    lowered: Callable[[str], Lowered],
) -> None:
    inner = step(lowered("nested"), "condition-2")
    assert [c["Type"] for c in inner["Arguments"]["Conditions"]] == [
        "Equals",
        "GreaterThanOrEqualTo",
    ]
    assert all(s["Type"] != "Condition" for s in inner["Arguments"]["IfSteps"])


def test_an_exit_task_waits_for_any_end(lowered: Callable[[str], Lowered]) -> None:
    assert step(lowered("exits"), "announce")["DependsOn"] == [
        {"Step": "announce-2", "Trigger": "Any"}
    ]


def test_retries_caching_spot_and_the_rest_become_native_settings(
    lowered: Callable[[str], Lowered],
) -> None:
    first = step(lowered("configured"), "preprocess")
    assert first["CacheConfig"] == {"Enabled": True, "ExpireAfter": "P30D"}
    assert [(p["ExceptionType"], p["MaxAttempts"]) for p in first["RetryPolicies"]] == [
        (["Step.SERVICE_FAULT", "Step.THROTTLING"], 3),
        (
            [
                "SageMaker.CAPACITY_ERROR",
                "SageMaker.JOB_INTERNAL_ERROR",
                "SageMaker.RESOURCE_LIMIT",
            ],
            3,
        ),
    ]
    assert first["Arguments"]["Environment"] == {"LEVEL": "2"}
    assert first["Arguments"]["Tags"] == [{"Key": "team", "Value": "x"}]
    fitted = step(lowered("configured"), "train")["Arguments"]
    assert fitted["EnableManagedSpotTraining"] is True
    assert fitted["StoppingCondition"] == {
        "MaxRuntimeInSeconds": 3600,
        "MaxWaitTimeInSeconds": 7200,
    }
    assert fitted["CheckpointConfig"]["LocalPath"] == "/opt/ml/checkpoints"
    assert fitted["ResourceConfig"]["InstanceType"] == "ml.c6i.2xlarge"
    assert fitted["AlgorithmSpecification"]["MetricDefinitions"] == [
        {"Name": "auc", "Regex": "auc=([0-9.]+)"}
    ]
    assert step(lowered("configured"), "shout")["DependsOn"] == ["train"]


def test_a_task_that_is_not_cached_has_no_cache(lowered: Callable[[str], Lowered]) -> None:
    assert "CacheConfig" not in step(lowered("gated"), "evaluate")


def test_a_value_too_long_for_an_argument_travels_as_a_file(
    compiled_text: Callable[[str], str],
) -> None:
    documents = list(yaml.safe_load_all(compiled_text("nested")))
    task = documents[0]["root"]["dag"]["tasks"]["preprocess"]
    task["inputs"]["parameters"]["source"]["runtimeValue"]["constant"] = "word " * 100
    found = lower(read_ir(yaml.safe_dump_all(documents), "p"))
    arguments = step(found, "preprocess")["Arguments"]
    assert arguments["AppSpecification"]["ContainerArguments"][-2:] == ["--constants", "constants"]
    assert [asset.key.split("/")[1] for asset in found.assets] == ["constants.json"]
    assert json.loads(found.assets[0].content) == {"source": "word " * 100}
    assert arguments["ProcessingInputs"][0]["S3Input"]["S3Uri"]["Std:Join"]["Values"] == [
        {"Get": "Parameters.CodeRoot"},
        found.assets[0].key.split("/")[0],
    ]


def test_lowering_twice_gives_equal_results(ir_of: Callable[[str], Pipeline]) -> None:
    assert lower(ir_of("gated")) == lower(ir_of("gated"))


@pytest.mark.parametrize(
    ("resources", "name"),
    [
        (Resources(), "ml.m5.large"),
        (Resources(cpu="4", memory="10G"), "ml.m5.xlarge"),
        (Resources(cpu="500m", memory="12Gi"), "ml.r5.large"),
        (Resources(cpu="16", memory="64G"), "ml.m5.4xlarge"),
        (Resources(accelerator_type="nvidia.com/gpu", accelerator_count="1"), "ml.g4dn.xlarge"),
        (Resources(accelerator_type="NVIDIA_TESLA_V100", accelerator_count="4"), "ml.p3.8xlarge"),
    ],
)
def test_the_smallest_fitting_instance_type_is_taken(resources: Resources, name: str) -> None:
    assert smallest_instance_type(resources, "") == name


def test_step_names_are_unique_and_fit() -> None:
    paths = ["a/train", "b/train", "preprocess", "x" * 90, "x" * 90 + "y", "Train", "größe"]
    names = step_names(paths)
    assert [names[path] for path in paths[:3]] == ["a-train", "b-train", "preprocess"]
    assert len({name.lower() for name in names.values()}) == len(paths)
    assert all(0 < len(name) <= 64 and name.isascii() for name in names.values())
