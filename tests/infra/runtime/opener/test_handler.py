"""What opens production, and what leaves it shut."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from candidates import central_versions, ready
from killing import assert_survives_every_kill
from moto.sagemaker.models import sagemaker_backends
from tooling_fixtures import SETTINGS
from tooling_world import (
    APPROVER,
    AUTHOR,
    CENTRAL,
    DELIVERY,
    REGION,
    RELEASES,
    TOOLING,
    World,
    fresh_world,
    release_bytes,
)

from infra.runtime.canonical import sha256
from infra.runtime.opener.handler import handle
from infra.runtime.registrar.handler import handle as register
from penstock.registry.sagemaker.packages import properties_of

AT = "2026-11-21T11:00:00.000000Z"
RECORD = f"s3://{RELEASES}/promoted/fraud/1/{AT}/pre-prod.json"


class Ready:
    """A promotion that passed pre-prod, at production's door."""

    def __init__(self, world: World, queue: str) -> None:
        self.world, self.queue = world, queue
        made = ready(world, native=True, small=True)
        register(world.job(**made.parameters()), None)
        world.codepipeline.over.clear()
        (version,) = central_versions(world)
        self.package = str(version["ModelPackageArn"])
        self.properties = properties_of(version)
        self.entries = dict(version["CustomerMetadataProperties"])
        self.statement = world.read(self.properties["promotion.statement"])
        self.record = {
            "package": self.package,
            "statement": self.properties["promotion.digest"],
            "approved_at": AT,
            "execution": "arn",
            "body": "b",
            "at": AT,
        }

    @property
    def parameters(self) -> dict[str, str]:
        """What its pipeline gives the function."""
        named = {"group": "fraud", "package": self.package}
        return {**named, "approved_at": AT, "delivery": DELIVERY}

    def restore(self) -> None:
        """Let everything be as it was at first."""
        self.messages()
        self.world.deliver()
        self.world.codepipeline.told.clear()
        self.world.codepipeline.over.clear()
        self.world.codepipeline.actions.clear()
        self.world.codepipeline.approve()
        packages = sagemaker_backends[TOOLING][REGION].model_packages
        packages[self.package].customer_metadata_properties = dict(self.entries)
        self.decide("Approved")
        self.world.put(self.properties["promotion.statement"], self.statement)
        self.world.put(RECORD, json.dumps(self.record).encode())

    def open(self, **other: str) -> Any:
        parameters = {**self.parameters, **other}
        handle(self.world.job(**parameters), None)
        return self.world.answer

    def refusal(self, **other: str) -> str:
        """Return why it stays shut; nothing may have been sent."""
        self.open(**other)
        assert self.messages() == []
        return self.world.refusal

    def messages(self) -> list[Any]:
        """Return what production was asked, and forget it."""
        client = self.world.client("sqs")
        found = client.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        for each in found.get("Messages", []):
            client.delete_message(QueueUrl=self.queue, ReceiptHandle=each["ReceiptHandle"])
        return [json.loads(each["Body"]) for each in found.get("Messages", [])]

    def decide(self, status: str) -> None:
        """Let somebody decide; moto would drop what the version says of itself."""
        packages = sagemaker_backends[TOOLING][REGION].model_packages
        packages[self.package].model_approval_status = status

    def change(self, **entries: str) -> None:
        """Change what the central version says of itself."""
        packages = sagemaker_backends[TOOLING][REGION].model_packages
        packages[self.package].customer_metadata_properties.update(entries)


