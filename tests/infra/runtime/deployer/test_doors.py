"""A door that is shut stops a model where it stands, is told once, and leaves nothing behind."""

import base64
import dataclasses
from collections.abc import Callable

import pytest
from openings import opening, pass_trial
from workload import (
    ACCOUNT,
    APPROVER,
    AUTHOR,
    CONTEXT,
    PIPELINE,
    REGION,
    MakeWorkload,
    Workload,
    definition,
    delivered,
    moment,
    release_of,
)

from infra.runtime import statements
from infra.runtime.canonical import sha256
from infra.runtime.deployer.handler import handle
from infra.runtime.metadata import encode

NOTHING_LEFT = {"batchItemFailures": []}
WHO_WROTE = "See in the bucket's history who wrote it, and register the model again."
WHO = "See who changed it, and register the model again."
WHO_CHANGED = "See who changed the package, and register the model again."
DEPLOY = "Deploy the release of the model to this account, then approve the model again."
Tamper = Callable[[Workload, str], str]


def require_refused(world: Workload, arn: str, reason: str, hours: float = 0) -> None:
    """Assert that a model was stopped, which was told once, and that nothing was started."""
    reason = world.named(reason)
    found = world.promotion(arn, hours)
    assert (found.get("state"), found.get("reason")) == ("refused", reason)
    assert found["told"] == "yes"
    assert world.notices() == [
        (
            f"Penstock {world.environment}: fraud/1 refused",
            f"The promotion of fraud/1 in {world.environment} was refused: {reason}\n\n"
            f"Model package: {arn}\nApproved at: {moment(hours)}\n",
        )
    ]
    assert set(world.items()) == {(f"promotion#{arn}", moment(hours))}
    assert world.executions() == []
    assert world.sent() == []
    assert len(world.keys("releases/promoted")) == (world.environment == "prod")
    assert world.state()["ledger"] == {}


def below(world: Workload) -> str:
    return statements.folder(world.central, "fraud", world.statement("1")[0].files_digest)


def place(world: Workload) -> str:
    return statements.place(world.central, world.statement("1")[0])


def key(world: Workload, uri: str) -> str:
    return uri.removeprefix(f"{world.central}/")


def entries(world: Workload, arn: str) -> dict[str, str]:
    found: dict[str, str] = world.package(arn).customer_metadata_properties
    return found


def file_changed(path: str) -> Tamper:
    def tamper(world: Workload, arn: str) -> str:
        world.put(key(world, f"{below(world)}/{path}"), b"other bytes")
        digest = sha256(b"other bytes")
        return f"{below(world)}: {path} holds other bytes: their SHA-256 is {digest}. {WHO_WROTE}"

    return tamper


def files_gone_and_added(world: Workload, arn: str) -> str:
    s3 = world.client("s3")
    s3.delete_object(Bucket=world.name, Key=key(world, f"{below(world)}/metrics/metrics.json"))
    world.put(key(world, f"{below(world)}/model/extra.py"), b"import os")
    problems = "model/extra.py is not in the statement. metrics/metrics.json is missing."
    return f"{below(world)}: {problems} {WHO_WROTE}"


def statement_changed(world: Workload, arn: str) -> str:
    other = dataclasses.replace(world.statement("1")[0], author=APPROVER).to_bytes()
    world.put(key(world, place(world)), other)
    digest = world.statement("1")[0].digest
    return f"{place(world)}: its SHA-256 is {sha256(other)}, and the model names {digest}. {WHO}"


def statement_gone(world: Workload, arn: str) -> str:
    world.client("s3").delete_object(Bucket=world.name, Key=key(world, place(world)))
    return f"{place(world)}: the statement is gone. {WHO}"


def statement_elsewhere(world: Workload, arn: str) -> str:
    entries(world, arn).update(encode({statements.STATEMENT: "s3://elsewhere/promoted/s.json"}))
    return (
        f"{arn}: its statement is not in the central bucket: s3://elsewhere/promoted/s.json. {WHO}"
    )


def statement_moved(world: Workload, arn: str) -> str:
    there = f"{world.central}/promoted/fraud/s.json"
    world.put(key(world, there), world.statement("1")[0].to_bytes())
    entries(world, arn).update(encode({statements.STATEMENT: there}))
    return f"{there}: it belongs at {place(world)}. {WHO}"


