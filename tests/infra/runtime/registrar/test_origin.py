"""A candidate that does not come from where the delivery says is refused."""

import json

from candidates import (
    Made,
    change_entries,
    ready,
)
from moto.sagemaker.models import sagemaker_backends
from registering import refused
from tooling_world import (
    AUTHOR,
    DELIVERY,
    DEV,
    REGION,
    World,
    release_bytes,
    zip_bytes,
)

from infra.runtime.canonical import sha256


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


def test_a_gate_that_nobody_opened_is_refused(world: World) -> None:
    made = ready(world)
    world.codepipeline.actions.clear()
    assert refused(world, made) == (
        f"penstock-delivery-fraud execution {DELIVERY}, Gate/Approve: nobody has opened the gate. "
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
        f"penstock-delivery-fraud execution {DELIVERY}, Gate/Approve: CodePipeline does not say "
        "who opened the gate. Start the delivery again."
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


def test_more_properties_than_a_version_has_room_for_are_refused(world: World) -> None:
    made = ready(world, native=True)
    change_entries(made.package, **{f"fact{number}": "x" for number in range(44)})
    text = refused(world, made)
    assert text.startswith(f"{made.package}: its properties take ")
    assert text.endswith(
        " entries; SageMaker allows 50. Give the candidate fewer or shorter properties."
    )


def test_a_delivery_that_is_no_zip_is_refused(world: World) -> None:
    made = ready(world)
    world.put("s3://penstock-delivery-artifacts/source/zip", zip_bytes({}))
    assert "it has no release.json" in refused(world, made)
