"""Killed between any two calls, then told again, the deployer ends as if nothing had happened."""

from dataclasses import dataclass
from typing import Any

from killing import assert_survives_every_kill
from openings import opening, pass_trial
from workload import AUTHOR, CONTEXT, Workload, delivered

from infra.runtime.deployer.handler import handle


@dataclass(frozen=True)
class Scene:
    """An account, and what is delivered to it."""

    world: Workload
    event: Any

    def require_survival(self) -> list[str]:
        """Assert that no kill matters; return the calls of an undisturbed run."""
        restore = self.world.remember()

        def again() -> Scene:
            restore()
            return self

        return assert_survives_every_kill(again, _run, lambda scene: scene.world.state())


def _run(scene: Scene) -> None:
    assert handle(scene.event, CONTEXT) == {"batchItemFailures": []}


def test_an_approval(world: Workload) -> None:
    calls = Scene(world, delivered(world.decide(world.register()))).require_survival()
    assert calls == [
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


def test_a_refusal(world: Workload) -> None:
    calls = Scene(world, delivered(world.decide(world.register(), by=AUTHOR))).require_survival()
    assert calls[-3:] == [
        "dynamodb:TransactWriteItems",
        "sns:Publish",
        "dynamodb:TransactWriteItems",
    ]


def test_a_message_that_is_refused(world: Workload) -> None:
    calls = Scene(world, delivered("no event")).require_survival()
    assert calls == ["dynamodb:TransactWriteItems", "sns:Publish", "dynamodb:TransactWriteItems"]


def test_an_approval_that_is_superseded(world: Workload) -> None:
    older = world.decide(world.register("1"))
    handle(delivered(world.decide(world.register("2"), hours=2)), CONTEXT)
    Scene(world, delivered(older)).require_survival()


def on_trial(world: Workload, status: str) -> Scene:
    arn = world.register()
    handle(delivered(world.decide(arn)), CONTEXT)
    return Scene(world, delivered(world.end(world.promotion(arn)["execution"], status)))


def test_the_end_of_a_trial_that_succeeded(world: Workload) -> None:
    assert on_trial(world, "Succeeded").require_survival() == [
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


def test_the_end_of_a_trial_that_failed(world: Workload) -> None:
    on_trial(world, "Failed").require_survival()


def test_an_opening_of_production(prod: Workload) -> None:
    arn = prod.register()
    prod.decide(arn)
    pass_trial(prod, arn)
    calls = Scene(prod, delivered(opening(prod, arn))).require_survival()
    assert calls[-4:] == [
        "s3:GetObject",
        "dynamodb:TransactWriteItems",
        "s3:PutObject",
        "dynamodb:TransactWriteItems",
    ]
