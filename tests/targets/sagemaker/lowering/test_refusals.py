"""What SageMaker has no equivalent of is refused, all of it at once, with place and remedy."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from penstock.errors import PortabilityError
from penstock.ir import Pipeline, read_ir
from penstock.targets.sagemaker.lowering import lower

SOURCE = Path(__file__).parent / "project" / "parts" / "pipelines.py"


def wired(text: str, last: bool = False) -> str:
    """Return the place of the line of `parts/pipelines.py` that holds a text."""
    lines = [n for n, line in enumerate(SOURCE.read_text().splitlines(), 1) if text in line]
    return f"parts/pipelines.py:{lines[-1 if last else 0]}"


def refusal(text: str) -> list[str]:
    with pytest.raises(PortabilityError) as caught:
        lower(read_ir(text, "p.yaml"))
    return [str(problem) for problem in caught.value.problems]


@pytest.fixture
def changed(compiled_text: Callable[[str], str]) -> Callable[[str, Callable[..., None]], str]:
    """Compile a pipeline and change its two documents."""

    def change(name: str, edit: Callable[..., None]) -> str:
        documents = [document for document in yaml.safe_load_all(compiled_text(name)) if document]
        if len(documents) == 1:
            documents.append({"platforms": {}})
        edit(*documents)
        return yaml.safe_dump_all(documents)

    return change


def executors(platforms: dict[str, Any]) -> Any:
    return platforms["platforms"]["sagemaker"]["deploymentSpec"]["executors"]


def test_every_wrong_setting_is_named_with_the_line_that_wires_its_task(
    changed: Callable[..., str],
) -> None:
    def edit(specification: Any, platforms: Any) -> None:
        executors(platforms)["exec-preprocess"].update(instance_typ="ml.m5.large", spot=True)
        executors(platforms)["exec-train"].update(
            spot=True,
            keep_alive_period_seconds=60.0,
            max_runtime_seconds=100.0,
            max_wait_seconds=50.0,
            volume_size_gb="big",
            metric_definitions=["auc"],
        )
        executors(platforms)["exec-fail"].update(spot=True)

    common = (
        "instance_type, instance_count, volume_size_gb, max_runtime_seconds, environment, tags, "
        "cache_expire_after, volume_kms_key, output_kms_key, subnets, security_groups, "
        "network_isolation, encrypt_traffic."
    )
    data, fitted = wired("data = preprocess"), wired("fitted = train")
    assert refusal(changed("gated", edit)) == [
        f"{data}: the setting `instance_typ` is unknown for a processing step. Did "
        f"you mean `instance_type`? Use one of: {common}",
        f"{data}: the setting `spot` is unknown for a processing step. Use one of: {common}",
        f"{fitted}: the setting `metric_definitions` is ['auc'], not a mapping of "
        'texts. Write it as `metric_definitions={"validation:auc": "auc=([0-9.]+)"}`.',
        f"{fitted}: the setting `volume_size_gb` is 'big', not a whole number. Correct "
        "`volume_size_gb`.",
        f"{fitted}: a warm pool (`keep_alive_period_seconds`) cannot hold spot "
        "instances. Remove `keep_alive_period_seconds` or `spot`.",
        f"{fitted}: `max_wait_seconds` (50) is shorter than `max_runtime_seconds` "
        "(100), which it includes. Raise `max_wait_seconds`.",
        f"{wired('fail(message')}: a `fail` step has no settings, and `spot` is set. "
        "Remove `spot`.",
    ]


def test_what_reads_values_of_a_training_step_is_refused_all_at_once(
    changed: Callable[..., str],
) -> None:
    def edit(specification: Any, platforms: Any) -> None:
        executors(platforms)["exec-evaluate"]["step"] = "training"

    value = (
        "is read by the pipeline itself, and only a processing step that runs Python gives it in a "
        "form that SageMaker can read. Return the value from a processing component."
    )
    register, end = wired("register("), wired("fail(message")
    assert refusal(changed("gated", edit)) == [
        f"{register}: `metrics` lies in the output archive of the training step `evaluate`, where "
        "a registration cannot refer to it. Write it in a processing component.",
        f"{end}: the output parameter `verdict` of `evaluate` {value}",
        f"{register}: the output parameter `passed` of `evaluate` {value}",
    ]


def test_a_setting_of_another_platform_is_refused_unless_it_only_places_the_pod(
    changed: Callable[..., str],
) -> None:
    def edit(specification: Any, platforms: Any) -> None:
        platforms["platforms"]["kubernetes"] = {
            "deploymentSpec": {
                "executors": {
                    "exec-shout": {
                        "secretAsEnv": [{"keyToEnv": [{"envVar": "KEY", "secretKey": "key"}]}],
                        "tolerations": [{"key": "gpu"}],
                    }
                }
            }
        }

    assert refusal(changed("lists", edit)) == [
        f"{wired('yes = shout')}: the task asks kubernetes for `secretAsEnv`, which SageMaker has "
        "not. Read the secret in the component, from AWS Secrets Manager."
    ]


def test_resources_that_no_instance_type_has_are_refused(changed: Callable[..., str]) -> None:
    def edit(specification: Any, platforms: Any) -> None:
        container = specification["deploymentSpec"]["executors"]["exec-evaluate"]["container"]
        container["resources"] = {"resourceCpuLimit": "500", "resourceMemoryLimit": "10G"}

    assert refusal(changed("gated", edit)) == [
        f"{wired('quality = evaluate')}: no known instance type has 500 cores, 10G of memory. "
        'Name one: `sagemaker={"instance_type": "ml..."}`.'
    ]


def test_a_parameter_with_a_reserved_name_is_refused(changed: Callable[..., str]) -> None:
    def edit(specification: Any, platforms: Any) -> None:
        given = specification["root"]["inputDefinitions"]["parameters"]
        given["Role"] = {"parameterType": "STRING", "defaultValue": "x"}

    assert refusal(changed("gated", edit)) == [
        "pipeline gated: the pipeline parameter `Role` has the name of a parameter of the "
        "environment. Rename it; reserved are "
        "ApprovalQueue, ArtifactRoot, CodeRoot, Image, Role."
    ]


def test_an_unescaped_quote_in_a_condition_is_refused(changed: Callable[..., str]) -> None:
    def edit(specification: Any, platforms: Any) -> None:
        tasks = specification["components"]["comp-condition-branches-1"]["dag"]["tasks"]
        tasks["condition-2"]["triggerPolicy"]["condition"] = (
            "inputs.parameter_values['pipelinechannel--preprocess-rows'] == 'it's'"
        )

    text = changed("lists", edit)
    with pytest.raises(Exception, match="cannot be read at `'`"):
        lower(read_ir(text, "p.yaml"))


def test_tasks_that_must_share_a_job_must_share_an_image(changed: Callable[..., str]) -> None:
    def edit(specification: Any, platforms: Any) -> None:
        component = specification["components"]["comp-for-loop-1"]["dag"]["tasks"]
        component["shouted"] = {**component["longer"], "componentRef": {"name": "comp-shouted"}}
        specification["components"]["comp-shouted"] = {
            **specification["components"]["comp-longer"],
            "executorLabel": "exec-shouted",
        }
        run = specification["deploymentSpec"]["executors"]
        run["exec-shouted"] = {"container": {**run["exec-longer"]["container"], "image": "other:1"}}

    assert refusal(changed("foreign", edit)) == [
        "pipeline foreign: the tasks `for-loop-1` would have to run in one job, because the loop's "
        "length is known only when the pipeline runs, and they use 2 images: other:1, python:3.11. "
        "Use one image for them, or decide in a component."
    ]


def test_a_pipeline_without_a_task_is_refused(ir_of: Callable[[str], Pipeline]) -> None:
    pipeline = ir_of("exits")
    empty = dataclasses.replace(pipeline, root=dataclasses.replace(pipeline.root, tasks={}))
    with pytest.raises(PortabilityError) as caught:
        lower(empty, source="exits.yaml")
    assert str(caught.value) == "exits.yaml: it has no step. Add a task."


def test_too_many_inputs_are_refused_with_their_number(changed: Callable[..., str]) -> None:
    def edit(specification: Any, platforms: Any) -> None:
        given = specification["root"]["inputDefinitions"]["parameters"]
        given["words"]["defaultValue"] = [f"word {number}" for number in range(12)]

    assert refusal(changed("unrolled", edit)) == [
        f"{wired('count(words')}: it has 12 inputs (artifacts, and one for each step whose output "
        "values it reads); SageMaker allows 10. Gather them in a component before, or read fewer."
    ]
