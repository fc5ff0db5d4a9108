"""Central registration: what arrives, what is refused, what a kill leaves behind."""

import base64
import copy
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from candidates import (
    EVIDENCE,
    MODEL,
    REASON,
    Made,
    central_versions,
    change_entries,
    model_archive,
    ready,
    told,
)
from killing import assert_survives_every_kill
from moto.sagemaker.models import sagemaker_backends
from tooling_world import (
    APPROVER,
    AUTHOR,
    CENTRAL,
    DELIVERY,
    DEV,
    MODELS,
    REGION,
    RELEASES,
    World,
    release_bytes,
    zip_bytes,
)

from infra.runtime.canonical import sha256
from infra.runtime.registrar.handler import handle
from infra.runtime.statements import read_statement
from penstock.registry import open_registry
from penstock.registry.sagemaker.packages import properties_of

BOTH = pytest.mark.parametrize("native", [False, True], ids=["ours", "native"])


def registered(world: World, made: Made, **other: str) -> Any:
    """Let the registrar do its work, and return what it told."""
    handle(world.job(**made.parameters(**other)), None)
    return world.answer


def refused(world: World, made: Made, **other: str) -> str:
    """Return why the registrar refuses; no version may be there then."""
    registered(world, made, **other)
    assert not central_versions(world)
    return world.refusal


@BOTH
def test_a_candidate_arrives_with_all_its_bytes(world: World, native: bool) -> None:
    made = ready(world, native=native)
    variables = registered(world, made)["outputVariables"]
    (version,) = central_versions(world)
    properties = properties_of(version)
    where = properties["promotion.statement"]
    statement = read_statement(world.read(where), where)
    root = where.rpartition("/")[0]
    assert variables == {
        "package": version["ModelPackageArn"],
        "version": "1",
        "statement": statement.digest,
    }
    assert root == f"s3://{CENTRAL}/promoted/fraud/{statement.files_digest}"
    metrics, report = ("metrics.json", "report.html")
    wanted = {
        **{f"model/{path}": content for path, content in MODEL.items()},
        "evidence/evidence.json": EVIDENCE,
        "evidence/page/index.html": b"<p>",
        f"metrics/{metrics}": b'{"auc":0.9}',
        f"report/{report}": b"<p>report",
    }
    assert {each.path: world.read(f"{root}/{each.path}") for each in statement.files} == wanted
    assert all(each.sha256 == sha256(wanted[each.path]) for each in statement.files)
    assert (statement.source_package, statement.source_execution) == (made.package, made.execution)
    assert (statement.author, statement.release) == (AUTHOR, world.release)
    gate = statement.gate
    assert (gate.approved_by, gate.at) == (APPROVER, "2026-11-21T10:00:00.250000Z")
    assert gate.delivery == DELIVERY
    assert version["ModelApprovalStatus"] == "PendingManualApproval"
    assert properties["release_digest"] == world.release
    assert properties["author"] == AUTHOR
    assert properties["promotion.digest"] == statement.digest
    assert properties["model_digest"] == statement.model_digest
    assert properties["reason"] == ("new rows" if native else REASON)
    (container,) = version["InferenceSpecification"]["Containers"]
    assert "ModelDataUrl" not in container
    assert container["ModelDataSource"]["S3DataSource"]["S3Uri"] == f"{root}/model/"
    assert MODELS not in json.dumps(version, default=str)


@BOTH
def test_the_statement_is_signed_with_the_key(world: World, native: bool) -> None:
    registered(world, ready(world, native=native))
    (version,) = central_versions(world)
    properties = properties_of(version)
    answer = world.client("kms").verify(
        KeyId=world.key,
        Message=bytes.fromhex(properties["promotion.digest"]),
        MessageType="DIGEST",
        Signature=base64.b64decode(properties["promotion.signature"], validate=True),
        SigningAlgorithm="ECDSA_SHA_256",
    )
    assert answer["SignatureValid"]


@BOTH
def test_our_own_registry_reads_what_arrived(world: World, native: bool, tmp_path: Path) -> None:
    registered(world, ready(world, native=native))
    registry = open_registry(f"sagemaker://{REGION}?bucket={CENTRAL}")
    registry.fetch_model("fraud", 1, tmp_path / "model")
    registry.fetch_evidence("fraud", 1, tmp_path / "evidence")
    assert (tmp_path / "model" / "model.skops").read_bytes() == MODEL["model.skops"]
    assert (tmp_path / "evidence" / "evidence.json").read_bytes() == EVIDENCE
    assert registry.describe("fraud", 1).metrics == {"auc": 0.9}


