"""Killed between any two calls and delivered again, the deployer ends as if nothing had happened."""

from dataclasses import dataclass
from typing import Any

from killing import assert_survives_every_kill
from openings import opening, pass_trial
from workload import AUTHOR, CONTEXT, MakeWorkload, Workload, delivered

from infra.runtime.deployer.handler import handle


@dataclass(frozen=True)
class Scene:
    """An account, and what is delivered to it."""

    world: Workload
    event: Any


def run(scene: Scene) -> None:
    assert handle(scene.event, CONTEXT) == {"batchItemFailures": []}


def state(scene: Scene) -> Any:
    return scene.world.state()


def test_an_approval(make: MakeWorkload) -> None:
    def scene() -> Scene:
        world = make()
        return Scene(world, delivered(world.decide(world.register())))

    assert assert_survives_every_kill(scene, run, state) == [
        "sagemaker:DescribeModelPackage",
        "dynamodb:GetItem",
        "s3:GetObject",
        "kms:Verify",
        "s3:GetObject",
        "sagemaker:DescribePipeline",
        "s3:ListObjectsV2",
        *["s3:GetObject"] * 5,
        "dynamodb:TransactWriteItems",
        "sagemaker:StartPipelineExecution",
        "dynamodb:TransactWriteItems",
        "dynamodb:TransactWriteItems",
        "dynamodb:GetItem",
    ]


def test_a_refusal(make: MakeWorkload) -> None:
    def scene() -> Scene:
        world = make()
        return Scene(world, delivered(world.decide(world.register(), by=AUTHOR)))

    calls = assert_survives_every_kill(scene, run, state)
    assert calls[-3:] == [
        "dynamodb:TransactWriteItems",
        "sns:Publish",
        "dynamodb:TransactWriteItems",
    ]


def test_a_message_that_is_refused(make: MakeWorkload) -> None:
    calls = assert_survives_every_kill(
        lambda: Scene(make(), delivered("no event")), run, state
    )
    assert calls == ["dynamodb:TransactWriteItems", "sns:Publish", "dynamodb:TransactWriteItems"]


def test_an_approval_that_is_superseded(make: MakeWorkload) -> None:
    def scene() -> Scene:
        world = make()
        older = world.decide(world.register("1"))
        handle(delivered(world.decide(world.register("2"), hours=2)), CONTEXT)
        return Scene(world, delivered(older))

    assert_survives_every_kill(scene, run, state)


def on_trial(make: MakeWorkload, status: str) -> Scene:
    world = make()
    arn = world.register()
    handle(delivered(world.decide(arn)), CONTEXT)
    return Scene(world, delivered(world.end(world.promotion(arn)["execution"], status)))


def test_the_end_of_a_trial_that_succeeded(make: MakeWorkload) -> None:
    calls = assert_survives_every_kill(lambda: on_trial(make, "Succeeded"), run, state)
    assert calls == [
        *["dynamodb:GetItem"] * 2,
        "sagemaker:DescribePipelineExecution",
        "sagemaker:DescribePipelineDefinitionForExecution",
        "sagemaker:DescribeModelPackage",
        "dynamodb:TransactWriteItems",
        "sts:GetCallerIdentity",
        *["s3:PutObject"] * 2,
        "events:PutEvents",
        "dynamodb:TransactWriteItems",
    ]


def test_the_end_of_a_trial_that_failed(make: MakeWorkload) -> None:
    assert_survives_every_kill(lambda: on_trial(make, "Failed"), run, state)


def test_an_opening_of_production(make: MakeWorkload) -> None:
    def scene() -> Scene:
        prod = make("prod")
        arn = prod.register()
        prod.decide(arn)
        pass_trial(prod, arn)
        return Scene(prod, delivered(opening(prod, arn)))

    calls = assert_survives_every_kill(scene, run, state)
    assert calls[-4:] == [
        "s3:GetObject",
        "dynamodb:TransactWriteItems",
        "s3:PutObject",
        "dynamodb:TransactWriteItems",
    ]
