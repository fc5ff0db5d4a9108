"""What only a registry in SageMaker can meet."""

import io
import json
import tarfile
from dataclasses import replace

import boto3
import pytest

from penstock.data.digest import content_digest
from penstock.errors import RequestError, ServiceError
from penstock.registry import Candidate, open_registry


@pytest.fixture
def registry(sagemaker_registry):
    return open_registry(sagemaker_registry)


@pytest.fixture
def bucket(sagemaker_registry):
    return boto3.session.Session().resource("s3").Bucket(sagemaker_registry.partition("=")[2])


@pytest.fixture
def service():
    return boto3.session.Session().client("sagemaker")


@pytest.fixture
def candidate(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.json").write_text("{}")
    (tmp_path / "model" / "artifact.json").write_text("of the target")
    return Candidate("Fraud-1", tmp_path / "model", properties={"use_case": "fraud@sha256:0"})


@pytest.fixture
def native(service, bucket):
    """Register as the RegisterModel step of a pipeline does; returns the ARN."""

    def register(archive, **properties):
        for key, content in (
            ("run/model.tar.gz", archive),
            ("run/metrics.json", b'{"metrics": {"roc_auc": {"value": 0.9}}}'),
            ("run/evidence/data/evidence.json", b"{}"),
            ("run/evidence/data/report.html", b"<p>"),
        ):
            bucket.put_object(Key=key, Body=content)
        root = f"s3://{bucket.name}/run"
        service.create_model_package_group(ModelPackageGroupName="native")
        metrics = {"ContentType": "application/json", "S3Uri": f"{root}/metrics.json"}
        return service.create_model_package(
            ModelPackageGroupName="native",
            InferenceSpecification={
                "Containers": [{"Image": "penstock", "ModelDataUrl": f"{root}/model.tar.gz"}]
            },
            ModelApprovalStatus="PendingManualApproval",
            ModelMetrics={"ModelQuality": {"Statistics": metrics}},
            CustomerMetadataProperties={
                "data_table": "s3://rows?since=27",
                "evidence": f"{root}/evidence/data",
                **properties,
            },
        )["ModelPackageArn"]

    return register


def packed(**members):
    """Return a `model.tar.gz`; a tuple stands for a link to its first entry."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            if isinstance(content, tuple):
                entry.type, entry.linkname = tarfile.SYMTYPE, content[0]
                archive.addfile(entry)
            else:
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return written.getvalue()


def test_a_version_of_a_pipelines_own_step_is_read_and_fetched(registry, native, tmp_path):
    document = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    archive = packed(**{"model.json": b"{}", "model.ubj": b"trees", "artifact.json": b"{}"})
    arn = native(archive, evidence_digest=document)
    found = registry.describe("native", 1)
    assert found.registered.uri == arn
    assert (found.status, found.metrics) == ("pending", {"roc_auc": 0.9})
    assert found.properties["data_table"] == "s3://rows?since=27"
    registry.fetch_model("native", 1, tmp_path / "model")
    assert sorted(each.name for each in (tmp_path / "model").iterdir()) == [
        "model.json",
        "model.ubj",
    ]
    registry.fetch_evidence("native", 1, tmp_path / "pack")
    assert sorted(each.name for each in (tmp_path / "pack").iterdir()) == [
        "evidence.json",
        "report.html",
    ]


def test_a_mark_leaves_the_properties_of_a_native_version_as_they_are(registry, native):
    native(packed(**{"model.json": b"{}"}))
    before = registry.describe("native", 1)
    registry.mark("native", 1, "approved", {"approved_by": "mara, tom"})
    after = registry.describe("native", 1)
    assert after.status == "approved"
    assert after.properties == {**before.properties, "approved_by": "mara, tom"}


@pytest.mark.parametrize(
    "members",
    [
        {"../escaped": b"x"},
        {"link": ("../../outside",)},
        {"link": ("/etc/passwd",)},
    ],
)
def test_an_archive_that_leads_out_of_its_folder_is_not_unpacked(
    registry, native, members, tmp_path
):
    arn = native(packed(**{"model.json": b"{}", **members}))
    assert arn.endswith("/native/1")
    with pytest.raises(ServiceError, match=r"model\.tar\.gz: the model cannot be unpacked: "):
        registry.fetch_model("native", 1, tmp_path / "fetched" / "model")
    assert list((tmp_path / "fetched").iterdir()) == []


def test_a_damaged_archive_is_told(registry, native, tmp_path, bucket):
    native(packed(**{"model.json": b"{}" * 999})[:-30])
    with pytest.raises(ServiceError) as caught:
        registry.fetch_model("native", 1, tmp_path / "model")
    assert str(caught.value).startswith(
        f"s3://{bucket.name}/run/model.tar.gz: the model cannot be unpacked: "
    )
    assert str(caught.value).endswith(
        "Use a version whose model a training job of SageMaker wrote."
    )


def test_what_a_target_keeps_beside_a_model_is_not_uploaded(registry, candidate, bucket):
    registry.register(candidate)
    bare = content_digest(candidate.model, leaving_out="artifact.json")
    assert registry.describe("Fraud-1", 1).properties["model_digest"] == bare
    assert [each.key for each in bucket.objects.all()] == [
        f"penstock-registry/objects/{bare.removeprefix('sha256:')}/model/model.json"
    ]


def test_an_approval_in_studio_is_seen_with_who_and_why(registry, candidate, service):
    arn = registry.register(candidate).uri
    service.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="Looks fine."
    )
    found = registry.describe("Fraud-1", 1)
    assert (found.status, found.status_by, found.status_comment) == (
        "approved",
        "studio-user",
        "Looks fine.",
    )


def test_an_archived_version_that_studio_approves_is_approved(registry, candidate, service):
    arn = registry.register(candidate).uri
    registry.mark("Fraud-1", 1, "archived", {})
    told = service.describe_model_package(ModelPackageName=arn)
    assert told["ModelApprovalStatus"] == "Rejected"
    service.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        CustomerMetadataProperties=told["CustomerMetadataProperties"],
    )
    assert registry.describe("Fraud-1", 1).status == "approved"


def test_a_mark_that_another_update_overtakes_is_written_again(registry, candidate, service):
    arn = registry.register(candidate).uri
    update, calls = registry._packages.update, []

    def overtaken(*arguments):
        calls.append(update(*arguments))
        if len(calls) < 3:
            told = service.describe_model_package(ModelPackageName=arn)
            entries = told["CustomerMetadataProperties"] | {f"note{len(calls)}": "theirs"}
            service.update_model_package(
                ModelPackageArn=arn,
                ModelApprovalStatus=("Rejected", "Approved")[len(calls) - 1],
                CustomerMetadataProperties={
                    name: value for name, value in entries.items() if name != "ours"
                },
            )
        return True

    registry._packages.update = overtaken
    registry.mark("Fraud-1", 1, "approved", {"ours": "yes"})
    found = registry.describe("Fraud-1", 1)
    assert (len(calls), found.status) == (3, "approved")
    assert {"ours": "yes", "note1": "theirs", "note2": "theirs"}.items() <= found.properties.items()


def test_a_version_that_others_keep_changing_is_told(registry, candidate):
    arn = registry.register(candidate).uri
    registry._packages.update = lambda *_: False
    with pytest.raises(ServiceError) as caught:
        registry.mark("Fraud-1", 1, "approved", {})
    assert str(caught.value) == (
        f"{arn}: others are changing the version at the same time. "
        "See what it says now, and try again."
    )


def test_a_registration_that_was_killed_before_its_note_is_not_repeated(
    registry, candidate, bucket
):
    candidate = replace(candidate, properties={"execution": "e1", "step": "register"})
    first = registry.register(candidate)
    bucket.objects.filter(Prefix="penstock-registry/registrations/").delete()
    assert registry.register(candidate) == first
    assert len(registry.versions("Fraud-1")) == 1


def test_a_client_token_that_stands_for_another_model_gives_its_version(
    registry, candidate, bucket
):
    candidate = replace(candidate, properties={"execution": "e1", "step": "register"})
    first = registry.register(candidate)
    bucket.objects.filter(Prefix="penstock-registry/registrations/").delete()
    registry._packages.create = lambda _: None  # The service answers ConflictException.
    (candidate.model / "more").write_bytes(b"x")
    assert registry.register(candidate) == first


def test_an_object_that_somebody_else_put_in_the_place_of_a_model_is_told(
    registry, candidate, bucket
):
    digest = content_digest(candidate.model, leaving_out="artifact.json").removeprefix("sha256:")
    key = f"penstock-registry/objects/{digest}/model/model.json"
    bucket.put_object(Key=key, Body=b"other")
    with pytest.raises(ServiceError) as caught:
        registry.register(candidate)
    assert str(caught.value) == (
        f"s3://{bucket.name}/{key}: the object is there already and holds other bytes. "
        "See who wrote it, and remove it or name another prefix."
    )
    assert list(registry.versions("Fraud-1")) == []


def test_too_many_properties_are_refused_before_anything_is_written(registry, candidate, bucket):
    many = {f"property-{number}": "x" for number in range(60)}
    with pytest.raises(RequestError, match="SageMaker allows 50"):
        registry.register(replace(candidate, properties=many))
    assert list(bucket.objects.all()) == []
    assert list(registry.groups()) == []


def test_without_a_bucket_nothing_is_registered(candidate, sagemaker_registry):
    with pytest.raises(RequestError) as caught:
        open_registry("sagemaker://us-east-1").register(candidate)
    assert str(caught.value) == (
        "sagemaker://us-east-1: the registry names no bucket to keep models in. "
        "Name one: sagemaker://REGION?bucket=BUCKET."
    )


def test_missing_credentials_are_told(sagemaker_registry, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(ServiceError) as caught:
        open_registry(sagemaker_registry).describe("fraud", 1)
    assert str(caught.value) == (
        "the model group fraud: there are no AWS credentials. "
        "Sign in: aws sso login, AWS_PROFILE, or AWS_ACCESS_KEY_ID with its secret."
    )


def test_a_metrics_document_is_read_where_it_was_put(registry, candidate, tmp_path):
    (tmp_path / "metrics.json").write_text(json.dumps({"metrics": {"f1": {"value": 0.5}}}))
    registry.register(replace(candidate, metrics=tmp_path / "metrics.json"))
    assert registry.describe("Fraud-1", 1).metrics == {"f1": 0.5}
    assert registry.page("Fraud-1")[0].metrics == {"f1": 0.5}