def test_killed_between_any_two_calls_it_goes_on_to_the_same_end(world: World) -> None:
    made = ready(world, native=True, small=True)

    def make() -> World:
        world.forget_promotion()
        return world

    def run(world: World) -> None:
        handle(world.job(**made.parameters()), None)

    def state(world: World) -> object:
        objects = {
            key: content
            for key, content in world.objects(CENTRAL).items()
            if not key.endswith(".signature")
        }
        return objects, [told(each) for each in central_versions(world)], world.codepipeline.told

    calls = assert_survives_every_kill(make, run, lambda world: copy.deepcopy(state(world)))
    assert calls.count("sagemaker:CreateModelPackage") == 1
    assert calls[-1] == "codepipeline:PutJobSuccessResult"


def test_the_signature_of_the_first_try_counts(world: World) -> None:
    made = ready(world)
    registered(world, made)
    (before,) = central_versions(world)
    markers = [key for key in world.objects(CENTRAL) if key.endswith(".package.json")]
    world.client("s3").delete_object(Bucket=CENTRAL, Key=markers[0])
    registered(world, made)
    (after,) = central_versions(world)
    assert after["CustomerMetadataProperties"] == before["CustomerMetadataProperties"]


def test_a_token_that_is_used_up_leads_to_the_version_it_made(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moto.sagemaker.exceptions import ConflictException
    from moto.sagemaker.models import SageMakerModelBackend

    made = ready(world)
    first = registered(world, made)
    markers = [key for key in world.objects(CENTRAL) if key.endswith(".package.json")]
    world.client("s3").delete_object(Bucket=CENTRAL, Key=markers[0])

    def conflict(*_: Any, **__: Any) -> str:
        raise ConflictException("The client token was used with other arguments.")

    monkeypatch.setattr(SageMakerModelBackend, "create_model_package", conflict)
    assert registered(world, made) == first


@BOTH
def test_any_changed_byte_of_the_model_or_its_evidence_is_refused(
    world: World, native: bool
) -> None:
    made = ready(world, native=native)
    for key, content in world.objects(MODELS).items():
        part = "evidence" if key.endswith("evidence.json") else "model"
        if part == "model" and not key.endswith(("model.skops", "schema.json")):
            continue
        changed = bytes([content[0] ^ 1]) + content[1:]
        world.put(f"s3://{MODELS}/{key}", changed)
        assert refused(world, made).startswith(
            f"{made.package}: it was registered with the {part}_digest sha256:"
        )
        world.put(f"s3://{MODELS}/{key}", content)
    if native:
        where = f"s3://{MODELS}/run/abc/train/output/model.tar.gz"
        world.put(where, model_archive({**MODEL, "model.skops": b"Weights"}))
        digests = properties_of(
            world.dev("sagemaker").describe_model_package(ModelPackageName=made.package)
        )
        text = refused(world, made)
        assert text.startswith(
            f"{made.package}: it was registered with the model_digest "
            f"{digests['model_digest']}, and what is there has sha256:"
        )
        assert text.endswith(". See who writes to the models of dev, and train again.")


def test_a_file_that_changes_while_it_is_copied_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infra.runtime.registrar import handler

    made = ready(world)
    key = next(key for key in world.objects(MODELS) if key.endswith("model.skops"))
    copy_files = handler.copy_files

    def meanwhile(*arguments: Any) -> None:
        world.put(f"s3://{MODELS}/{key}", b"others!")
        copy_files(*arguments)

    monkeypatch.setattr(handler, "copy_files", meanwhile)
    text = refused(world, made)
    assert (
        "/model/model.skops: the file 'model/model.skops' changed while it was copied: its "
        f"SHA-256 was {sha256(b'weights')} and is {sha256(b'others!')}. See who writes to the "
        "models of dev, and deliver again."
    ) in text
    assert not [key for key in world.objects(CENTRAL) if "statement" in key]


def test_other_bytes_in_the_central_bucket_are_refused_wherever_they_are(world: World) -> None:
    made = ready(world)
    registered(world, made)
    stored = world.objects(CENTRAL)
    for key, content in stored.items():
        if key.endswith((".signature", ".package.json")):
            continue
        world.put(f"s3://{CENTRAL}/{key}", bytes([content[0] ^ 1]) + content[1:])
        registered(world, made)
        assert world.refusal == (
            f"s3://{CENTRAL}/{key}: the object is there already and holds other bytes. See "
            + ("who wrote it." if "statement" in key else "in the bucket's history who wrote it.")
        )
        world.put(f"s3://{CENTRAL}/{key}", content)


def test_a_candidate_of_another_account_or_group_is_refused(world: World) -> None:
    made = ready(world)
    other = made.package.replace(DEV, "222222222222")
    remedy = "Deliver what the delivery's own training registered."
    assert refused(world, made, package=other) == (
        f"{other}: it is no version of the group 'fraud' of dev, account {DEV}. {remedy}"
    )
    other = made.package.replace("/fraud/", "/churn/")
    assert refused(world, made, package=other) == (
        f"{other}: it is no version of the group 'fraud' of dev, account {DEV}. {remedy}"
    )
    other = made.execution.replace("fraud-training", "fraud-inference")
    assert refused(world, made, execution=other) == (
        f"{other}: it is no execution of fraud-training in dev, account {DEV}. {remedy}"
    )
    assert refused(world, made, package="fraud/1") == (
        "fraud/1: this is no ARN of a model package of a group."
    )


def test_a_candidate_that_another_execution_registered_is_refused(world: World) -> None:
    made = ready(world)
    other = made.package[:-1] + "7"
    world.steps[made.execution][1]["Metadata"]["RegisterModel"]["Arn"] = other
    assert refused(world, made) == (
        f"{made.execution}: it registered {other} and not {made.package}. Deliver what the "
        "delivery's own training registered."
    )


def test_a_release_that_did_not_train_the_model_is_refused(world: World) -> None:
    made = ready(world)
    was = sha256(json.loads(json.dumps(_definition(world, made))).encode())
    world.deliver(release_bytes('{"Version":"2020-12-01","Steps":[]}'))
    is_now = sha256(b'{"Version":"2020-12-01","Steps":[]}')
    assert refused(world, made) == (
        f"{made.execution}: it ran the body {was}, and that of release {world.release} is {is_now}."
        " Deliver the release that the model was trained with."
    )


def _definition(world: World, made: Made) -> str:
    found = world.dev("sagemaker").describe_pipeline_definition_for_execution(
        PipelineExecutionArn=made.execution
    )
    return str(found["PipelineDefinition"])


def test_a_tampered_release_is_refused_before_anything_else(world: World) -> None:
    made = ready(world)
    where = f"s3://{RELEASES}/{world.release}.tar"
    world.put(where, world.read(where)[:-1] + b"\1")
    assert refused(world, made).startswith(f"{where}: this is not the release: its SHA-256 is ")


def test_a_gate_that_nobody_opened_is_refused(world: World) -> None:
    made = ready(world)
    world.codepipeline.actions.clear()
    assert refused(world, made) == (
        f"penstock-delivery execution {DELIVERY}, Gate/Approve: nobody has opened the gate. "
        "Approve it in CodePipeline."
    )
    for wrong in ({"status": "Failed"}, {"actionName": "Other"}, {"stageName": "Other"}):
        world.codepipeline.actions.clear()
        world.codepipeline.approve(**wrong)
        assert "nobody has opened the gate." in refused(world, made)


def test_a_gate_of_which_nobody_is_told_is_refused(world: World) -> None:
    made = ready(world)
    world.codepipeline.actions.clear()
    world.codepipeline.approve(by="")
    assert refused(world, made) == (
        f"penstock-delivery execution {DELIVERY}, Gate/Approve: CodePipeline does not say who "
        "opened the gate. Start the delivery again."
    )


def test_an_author_that_the_evidence_does_not_name_is_refused(world: World) -> None:
    made = ready(world)
    other = AUTHOR.replace("ann", "cat")
    assert refused(world, made, author=other) == (
        f"{made.package}: its evidence says that {AUTHOR} started it, and the delivery says that "
        f"{other} did. Deliver what the delivery's own training registered."
    )
    assert refused(world, made, author="ann") == (
        "ann: this names nobody. It has to be the ARN of a user or a role of IAM."
    )


def test_a_candidate_that_was_rejected_in_dev_is_refused(world: World) -> None:
    made = ready(world)
    world.dev("sagemaker").update_model_package(
        ModelPackageArn=made.package, ModelApprovalStatus="Rejected"
    )
    assert refused(world, made) == (
        f"{made.package}: it was rejected in dev. Deliver another candidate."
    )


def test_a_candidate_without_evidence_is_refused(world: World) -> None:
    made = ready(world, native=True)
    packages = sagemaker_backends[DEV][REGION].model_packages
    del packages[made.package].customer_metadata_properties["evidence"]
    assert refused(world, made) == (
        "the candidate has no evidence. Train again, and deliver that model."
    )


def test_an_evidence_folder_without_its_document_is_refused(world: World) -> None:
    made = ready(world, native=True)
    world.client("s3").delete_object(Bucket=MODELS, Key="run/abc/evidence/data/evidence.json")
    assert refused(world, made) == (
        f"s3://{MODELS}/run/abc/evidence/data: its evidence pack has no evidence.json. Register "
        "the candidate with its evidence."
    )


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, link
    return found


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"no archive", "the model cannot be unpacked: file could not be opened successfully"),
        (model_archive({"m": b"x" * 9000})[:60], "the model cannot be unpacked: "),
        (model_archive({}, member("../x")), "the model cannot be unpacked: '../x' would be "),
        (
            model_archive({}, member("l", tarfile.SYMTYPE, "/etc/passwd")),
            "the model cannot be unpacked: 'l' is a link to an absolute path",
        ),
        (
            model_archive({"m": b""}, member("l", tarfile.SYMTYPE, "m")),
            "its member 'l' is no plain file.",
        ),
        (
            model_archive({}, member("d", tarfile.CHRTYPE)),
            "the model cannot be unpacked: 'd' is a special file",
        ),
        (model_archive({"artifact.json": b""}), "the archive holds no model."),
        (model_archive({"m": b"1", "./m": b"2"}), "two of its files have one path."),
        (model_archive({"a\nb": b"1"}), r"'model/a\nb' is no path of a file of a promotion."),
    ],
    ids=["no", "cut", "outside", "linked", "link", "device", "empty", "twice", "name"],
)
def test_an_unsafe_or_damaged_archive_is_refused(world: World, content: bytes, what: str) -> None:
    made = ready(world, native=True)
    world.put(f"s3://{MODELS}/run/abc/train/output/model.tar.gz", content)
    text = refused(world, made)
    assert what in text
    assert text.endswith("Train again, and deliver that model.")
    assert not world.objects(CENTRAL)