def no_statement(world: Workload, arn: str) -> str:
    for name in (statements.DIGEST, statements.SIGNATURE):
        del entries(world, arn)[name]
    return f"{arn}: the model has no promotion.digest, promotion.signature. {WHO}"


def signed_by_another_key(world: Workload, arn: str) -> str:
    kms = world.client("kms")
    other = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    signature = kms.sign(
        KeyId=other,
        Message=bytes.fromhex(world.statement("1")[0].digest),
        MessageType="DIGEST",
        SigningAlgorithm="ECDSA_SHA_256",
    )["Signature"]
    text = base64.b64encode(signature).decode()
    entries(world, arn).update(encode({statements.SIGNATURE: text}))
    return f"{arn}: the signature of its statement does not hold. {WHO}"


def signature_garbled(world: Workload, arn: str) -> str:
    entries(world, arn).update(encode({statements.SIGNATURE: "garbled!"}))
    return f"{arn}: the signature of its statement does not hold. {WHO}"


def metadata_changed(world: Workload, arn: str) -> str:
    entries(world, arn).update(
        encode({"author": APPROVER, "release_digest": "0" * 64, "model_digest": "sha256:1"})
    )
    statement = world.statement("1")[0]
    return (
        f"{arn}: its release_digest is {'0' * 64}; the statement says {world.release}. "
        f"its author is {APPROVER}; the statement says {AUTHOR}. "
        f"its model_digest is sha256:1; the statement says {statement.model_digest}. {WHO_CHANGED}"
    )


def evidence_elsewhere(world: Workload, arn: str) -> str:
    entries(world, arn)["penstock.evidence"] = "s3://elsewhere/evidence"
    return (
        f"{arn}: its penstock.evidence is s3://elsewhere/evidence; the statement says it is below "
        f"{below(world)}/. {WHO_CHANGED}"
    )


def model_elsewhere(world: Workload, arn: str) -> str:
    container = world.package(arn).inference_specification["Containers"][0]
    container["ModelDataSource"]["S3DataSource"]["S3Uri"] = "s3://elsewhere/model/"
    return (
        f"{arn}: its model is at s3://elsewhere/model/; the statement says {below(world)}/model/. "
        f"{WHO_CHANGED}"
    )


def a_second_model(world: Workload, arn: str) -> str:
    containers = world.package(arn).inference_specification["Containers"]
    containers.append({"Image": "other", "ModelDataUrl": "s3://elsewhere/model.tar.gz"})
    return (
        f"{arn}: its model is at {below(world)}/model/, s3://elsewhere/model.tar.gz; the statement "
        f"says {below(world)}/model/. {WHO_CHANGED}"
    )


def other_definition(world: Workload, arn: str) -> str:
    world.deploy(definition("changed by hand"))
    return (
        f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{PIPELINE}: the definition that is "
        f"deployed here has the SHA-256 {sha256(definition('changed by hand').encode())}; that of "
        f"the release {world.release} has {sha256(definition().encode())}. {DEPLOY}"
    )


def release_changed(world: Workload, arn: str) -> str:
    world.put(f"releases/{world.release}.tar", release_of(definition("another")))
    return (
        f"{world.releases}/{world.release}.tar: this is not the release: its SHA-256 is "
        f"{sha256(release_of(definition('another')))}. See in the bucket's history who wrote it, "
        "and build the release again."
    )


def release_gone(world: Workload, arn: str) -> str:
    world.client("s3").delete_object(Bucket=world.name, Key=f"releases/{world.release}.tar")
    return (
        f"{world.releases}/{world.release}.tar: there is no such release. Store it: pipeline "
        "release build --store."
    )


