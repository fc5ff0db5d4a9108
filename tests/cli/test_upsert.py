"""`pipeline plan`, `upsert` and `delete` against a moto server: what is said, and exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
FILE = """\
environments:
  dev:
    account: "123456789012"
    region: us-east-1
    role: arn:aws:iam::123456789012:role/penstock
    artifacts: {bucket}
    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/penstock:1
    records: {table}
  dev-other:
    account: "222222222222"
    region: us-east-1
    role: arn:aws:iam::222222222222:role/penstock
    artifacts: {bucket}-other
    image: penstock:1
    records: {table}
  pre-prod:
    account: "123456789012"
    region: us-east-1
    role: arn:aws:iam::123456789012:role/penstock
    artifacts: {bucket}
    image: penstock@sha256:{digest}
    records: {table}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands run; compilations are kept there."""
    return tmp_path_factory.mktemp("project")


@pytest.fixture
def project(
    folder: Path, s3_bucket: str, records_table: str, monkeypatch: pytest.MonkeyPatch
) -> Path:
    import boto3

    monkeypatch.chdir(folder)
    text = FILE.format(bucket=s3_bucket, table=records_table, digest="0" * 64)
    (folder / "environments.yaml").write_text(text)
    client: Any = boto3.session.Session().client("sagemaker")
    for page in client.get_paginator("list_pipelines").paginate():
        for each in page["PipelineSummaries"]:
            client.delete_pipeline(PipelineName=each["PipelineName"], ClientRequestToken="0" * 32)
    return folder


DEV = ("--env", "dev")


def test_plan_upsert_and_plan_again(project: Path, pipeline: Any) -> None:
    before = pipeline("plan", "training", *DEV)
    assert before.code == 2
    lines = before.out.splitlines()
    assert lines[:2] == [
        "fraud-training in dev (123456789012, us-east-1)",
        "  there now  nothing yet",
    ]
    assert lines[2].startswith("  wanted     commit ")
    assert lines[3:] == [
        "",
        "steps",
        "  + preprocess (Processing)",
        "  + train (Training)",
        "  + evaluate (Processing)",
        "  + condition-branches-1 (Condition)",
        "  + evidence (Processing)",
        "  + register (RegisterModel)",
        "  + fail (Fail)",
        "",
        "cost       not known before an execution succeeded there (1 x ml.m5.large)",
        "",
        "It would be created, with 7 steps.",
    ]
    done = pipeline("upsert", "training", *DEV)
    assert (done.code, done.err) == (0, "")
    first, arn = done.out.splitlines()
    assert first.startswith("fraud-training: created as version 1 from commit ")
    assert arn == "  arn:aws:sagemaker:us-east-1:123456789012:pipeline/fraud-training"
    after = pipeline("plan", "training", *DEV)
    assert (after.code, after.out.splitlines()[-1]) == (0, "Nothing to do.")
    again = pipeline("upsert", "training", *DEV)
    assert again.out.startswith("fraud-training: nothing to do; version 1 is there, commit ")


def test_without_names_all_pipelines_of_the_project_are_meant(project: Path, pipeline: Any) -> None:
    found = json.loads(pipeline("upsert", *DEV, "--json").out)
    assert [(each["pipeline"], each["done"]) for each in found["pipelines"]] == [
        ("fraud-inference", "created"),
        ("fraud-training", "created"),
    ]
    plans = json.loads(pipeline("plan", *DEV, "--json").out)["plans"]
    assert [(each["pipeline"], each["empty"], each["drift"]) for each in plans] == [
        ("fraud-inference", True, ""),
        ("fraud-training", True, ""),
    ]


def test_a_changed_setting_of_the_environment_is_exactly_what_is_planned(
    project: Path, pipeline: Any
) -> None:
    pipeline("upsert", "training", *DEV)
    file = project / "environments.yaml"
    file.write_text(file.read_text().replace("penstock:1\n", "penstock:2\n", 1))
    changed = pipeline("plan", "training", *DEV)
    assert changed.code == 2
    assert changed.out.splitlines()[4:6] == [
        "every execution from now on",
        "    Image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/penstock:1 → "
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/penstock:2",
    ]
    assert changed.out.splitlines()[-1] == "It would change: 1 other value."


def test_a_personal_copy_is_made_listed_by_its_date_and_deleted(
    project: Path, pipeline: Any
) -> None:
    import boto3

    client: Any = boto3.session.Session().client("sagemaker")
    pipeline("upsert", "training", *DEV)
    made = pipeline("upsert", "training", *DEV, "--suffix", "ann-1")
    assert made.out.startswith("fraud-training-ann-1: created as version 1 from commit ")
    assert pipeline("plan", "training", *DEV, "--suffix", "ann-1").code == 0
    assert pipeline("delete", *DEV, "--expired").out == "Nothing to delete.\n"
    refused = pipeline("delete", "fraud", *DEV, "--suffix", "training")
    assert (refused.code, refused.err) == (
        2,
        "pipeline: fraud-training is no personal copy. Only what was made with this --suffix is "
        "deleted here.\n",
    )
    assert pipeline("delete", *DEV, "--suffix", "ann-1").out == "fraud-training-ann-1: deleted\n"
    pipeline("upsert", "training", *DEV, "--suffix", "ann-2")
    arn = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/fraud-training-ann-2"
    client.add_tags(ResourceArn=arn, Tags=[{"Key": "penstock:expires", "Value": "2020-01-01"}])
    assert pipeline("delete", *DEV, "--expired").out == "fraud-training-ann-2: deleted\n"
    (left,) = client.list_pipelines()["PipelineSummaries"]
    assert left["PipelineName"] == "fraud-training"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("plan", "training", "--env", "dev-other"),
            "environments.yaml:10: the file says account 222222222222 for dev-other, STS says "
            "123456789012 (arn:aws:sts::123456789012:user/moto). Sign in to 222222222222: another "
            "AWS_PROFILE or role; or mend the file. Nothing was done.",
        ),
        (
            ("upsert", "training", "--env", "moon"),
            "environments.yaml: there is no environment 'moon'. Use one of: dev, dev-other, "
            "pre-prod.",
        ),
        (
            ("upsert", "trainin", *DEV),
            "there is no pipeline 'trainin'. Did you mean 'training'? Use one of: inference, "
            "training.",
        ),
        (
            ("upsert", "training", "--env", "pre-prod"),
            "pre-prod takes releases, not a work tree. Build one: pipeline release build; then "
            "give it: --release FILE.",
        ),
        (
            ("upsert", "training", *DEV, "--suffix", "Ann_1"),
            "--suffix: 'Ann_1' is no suffix. Use at most 32 small letters and digits, with single "
            "dashes between them.",
        ),
        (
            ("upsert", "training", *DEV, "--suffix", ""),
            "invalid value for '--suffix': it is given and empty. Leave it out, or give a value. "
            "See: pipeline upsert --help",
        ),
        (
            ("upsert", "training", *DEV, "--force", " "),
            "invalid value for '--force': it is given and empty. Leave it out, or give a value. "
            "See: pipeline upsert --help",
        ),
        (("delete", *DEV), "give --suffix TEXT or --expired. See: pipeline delete --help"),
    ],
)
def test_a_wrong_request_is_told_and_nothing_is_done(
    project: Path, pipeline: Any, arguments: tuple[str, ...], message: str
) -> None:
    answer = pipeline(*arguments)
    assert (answer.code, answer.err) == (2, f"pipeline: {message}\n")


def test_a_pipeline_that_is_not_there_stops_all_before_any_is_changed(
    project: Path, pipeline: Any
) -> None:
    import boto3

    assert pipeline("upsert", "training", "trainin", *DEV).code == 2
    client: Any = boto3.session.Session().client("sagemaker")
    assert client.list_pipelines()["PipelineSummaries"] == []


def test_a_copy_is_deleted_by_its_whole_suffix(project: Path, pipeline: Any) -> None:
    for suffix in ("branch", "my-branch"):
        pipeline("upsert", "training", *DEV, "--suffix", suffix)
    deleted = json.loads(pipeline("delete", *DEV, "--suffix", "branch", "--json").out)["deleted"]
    assert deleted == ["fraud-training-branch"]


def test_no_credentials_are_told(
    project: Path, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    answer = pipeline("plan", "training", *DEV)
    assert (answer.code, answer.err) == (
        1,
        "pipeline: AWS account 123456789012: there are no AWS credentials. Sign in: aws sso login, "
        "AWS_PROFILE, or AWS_ACCESS_KEY_ID with its secret.\n",
    )


def test_an_interrupted_upsert_says_what_was_done(
    project: Path, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os
    import signal

    from penstock.deployment.service import Service

    create = Service.create

    def slow(self: Any, wanted: Any, *arguments: Any) -> None:
        create(self, wanted, *arguments)
        if wanted.name == "fraud-training":
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Service, "create", slow)
    answer = pipeline("upsert", *DEV)
    assert (answer.code, answer.err) == (
        1,
        "pipeline: interrupted: fraud-inference was done; fraud-training is as it was or as it "
        "shall be. Repeat the command: it looks what is there and goes on.\n",
    )
    monkeypatch.undo()


def test_the_next_upsert_after_an_interruption_goes_on(
    project: Path, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from penstock.deployment.service import Service

    create = Service.create

    def interrupted(self: Any, *arguments: Any) -> None:
        create(self, *arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Service, "create", interrupted)
        assert pipeline("upsert", "training", *DEV).code == 1
    again = pipeline("upsert", "training", *DEV)
    assert again.err == (
        "note: version 1 by arn:aws:sts::123456789012:user/moto was interrupted and came there\n"
    )
    assert again.out.startswith("fraud-training: nothing to do; version 1 is there")