def test_more_files_or_bytes_than_are_promoted_are_refused_before_they_are_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ready(world)
    monkeypatch.setattr("infra.runtime.registrar.source_files.MOST_FILES", 1)
    assert refused(world, made).endswith(
        "/model/: it has more than 1 files. Leave out what the model does not need."
    )
    monkeypatch.setattr("infra.runtime.registrar.source_files.MOST_FILES", 1000)
    monkeypatch.setattr("infra.runtime.registrar.source_files.MOST_BYTES", 4)
    assert refused(world, made).endswith(
        "/model/: it has more than 4 bytes. Leave out what the model does not need."
    )


def test_more_properties_than_a_version_has_room_for_are_refused(world: World) -> None:
    made = ready(world, native=True)
    change_entries(made.package, **{f"fact{number}": "x" for number in range(44)})
    text = refused(world, made)
    assert text.startswith(f"{made.package}: its properties take ")
    assert text.endswith(
        " entries; SageMaker allows 50. Give the candidate fewer or shorter properties."
    )


def test_a_job_that_names_too_little_is_refused(world: World) -> None:
    made = ready(world)
    assert refused(world, made, use_case="churn") == (
        "PENSTOCK_GROUPS: 0 model groups belong to the use case 'churn'. Use one of: fraud."
    )
    assert refused(world, made, delivery="") == (
        "job 99999999-2222-3333-4444-555555555555: the action's UserParameters give no 'delivery'. "
        "Deploy the delivery pipeline again."
    )


def test_every_missing_variable_is_told_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ready(world)
    for name in ("CENTRAL", "SEAL_KEY", "GATE"):
        monkeypatch.delenv(f"PENSTOCK_{name}")
    monkeypatch.setenv("PENSTOCK_GROUPS", "[]")
    assert refused(world, made).splitlines() == [
        "PENSTOCK_CENTRAL is not set.",
        "PENSTOCK_SEAL_KEY is not set.",
        "PENSTOCK_GATE is not set.",
        "PENSTOCK_GROUPS is no JSON object.",
    ]


def test_an_archive_that_is_not_compressed_is_unpacked_too(world: World) -> None:
    made = ready(world, native=True)
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for path, content in MODEL.items():
            each = tarfile.TarInfo(f"./{path}")
            each.size = len(content)
            archive.addfile(each, io.BytesIO(content))
    world.put(f"s3://{MODELS}/run/abc/train/output/model.tar.gz", target.getvalue())
    assert registered(world, made)["outputVariables"]["version"] == "1"


def test_a_delivery_that_is_no_zip_is_refused(world: World) -> None:
    made = ready(world)
    world.put("s3://penstock-delivery-artifacts/source/zip", zip_bytes({}))
    assert "it has no release.json" in refused(world, made)