@pytest.fixture(scope="module")
def made(s3_server: str) -> Iterator[Ready]:
    """One promotion for all tests: it takes the whole registration."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {"AWS_ENDPOINT_URL": s3_server, **SETTINGS}.items():
            environment.setenv(name, value)
        environment.delenv("AWS_SESSION_TOKEN", raising=False)
        with fresh_world() as world:
            environment.setenv("PENSTOCK_SEAL_KEY", world.key)
            queue = world.client("sqs").create_queue(QueueName="penstock-promotion")["QueueUrl"]
            environment.setenv("PENSTOCK_PROD_QUEUES", json.dumps([queue]))
            yield Ready(world, queue)


@pytest.fixture
def promotion(made: Ready) -> Ready:
    """The promotion as it was at first."""
    made.restore()
    return made


def test_production_is_asked_with_who_opened_the_gate(promotion: Ready) -> None:
    assert promotion.open() == {"outputVariables": {"release": promotion.world.release}}
    assert promotion.messages() == [
        {
            "source": "penstock.promotion",
            "detail-type": "Production opened",
            "detail": {
                "package": promotion.package,
                "group": "fraud",
                "version": 1,
                "approved_at": AT,
                "release": promotion.world.release,
                "gate": {
                    "approved_by": APPROVER,
                    "at": "2026-11-21T10:00:00.250000Z",
                    "delivery": DELIVERY,
                },
            },
        }
    ]


def test_the_gate_is_that_of_the_use_case_s_own_way(promotion: Ready) -> None:
    promotion.world.codepipeline.asked.clear()
    promotion.open()
    assert promotion.world.codepipeline.asked == {"penstock-delivery-fraud"}
    assert promotion.messages()
    assert promotion.refusal(group="wine-taste") == (
        f"{promotion.package}: it is a model of the group 'fraud', and this is the way to prod of "
        "'wine-taste'. Approve it again: its own way to prod starts when pre-prod has passed it."
    )


def test_every_production_is_asked(promotion: Ready, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_PROD_QUEUES", json.dumps([promotion.queue] * 2))
    promotion.open()
    first, second = promotion.messages()
    assert first == second


def test_killed_between_any_two_calls_production_is_asked_the_same(promotion: Ready) -> None:
    def make() -> Ready:
        promotion.messages()
        promotion.world.codepipeline.told.clear()
        promotion.world.codepipeline.over.clear()
        return promotion

    def run(promotion: Ready) -> None:
        handle(promotion.world.job(**promotion.parameters), None)

    def state(promotion: Ready) -> object:
        asked = {json.dumps(each, sort_keys=True) for each in promotion.messages()}
        return sorted(asked), list(promotion.world.codepipeline.told)

    assert_survives_every_kill(make, run, state)


@pytest.mark.parametrize(
    "by",
    [
        AUTHOR,
        AUTHOR.replace("ann", "somebody"),
        f"arn:aws:iam::{TOOLING}:role/teams/penstock-ci",
        f"arn:aws:sts::{TOOLING}:assumed-role/penstock-approver/Ann",
        f"arn:aws:iam::{TOOLING}:user/ann",
    ],
)
def test_an_author_does_not_open_production(promotion: Ready, by: str) -> None:
    promotion.world.codepipeline.actions.clear()
    promotion.world.codepipeline.approve(by=by)
    assert promotion.refusal() == (
        f"{promotion.package}: {by} opened the gate and may be its author, {AUTHOR}. Let somebody "
        "else open the gate: start the pipeline again."
    )


def test_without_a_success_in_pre_prod_it_stays_shut(promotion: Ready) -> None:
    other = AT.replace("11:00", "12:00")
    assert promotion.refusal(approved_at=other) == (
        f"{RECORD.replace(AT, other)}: there is no record of its success in pre-prod. Let it pass "
        "there first."
    )


@pytest.mark.parametrize(
    "changes", [{"package": "arn:other"}, {"statement": "0" * 64}, {"statement": None}]
)
def test_a_record_of_another_success_opens_nothing(promotion: Ready, changes: Any) -> None:
    promotion.world.put(RECORD, json.dumps({**promotion.record, **changes}).encode())
    assert promotion.refusal() == (
        f"{RECORD}: this is no record of that success in pre-prod. See who wrote it."
    )


def test_a_record_that_is_no_json_opens_nothing(promotion: Ready) -> None:
    promotion.world.put(RECORD, b"{")
    assert "this is no record of that success in pre-prod." in promotion.refusal()


@pytest.mark.parametrize("status", ["Rejected", "PendingManualApproval"])
def test_what_is_no_longer_approved_stays_out(promotion: Ready, status: str) -> None:
    promotion.decide(status)
    assert promotion.refusal() == (
        f"{promotion.package}: the model is {status} by now. Approve it, or leave it."
    )


def test_a_model_of_another_release_stays_out(promotion: Ready) -> None:
    was = promotion.world.release
    promotion.world.deliver(release_bytes('{"Version":"2020-12-01","Steps":[]}'))
    assert promotion.refusal() == (
        f"{promotion.package}: the model is of release {was}, and the delivery is of "
        f"{promotion.world.release}. Deliver the model's release, or promote a model of this one."
    )


def test_a_gate_that_nobody_opened_stays_shut(promotion: Ready) -> None:
    promotion.world.codepipeline.actions.clear()
    assert "nobody has opened the gate." in promotion.refusal()


def test_any_changed_byte_of_the_statement_is_refused(promotion: Ready) -> None:
    where = promotion.properties["promotion.statement"]
    content = promotion.world.read(where)
    for at in range(0, len(content), 211):
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        promotion.world.put(where, changed)
        text = promotion.refusal()
        assert text.startswith(f"{where}: its SHA-256 is ")
        assert text.endswith(
            f", and the model names {promotion.properties['promotion.digest']}. See who changed "
            "it, and register the model again."
        )


def test_a_statement_that_nobody_signed_is_refused(promotion: Ready) -> None:
    where = promotion.properties["promotion.statement"]
    content = promotion.world.read(where).replace(b"ann", b"cat")
    promotion.world.put(where, content)
    promotion.change(**{"promotion.digest": sha256(content)})
    assert promotion.refusal() == (
        f"{promotion.package}: the signature of its statement does not hold. See who changed it, "
        "and register the model again."
    )


def test_a_signature_that_is_none_is_refused(promotion: Ready) -> None:
    promotion.change(**{"promotion.signature": "none"})
    assert "the signature of its statement does not hold." in promotion.refusal()


def test_a_statement_elsewhere_or_gone_is_refused(promotion: Ready) -> None:
    where = promotion.properties["promotion.statement"]
    promotion.world.client("s3").delete_object(
        Bucket=CENTRAL, Key=where.removeprefix(f"s3://{CENTRAL}/")
    )
    assert promotion.refusal() == (
        f"{where}: the statement is gone. See who changed it, and register the model again."
    )
    promotion.change(**{"promotion.statement": "s3://elsewhere/promoted/x"})
    assert (
        "its statement is not in the central bucket: s3://elsewhere/promoted/x."
        in promotion.refusal()
    )


def test_a_model_without_a_statement_is_refused(promotion: Ready) -> None:
    packages = sagemaker_backends[TOOLING][REGION].model_packages
    entries = packages[promotion.package].customer_metadata_properties
    for name in [each for each in entries if each.startswith("promotion.")]:
        del entries[name]
    assert promotion.refusal() == (
        f"{promotion.package}: the model has no promotion.statement, promotion.digest, "
        "promotion.signature. See who changed it, and register the model again."
    )


def test_a_time_that_is_none_is_refused(promotion: Ready) -> None:
    assert promotion.refusal(approved_at="../../other") == (
        f"{promotion.package}: '../../other' is no time of an approval. Approve it again."
    )
