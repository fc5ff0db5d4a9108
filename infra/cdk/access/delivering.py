"""What the CodePipelines of a use case may do, and the roles by which they deploy its stacks.

A delivery takes the roles of dev and pre-prod, a way to prod that of prod, and each only those of
its own use case: such a role deploys one stack.
"""

from __future__ import annotations

from collections.abc import Sequence

from infra.cdk.access.role import use_key
from infra.cdk.inputs import Inputs
from infra.cdk.naming import (
    Names,
    bucket_arn,
    bucket_of,
    stack_of,
)
from infra.cdk.parts.key import READ, USE
from infra.cdk.statements import Statement, allow

_BUCKETS = ("s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning")
_TO_DEV, _TO_PROD = ("release-check", "training", "registrar"), ("release-check", "opener")
_DEPLOY = (
    "cloudformation:CreateStack",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResource",
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
    "cloudformation:GetStackPolicy",
    "cloudformation:GetTemplate",
    "cloudformation:GetTemplateSummary",
    "cloudformation:UpdateStack",
    "cloudformation:ValidateTemplate",
)
"""Of CodePipeline's action CREATE_UPDATE on a stack. Source: what the CDK 2.275 grants for
`CloudFormationCreateUpdateStackAction`, but for setting a policy of the stack, which has none."""


def delivering(inputs: Inputs, names: Names, group: str) -> list[Statement]:
    """Return what the delivery of a use case may do: carry a release, have dev train, deploy."""
    return _carrying(inputs, names, group, _TO_DEV, inputs.workloads("dev", "pre-prod"))


def going_to_prod(inputs: Inputs, names: Names, group: str) -> list[Statement]:
    """Return what the way to prod of a use case may do."""
    return _carrying(inputs, names, group, _TO_PROD, inputs.workloads("prod"))


def deliverer(inputs: Inputs, names: Names, group: str) -> str:
    """Return the ARN of the role in tooling that deploys a use case to an environment."""
    way = "to-prod" if names.environment.kind == "prod" else "delivery"
    return inputs.tooling.role(f"{way}-{group}")


def deliverers(inputs: Inputs) -> list[str]:
    """Return the ARNs of all roles of CodePipelines."""
    ways = ("delivery", "to-prod") if inputs.workloads("prod") else ("delivery",)
    return [inputs.tooling.role(f"{way}-{group}") for way in ways for group in inputs.groups()]


def deploying_roles(inputs: Inputs) -> list[str]:
    """Return the ARNs of all roles that deploy the stack of a use case."""
    return [each.role(stack_of(group)) for each in inputs.workloads() for group in inputs.groups()]


def deploying(inputs: Inputs, names: Names, group: str) -> list[Statement]:
    """Return what the role may do that deploys the stack of a use case, in its account."""
    tooling, stack = inputs.tooling, names.stack(stack_of(group))
    there = tooling.in_region(names.region)
    return [
        allow("Deploy", _DEPLOY, [names.arn("cloudformation", f"stack/{stack}/*")]),
        allow(
            "HandOn",
            ["iam:PassRole"],
            [names.cloudformation_role()],
            {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        ),
        allow(
            "Templates",
            ["s3:GetObject", "s3:GetObjectVersion"],
            [f"{bucket_arn(there.artifacts)}/*"],
        ),
        use_key(there, "TemplateKey", [f"alias/{tooling.of('delivery')}"], *READ),
    ]


def _carrying(
    inputs: Inputs, names: Names, group: str, functions: Sequence[str], places: Sequence[Names]
) -> list[Statement]:
    releases = bucket_arn(bucket_of(names.environment.releases))
    regions = [names.region, *inputs.further_regions()]
    artifacts = [bucket_arn(names.in_region(each).artifacts) for each in regions]
    return [
        allow("Release", ["s3:GetObject", "s3:GetObjectVersion"], [f"{releases}/delivery/*.zip"]),
        # CodePipeline looks at the buckets before it reads a source or keeps an artifact.
        allow("Buckets", _BUCKETS, [releases, *artifacts]),
        allow(
            "Artifacts",
            ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
            [f"{each}/*" for each in artifacts],
        ),
        allow("Functions", ["lambda:InvokeFunction"], [names.function(each) for each in functions]),
        allow("Deploy", ["sts:AssumeRole"], [each.role(stack_of(group)) for each in places]),
        allow("AskPeople", ["sns:Publish"], [names.topic]),
        use_key(
            names,
            "Keys",
            [f"alias/{names.of(each)}" for each in ("delivery", "messages", "releases")],
            *USE,
        ),
        *[
            use_key(names.in_region(region), f"Key{index}", [f"alias/{names.of('delivery')}"], *USE)
            for index, region in enumerate(inputs.further_regions())
        ],
    ]
