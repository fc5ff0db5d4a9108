"""What an account knows of promotions, and how one is played up to its registration."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.cdk.described import described
from infra.policies import Template
from infra.rehearsal.delivery.execution import DeliveryExecution
from infra.rehearsal.story.building import Built
from infra.rehearsal.story.lines import Teller
from infra.rehearsal.story.promotion import TO_PROD, Promotion
from infra.rehearsal.story.whole import CALLS, rows_of
from infra.rehearsal.world import World, rehearsing

INFERENCE = "fraud-inference"


@contextmanager
def registered(built: Built, folder: Path, record: Path) -> Iterator[Promotion]:
    """Play a promotion until its model waits in the centre; what roles ask is recorded."""
    names = [each for each in built.environments.names if each != "local"]
    built.keep(record)
    made_for = [built.environments.get(each) for each in names]
    with rehearsing(made_for, calls=record / CALLS) as world:
        promotion = Promotion(world, built, Teller())
        promotion.found(rows_of(folder))
        promotion.publish()
        promotion.deliver()
        promotion.train()
        promotion.open_gate()
        promotion.register()
        yield promotion


def states(world: World, environment: str) -> list[Mapping[str, str]]:
    """Return the promotions that an account recorded, the oldest approval first."""
    table = world.client("dynamodb", environment)
    found = table.scan(TableName=f"penstock-{environment}-promotions")["Items"]
    plain = [{name: next(iter(each.values())) for name, each in item.items()} for item in found]
    kept = [each for each in plain if str(each["pk"]).startswith("promotion#")]
    return sorted(kept, key=lambda each: str(each["sk"]))


def trials(world: World) -> list[str]:
    """Return the executions of the inference in pre-prod."""
    place = world.places["pre-prod"]
    return [
        each.arn
        for each in world.executions.values()
        if (each.place, each.pipeline) == (place, INFERENCE)
    ]


def ways_to_prod(world: World) -> int:
    """Return how often the way to prod was started."""
    return len(world.deliveries.of(world.places["tooling"], TO_PROD))


def keys_below(s3: Any, bucket: str, prefix: str) -> list[str]:
    """Return the keys of objects."""
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [str(each["Key"]) for each in found.get("Contents", [])]


def register_again(promotion: Promotion, **properties: str) -> str:
    """Register the model once more in the centre, past the registrar; return the package's ARN.

    Args:
        properties: What else it says of itself; by default it is as good as the first.
    """
    found = promotion.described
    made = promotion.world.client("sagemaker", "tooling").create_model_package(
        ModelPackageGroupName=found["ModelPackageGroupName"],
        InferenceSpecification=found["InferenceSpecification"],
        CustomerMetadataProperties={**found["CustomerMetadataProperties"], **properties},
        ModelApprovalStatus="PendingManualApproval",
    )
    return str(made["ModelPackageArn"])


def approvals(world: World) -> Sequence[Mapping[str, Any]]:
    """Return the events of approvals as tooling's bus saw them, the oldest first."""
    place = world.places["tooling"]
    return [
        event
        for there, bus, event in world.buses.seen
        if (there, bus) == (place, "default")
        and event["detail"].get("ModelApprovalStatus") == "Approved"
    ]


def redeliver(world: World, *events: Mapping[str, Any]) -> None:
    """Let events come again to tooling's bus, and wait for what comes of it."""
    for event in events:
        world.buses.put(world.places["tooling"], "default", event)
    world.settle()


def deployed_templates(built: Built) -> list[Template]:
    """Return what the rehearsal deploys, each where it is deployed."""
    found = []
    for file in sorted((built.assembly / "templates").glob("*.template.json")):
        stack = file.name.partition(".")[0]
        body = built.template(stack)
        there = built.environments.get(described(body).environment)
        found.append(Template(stack, there.account, there.region, body))
    return found


def deploy_another(promotion: Promotion, environment: str, group: str) -> None:
    """Deploy the stack of another use case as an earlier release left it: with other bytes."""
    stack = f"penstock-{environment}-pipelines-{group}"
    earlier = json.loads(json.dumps(promotion.built.template(stack)))
    for resource in earlier["Resources"].values():
        if resource["Type"] == "AWS::SageMaker::Pipeline":
            resource["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"] += " "
    promotion.world.deploy(environment, stack, earlier, {"ReleaseDigest": "0" * 64})


def standing(promotion: Promotion, environment: str, group: str) -> Mapping[str, Any]:
    """Return the pipelines with their tags, the schedules and the rules of a use case."""
    world, found = promotion.world, {}
    sagemaker = world.client("sagemaker", environment)
    scheduler, events = world.client("scheduler", environment), world.client("events", environment)
    template = promotion.built.template(f"penstock-{environment}-pipelines-{group}")
    for title, resource in template["Resources"].items():
        given = resource["Properties"]
        if resource["Type"] == "AWS::SageMaker::Pipeline":
            told = sagemaker.describe_pipeline(PipelineName=given["PipelineName"])
            tags = sagemaker.list_tags(ResourceArn=told["PipelineArn"])["Tags"]
            found[title] = {**told, "tags": tags}
        elif resource["Type"] == "AWS::Scheduler::Schedule":
            named = {"GroupName": given["GroupName"], "Name": given["Name"]}
            found[title] = scheduler.get_schedule(**named)
        elif resource["Type"] == "AWS::Events::Rule":
            found[title] = events.describe_rule(Name=given["Name"])
    for each in found.values():
        del each["ResponseMetadata"]
    return found


def passed_of(world: World, group: str, package: str, release: str) -> Mapping[str, Any]:
    """Return the event by which pre-prod tells that a model has passed."""
    return {
        "source": "penstock.promotion",
        "detail-type": "Pre-production succeeded",
        "account": world.places["pre-prod"].account,
        "detail": {
            "package": package,
            "group": group,
            "approved_at": "2026-11-21T11:00:00.000000Z",
            "release": release,
        },
    }


def release_of(world: World, execution: DeliveryExecution) -> str:
    """Return the digest of the release that a delivery took up."""
    bucket, key = execution.artifacts["Release"]
    content = world.client("s3", "tooling").get_object(Bucket=bucket, Key=key)["Body"].read()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return str(json.loads(archive.read("release.json"))["release"])
