"""What can be seen in the accounts of a promotion."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from typing import Any

from infra.rehearsal.errors import told
from infra.rehearsal.world import World
from sandbox.execution import Execution


def live_record(world: World, pipeline: str) -> Mapping[str, Any] | None:
    """Return what prod decides by in a pipeline; None: nothing, or prod has no stacks yet."""
    return _item(world, "prod", f"live#{pipeline}", "live")


def promotion_record(
    world: World, environment: str, package: str, approved_at: str
) -> Mapping[str, Any] | None:
    """Return what an account made of an approval; None: nothing yet, or it has no stacks yet."""
    return _item(world, environment, f"promotion#{package}", approved_at)


def _item(world: World, environment: str, pk: str, sk: str) -> Mapping[str, Any] | None:
    table = world.client("dynamodb", environment)
    try:
        found = table.get_item(
            TableName=f"penstock-{environment}-promotions",
            Key={"pk": {"S": pk}, "sk": {"S": sk}},
        )
    except table.exceptions.ResourceNotFoundException:
        return None
    item = found.get("Item")
    return {name: next(iter(value.values())) for name, value in item.items()} if item else None


def latest_execution(world: World, environment: str, pipeline: str) -> Execution:
    """Return the newest execution of a SageMaker pipeline in an account.

    Raises:
        RehearsalError: There is none.
    """
    place = world.places[environment]
    found = [
        each
        for each in world.executions.values()
        if (each.place, each.pipeline) == (place, pipeline)
    ]
    if not found:
        raise told("it was never started.", f"{pipeline} in {environment}", world.last_words)
    return found[-1]


def body_of(world: World, environment: str, pipeline: str) -> str:
    """Return the digest of a pipeline's definition as an account has it."""
    found = world.client("sagemaker", environment).describe_pipeline(PipelineName=pipeline)
    return hashlib.sha256(found["PipelineDefinition"].encode()).hexdigest()


def newest_package(world: World, group: str) -> str:
    """Return the ARN of the newest package of a group in the centre.

    Raises:
        RehearsalError: There is none.
    """
    found = world.client("sagemaker", "tooling").list_model_packages(
        ModelPackageGroupName=group, ModelPackageType="Versioned"
    )["ModelPackageSummaryList"]
    if not found:
        raise told("nothing is registered in the centre.", group, world.last_words)
    return str(max(found, key=lambda each: each["ModelPackageVersion"])["ModelPackageArn"])


def read_rows(s3: Any, address: str) -> list[Mapping[str, Any]]:
    """Return the rows of the Parquet files below an address."""
    from pyarrow import parquet

    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    rows: list[Mapping[str, Any]] = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Contents", []):
            if each["Key"].endswith(".parquet"):
                body = s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
                rows += parquet.read_table(io.BytesIO(body)).to_pylist()
    return rows