TAMPERINGS: dict[str, Tamper] = {
    **{
        f"{path} changed": file_changed(path)
        for path in (
            "model/model.skops",
            "model/manifest.json",
            "evidence/evidence.json",
            "metrics/metrics.json",
            "report/report.html",
        )
    },
    "files gone and added": files_gone_and_added,
    "statement changed": statement_changed,
    "statement gone": statement_gone,
    "statement elsewhere": statement_elsewhere,
    "statement moved": statement_moved,
    "no statement": no_statement,
    "signed by another key": signed_by_another_key,
    "signature garbled": signature_garbled,
    "metadata changed": metadata_changed,
    "evidence elsewhere": evidence_elsewhere,
    "model elsewhere": model_elsewhere,
    "a second model": a_second_model,
    "another definition deployed": other_definition,
    "release changed": release_changed,
    "release gone": release_gone,
}


@pytest.mark.parametrize("environment", ["pre-prod", "prod"])
@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_what_was_tampered_with_after_the_approval_is_stopped(
    make: MakeWorkload, tampering: str, environment: str
) -> None:
    world = make(environment)
    arn = world.register()
    event = world.decide(arn)
    if environment == "prod":
        pass_trial(world, arn)
        event = opening(world, arn)
    reason = TAMPERINGS[tampering](world, arn)
    for _ in range(2):
        assert handle(delivered(event), CONTEXT) == NOTHING_LEFT
        require_refused(world, arn, reason)


@pytest.mark.parametrize("status", ["Rejected", "PendingManualApproval"])
@pytest.mark.parametrize("hours", [0.01, 5])
def test_what_is_no_longer_approved_is_stopped(world: Workload, status: str, hours: float) -> None:
    arn = world.register()
    event = world.decide(arn)
    world.decide(arn, status, hours=hours)
    for _ in range(2):
        assert handle(delivered(event), CONTEXT) == NOTHING_LEFT
        require_refused(world, arn, f"{arn}: its status is {status}, not Approved.", hours)


@pytest.mark.parametrize(
    "approver",
    [
        AUTHOR,
        "arn:aws:sts::111111111111:assumed-role/data-scientist/another-session",
        "arn:aws:iam::111111111111:role/team/data-scientist",
        "arn:aws:sts::444444444444:assumed-role/penstock-approver/ada",
    ],
)
def test_an_author_cannot_approve_their_own_model(world: Workload, approver: str) -> None:
    arn = world.register()
    event = world.decide(arn, by=approver)
    handle(delivered(event), CONTEXT)
    reason = f"{arn}: {approver} approved it, and {AUTHOR} is its author."
    require_refused(world, arn, f"{reason} Let somebody else approve it.")


def test_an_approval_by_nobody_knows_whom_is_stopped(world: Workload) -> None:
    arn = world.register()
    handle(delivered(world.decide(arn, by=None)), CONTEXT)
    reason = (
        f"{arn}: the registry does not say who approved it, so nobody can be told from its author. "
        "Approve it again as the role of the approvers."
    )
    require_refused(world, arn, reason)


def test_an_approver_who_is_no_principal_is_stopped(world: Workload) -> None:
    arn = world.register()
    handle(delivered(world.decide(arn, by="somebody")), CONTEXT)
    reason = "somebody: this names nobody. It has to be the ARN of a user or a role of IAM."
    require_refused(world, arn, reason)


def test_a_definition_whose_outputs_cannot_be_led_away_is_stopped(world: Workload) -> None:
    text = definition(declared=("model", "model_version"))
    world.deploy(text)
    world.release = world.store_release(text)
    arn = world.register()
    handle(delivered(world.decide(arn)), CONTEXT)
    reason = f"fraud/1: the definition of {PIPELINE} takes no model_digest, sinks. {DEPLOY}"
    require_refused(world, arn, reason)


def test_a_door_that_was_shut_opens_to_a_new_approval(world: Workload) -> None:
    arn = world.register()
    handle(delivered(world.decide(arn, by=AUTHOR)), CONTEXT)
    handle(delivered(world.decide(arn, hours=1)), CONTEXT)
    assert world.promotion(arn)["state"] == "refused"
    assert world.promotion(arn, 1)["state"] == "trial"


def test_a_release_of_another_account_is_not_this_one(world: Workload) -> None:
    arn = world.register("1", release="ab" * 32)
    event = world.decide(arn)
    handle(delivered(event), CONTEXT)
    place = f"{world.releases}/{'ab' * 32}.tar"
    reason = f"{place}: there is no such release. Store it: pipeline release build --store."
    require_refused(world, arn, reason)
