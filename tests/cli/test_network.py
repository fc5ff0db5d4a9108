"""Jobs in the network of an environment: `plan`, `upsert` and `start` against a moto server."""

import json
from pathlib import Path
from typing import Any

import pytest

from penstock.cli import compilation
from penstock.cli.project_settings import ProjectSettings

FILE = """\
environments:
  dev:
    account: "123456789012"
    region: us-east-1
    role: arn:aws:iam::123456789012:role/penstock
    artifacts: {bucket}
    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/penstock:1
    records: {table}
"""
NETWORK = """\
    subnets: [subnet-00000001, subnet-00000002]
    security_groups: [sg-00000001]
"""
DEV = ("--env", "dev")
OUTSIDE = (
    "pipeline: environments.yaml: dev names subnets, and jobs of fraud-training would run outside "
    "of them. Set `jobs-in-network = true` below [tool.penstock] in pyproject.toml, and compile or "
    "build the release again.\n"
)
NOWHERE = (
    "pipeline: environments.yaml: jobs of fraud-training run in a network, and dev names none. Add "
    "`subnets` and `security_groups` to dev.\n"
)


@pytest.fixture
def project(
    tmp_path: Path, s3_bucket: str, records_table: str, monkeypatch: pytest.MonkeyPatch
) -> Path:
    import boto3

    monkeypatch.chdir(tmp_path)
    client: Any = boto3.session.Session().client("sagemaker")
    for each in client.list_pipelines()["PipelineSummaries"]:
        client.delete_pipeline(PipelineName=each["PipelineName"], ClientRequestToken="0" * 32)
    text = FILE.format(bucket=s3_bucket, table=records_table)
    (tmp_path / "environments.yaml").write_text(text)
    return tmp_path


def in_network(monkeypatch: pytest.MonkeyPatch, *, set_to: bool) -> None:
    settings = ProjectSettings(set_to)
    for place in ("compilation", "project_settings"):
        monkeypatch.setattr(f"penstock.cli.{place}.project_settings", lambda _: settings)
    # Here, where the setting holds: a process of its own would read this project's file.
    compilation.compile_definition("training", "fraud")


def test_definition_and_environment_have_to_agree_on_the_network(
    project: Path, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    client: Any = boto3.session.Session().client("sagemaker")
    in_network(monkeypatch, set_to=True)
    for command in ("plan", "upsert"):
        answer = pipeline(command, "training", *DEV)
        assert (answer.code, answer.out, answer.err) == (2, "", NOWHERE)
    assert client.list_pipelines()["PipelineSummaries"] == []

    file = project / "environments.yaml"
    file.write_text(file.read_text() + NETWORK)
    assert pipeline("upsert", "training", *DEV).code == 0
    assert pipeline("plan", "training", *DEV).out.splitlines()[-1] == "Nothing to do."
    deployed = client.describe_pipeline(PipelineName="fraud-training")["PipelineDefinition"]
    assert deployed.count('{"Get":"Parameters.SubnetTwo"}') == 4

    started = pipeline("start", "fraud-training", *DEV, "--json")
    assert started.code == 0
    given = json.loads(started.out)["parameters"]
    assert {name: given[name] for name in list(given) if name.startswith("S")} == {
        "SubnetOne": "subnet-00000001",
        "SubnetTwo": "subnet-00000002",
        "SecurityGroup": "sg-00000001",
    }
    moved = file.read_text().replace("subnet-00000002", "subnet-00000003")
    file.write_text(moved)
    changed = pipeline("plan", "training", *DEV)
    assert "    SubnetTwo: subnet-00000002 → subnet-00000003" in changed.out.splitlines()

    file.write_text(moved.replace(NETWORK.replace("2]", "3]"), ""))
    answer = pipeline("start", "fraud-training", *DEV)
    assert (answer.code, answer.err) == (2, NOWHERE)


def test_no_job_runs_outside_of_the_subnets_that_an_environment_names(
    project: Path, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_network(monkeypatch, set_to=False)
    assert pipeline("upsert", "training", *DEV).code == 0
    file = project / "environments.yaml"
    file.write_text(file.read_text() + NETWORK)
    for command in (("plan", "training"), ("upsert", "training"), ("start", "fraud-training")):
        answer = pipeline(*command, *DEV)
        assert (answer.code, answer.out, answer.err) == (2, "", OUTSIDE)
