"""Central registration: what arrives, and what a kill leaves behind."""

import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest
from candidates import (
    EVIDENCE,
    MODEL,
    REASON,
    central_versions,
    ready,
    told,
)
from killing import assert_survives_every_kill
from registering import refused, registered
from tooling_world import (
    APPROVER,
    AUTHOR,
    CENTRAL,
    DELIVERY,
    MODELS,
    REGION,
    World,
)

from infra.runtime.canonical import sha256
from infra.runtime.registrar.handler import handle
from infra.runtime.statements import read_statement
from penstock.registry import open_registry
from penstock.registry.sagemaker.packages import properties_of

BOTH = pytest.mark.parametrize("native", [False, True], ids=["ours", "native"])


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
