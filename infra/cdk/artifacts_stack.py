"""Where the delivery carries templates from stage to stage; one such place in each Region."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.cdk.access.delivering import deliverers, deploying_roles
from infra.cdk.inputs import Inputs
from infra.cdk.naming import Names, bucket_arn
from infra.cdk.parts.bucket import BucketSettings, make_bucket, make_log_bucket
from infra.cdk.parts.key import READ, USE, KeySettings, make_key
from infra.cdk.statements import allow

_KEPT_DAYS = 30


class ArtifactsStack(cdk.Stack):
    """The place in another Region than the delivery's own."""

    def __init__(
        self, scope: Construct, title: str, inputs: Inputs, names: Names, **stack: Any
    ) -> None:
        super().__init__(scope, title, **stack)
        logs = make_log_bucket(self, names.of(f"access-logs-{names.region}"), names.account)
        make_artifacts(self, inputs, names, logs.ref)


def make_artifacts(
    scope: Construct, inputs: Inputs, names: Names, log_bucket: str
) -> tuple[kms.CfnKey, s3.CfnBucket]:
    """Make the key and the bucket of one Region.

    Args:
        scope: The stack.
        inputs: Who is deployed to.
        names: Of tooling in that Region.
        log_bucket: Where accesses are written to.
    """
    functions = [names.role(each) for each in ("release-check", "training", "registrar", "opener")]
    formed = {each.cloudformation_role() for each in inputs.workloads()}
    deploying = sorted({*formed, *deploying_roles(inputs)})
    key = make_key(
        scope,
        "Delivery",
        names,
        KeySettings(
            f"alias/{names.of('delivery')}",
            "What the delivery carries from stage to stage, and its logs.",
            [(USE, deliverers(inputs)), (READ, [*functions, *deploying])],
            logs=True,
        ),
    )
    bucket = make_bucket(
        scope,
        "Artifacts",
        BucketSettings(
            names.artifacts,
            key.attr_arn,
            log_bucket,
            [
                allow(
                    "Deploy",
                    ["s3:GetObject", "s3:GetObjectVersion"],
                    [f"{bucket_arn(names.artifacts)}/*"],
                    AWS=deploying,
                )
            ],
            expire_days=_KEPT_DAYS,
        ),
    )
    return key, bucket
