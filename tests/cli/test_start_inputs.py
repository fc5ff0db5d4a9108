"""What a start of a pipeline of the project settles, by the registry of the environment."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_definitions import ROLE, wait

pytestmark = pytest.mark.usefixtures("in_dev")

COMMIT = "0123456789" * 4


@pytest.fixture
def deployed(sagemaker: Any) -> Iterator[Callable[[str, str], str]]:
    """Deploy a pipeline of the project as an upsert does."""
    from penstock.cli.compilation import compile_definition

    names = []

    def deploy(name: str, use_case: str) -> str:
        compiled = compile_definition(name, use_case)
        sagemaker.create_pipeline(
            PipelineName=compiled.name,
            PipelineDefinition=compiled.definition_json,
            RoleArn=ROLE,
            Tags=[{"Key": "penstock:commit", "Value": f"{COMMIT}-dirty"}],
        )
        names.append(compiled.name)
        return compiled.definition_json

    yield deploy
    for name in names:
        executions = sagemaker.list_pipeline_executions(PipelineName=name)
        for each in executions["PipelineExecutionSummaries"]:
            arn = each["PipelineExecutionArn"]
            if each["PipelineExecutionStatus"] == "Executing":
                sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
            wait(sagemaker, arn)
        sagemaker.delete_pipeline(PipelineName=name)


def test_a_training_is_told_its_rows_its_champion_and_where_it_comes_from(
    pipeline: Callable[..., Any],
    deployed: Callable[[str, str], str],
    client_of: Callable[..., Any],
    sagemaker: Any,
) -> None:
    from penstock.cli.run_facts import definition_digest

    text = deployed("training", "wine")
    Path("approvals.yaml").write_text("stages:\n  - name: dev\n")
    words = ("--env", "dev", "--use-case", "wine", "--reason", "drift")
    answer = pipeline("start", "training", *words, "--json")
    assert answer.code == 0, answer.out
    given = json.loads(answer.out)["parameters"]
    source = given.pop("source")
    assert given == {
        "champion": "",
        "champion_version": "",
        "champion_evidence": "",
        "started_by": "arn:aws:iam::111111111111:user/sandbox",
        "reason": "drift",
        "code": f"{COMMIT} dirty",
        "definition": definition_digest(text),
        "Image": "444444444444.dkr.ecr.eu-west-1.amazonaws.com/penstock:dev",
        "Role": ROLE,
        "ArtifactRoot": "s3://penstock-dev-artifacts",
        "CodeRoot": "s3://penstock-dev-artifacts/code",
    }
    bucket, _, prefix = source.removeprefix("s3://").partition("/")
    found = client_of("s3").list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/")
    assert found["KeyCount"] > 0
    again = pipeline("start", "training", *words, "--token", "x")
    assert again.err == f"note: the rows are generated ones, at {source}\n"
    older = text.replace('"ml.m5.large"', '"ml.m5.xlarge"')
    assert older != text
    sagemaker.update_pipeline(PipelineName="wine-training", PipelineDefinition=older)
    changed = pipeline("start", "training", *words, "--token", "x")
    assert changed.err == (
        "note: this work tree holds another definition than is deployed\n"
        f"note: the rows are generated ones, at {source}\n"
    )


def test_a_source_that_jobs_cannot_reach_is_refused(
    pipeline: Callable[..., Any], deployed: Callable[[str, str], str]
) -> None:
    deployed("training", "wine")
    Path("rows").mkdir()
    words = ("start", "training", "--env", "dev", "--use-case", "wine")
    answer = pipeline(*words, "--source", "rows")
    assert (answer.code, answer.err) == (
        2,
        "pipeline: --source: jobs in an account cannot read rows, which is on this machine. "
        "Upload it, and name its address: --source s3://...\n",
    )


def test_a_trial_does_not_write_where_the_environment_s_decisions_go(
    pipeline: Callable[..., Any], deployed: Callable[[str, str], str]
) -> None:
    deployed("inference", "wine")
    file = Path("environments.yaml")
    sinks = 'sinks: {wine: ["s3://decisions/wine"]}'
    file.write_text(file.read_text().replace("  dev:\n", f"  dev:\n    {sinks}\n"))
    words = ("start", "inference", "--env", "dev", "--use-case", "wine", "--trial")
    given = ("--source", "s3://bucket/rows", "--set", "model=s3://bucket/model")
    answer = pipeline(*words, *given, "--set", 'sinks=["s3://decisions/wine/"]')
    assert (answer.code, answer.err) == (
        2,
        "pipeline: --set sinks: a trial does not write to the use case's sink "
        "s3://decisions/wine. Name another place, or leave it out.\n",
    )


def test_an_inference_takes_what_is_approved_in_the_environment_and_nothing_else(
    pipeline: Callable[..., Any], deployed: Callable[[str, str], str]
) -> None:
    deployed("inference", "fraud")
    Path("approvals.yaml").write_text("stages:\n  - name: dev\n")
    answer = pipeline("start", "inference", "--env", "dev", "--source", "s3://bucket/rows")
    assert (answer.code, answer.err) == (
        2,
        "pipeline: --model: no model of fraud is registered. "
        "Train one: pipeline run training --use-case fraud\n",
    )
    settings = [
        f"--set={name}=x" for name in ("model", "model_version", "model_digest", "source", "sinks")
    ]
    answer = pipeline("start", "fraud-inference", "--env", "dev", *settings)
    assert answer.code == 2
    assert answer.err.startswith(
        "pipeline: fraud-inference: this definition publishes decisions, and x with the digest x "
        "is not what is approved at dev."
    )
