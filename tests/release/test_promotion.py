"""A release on its way: pre-prod takes nothing else, prod takes what pre-prod has run."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from penstock.cli.main import main
from penstock.deployment.wanted import body_digest
from penstock.errors import ServiceError
from penstock.release import build_release, open_release
from penstock.release.passes import Pass, Passes

FILE = """\
environments:
{named}
"""
ONE = """\
  {name}:
    account: "123456789012"
    region: us-east-1
    role: arn:aws:iam::123456789012:role/penstock
    artifacts: {bucket}
    releases: {bucket}/releases
    image: penstock@sha256:{image}
    records: {table}
    approvers: [ben]
"""


@pytest.fixture
def project(
    s3_bucket: str,
    records_table: str,
    archive: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    monkeypatch.chdir(tmp_path)
    one = {"bucket": s3_bucket, "table": records_table}
    named = "".join(
        ONE.format(name=name, image=image * 64, **one)
        for name, image in (("dev", "b"), ("pre-prod", "a"), ("prod", "a"), ("prod-eu", "b"))
    )
    (tmp_path / "environments.yaml").write_text(FILE.format(named=named))
    (tmp_path / "release.tar").write_bytes(archive)
    client: Any = boto3.session.Session().client("sagemaker")
    for each in client.list_pipelines()["PipelineSummaries"]:
        client.delete_pipeline(PipelineName=each["PipelineName"], ClientRequestToken="0" * 32)
    return tmp_path


@pytest.fixture
def upsert(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(environment: str, *further: str, release: str = "release.tar") -> tuple[int, str, str]:
        arguments = ["upsert", "--env", environment, "--use-case", "wine", "--release", release]
        code = main([*arguments, *further])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def passed(project: Path, archive: bytes, bucket: str, **facts: str) -> bool:
    release = open_release(archive)
    body = body_digest(release.definition("wine-training"))
    given = Pass(release.digest, "pre-prod", "wine-training", body, "arn:e", "2026-11-21", "arn:me")
    return Passes(f"{bucket}/releases", "us-east-1").record(replace(given, **facts))


def test_a_release_goes_by_its_bytes_and_is_planned_to_nothing(
    project: Path, archive: bytes, upsert: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    release = open_release(archive)
    code, out, err = upsert("pre-prod")
    assert (code, err) == (0, "")
    assert out.startswith(
        "wine-training: created as version 1 from commit 0123456789, release "
        f"{release.digest[:12]}, "
    )
    client: Any = boto3.session.Session().client("sagemaker")
    there = client.describe_pipeline(PipelineName="wine-training")
    assert there["PipelineDefinition"] == release.definition("wine-training")
    tags = {
        each["Key"]: each["Value"]
        for each in client.list_tags(ResourceArn=there["PipelineArn"])["Tags"]
    }
    assert tags["penstock:release"] == release.digest
    arguments = ["plan", "--env", "pre-prod", "--use-case", "wine", "--release", "release.tar"]
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["plans"][0]["empty"] is True


def test_prod_takes_what_pre_prod_has_run_and_nothing_else(
    project: Path, archive: bytes, s3_bucket: str, upsert: Any
) -> None:
    release = open_release(archive)
    refusal = (
        f"pipeline: pre-prod has not run wine-training of release {release.digest[:12]} "
        "successfully. Run it there: pipeline upsert training --use-case wine --env pre-prod "
        "--release release.tar, then pipeline start training --use-case wine --env pre-prod "
        "--wait.\n"
    )
    assert upsert("prod") == (2, "", refusal)
    assert passed(project, archive, s3_bucket, pipeline="wine-inference")
    assert upsert("prod") == (2, "", refusal)
    assert passed(project, archive, s3_bucket)
    assert not passed(project, archive, s3_bucket, execution="arn:other")
    assert upsert("prod")[0] == 0


def test_a_success_of_another_body_opens_nothing(
    project: Path, archive: bytes, s3_bucket: str, upsert: Any
) -> None:
    assert passed(project, archive, s3_bucket, body="0" * 64)
    assert upsert("prod")[0] == 2


def test_a_record_that_says_something_else_than_its_name_is_refused(
    project: Path, s3_bucket: str
) -> None:
    passes = Passes(f"{s3_bucket}/releases", "us-east-1")
    bucket = s3_bucket.removeprefix("s3://")
    key = "releases/1/passed/pre-prod/wine-training.json"
    for content in (b"{", b"[]", b'{"release": "1"}'):
        boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
        with pytest.raises(ServiceError) as told:
            passes.find("1", "pre-prod", "wine-training")
        assert str(told.value) == (
            f"s3://{bucket}/{key}: this is no record of that success. See in the bucket's history "
            "who wrote it, and remove it."
        )


def test_every_reason_against_a_release_is_told(project: Path, contents: Any, upsert: Any) -> None:
    dirty = contents.provenance.model_copy(
        update={"dirty": True, "changed": ["pipelines/training/pipeline.py"]}
    )
    (project / "dirty.tar").write_bytes(build_release(replace(contents, provenance=dirty)))
    code, out, err = upsert("prod-eu", "--suffix", "ann", release="dirty.tar")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "pipeline: --suffix: prod-eu takes no personal copies. Use dev.",
        "pipeline: dirty.tar: prod-eu takes no release that was built from a changed work tree. "
        "Commit, and build it again.",
        "pipeline: dirty.tar: the image of prod-eu is not of this release: "
        f"penstock@sha256:{'b' * 64}. Name one of: sha256:{'a' * 64}.",
    ]


def test_dev_takes_any_release_and_copies_of_it(project: Path, upsert: Any) -> None:
    code, out, _ = upsert("dev", "--suffix", "ann")
    assert code == 0
    assert out.startswith("wine-training-ann: created as version 1 from commit 0123456789, ")


def test_a_damaged_release_and_a_missing_pipeline_are_told(
    project: Path, archive: bytes, upsert: Any
) -> None:
    (project / "damaged.tar").write_bytes(archive[:-1])
    code, _, err = upsert("dev", release="damaged.tar")
    assert code == 2
    assert "damaged.tar" in err
    assert upsert("dev", "monitor") == (
        2,
        "",
        "pipeline: release.tar: the release has no monitor of wine. It has: wine-training.\n",
    )
