"""What pipelines and their jobs may do in an account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.cdk.access.multipart import MULTIPART, find_unfinished
from infra.cdk.access.network import job_rights
from infra.cdk.inputs import Inputs
from infra.cdk.naming import Names, bucket_arn, bucket_of, prefix_of
from infra.cdk.parts.key import READ, USE
from infra.cdk.statements import Statement, allow

_JOBS = ("processing-job", "training-job", "transform-job")
_CREATE = (
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateTransformJob",
)
_FOLLOW = tuple(
    f"sagemaker:{verb}{kind}Job"
    for verb in ("Describe", "Stop")
    for kind in ("Processing", "Training", "Transform")
)


def job_statements(inputs: Inputs, names: Names) -> list[Statement]:
    """Return what the jobs' role of an environment may do."""
    environment, tooling = names.environment, inputs.tooling
    jobs = [names.arn("sagemaker", f"{kind}/pipelines-*") for kind in _JOBS]
    models = [names.arn("sagemaker", "model/pipelines-*")]
    anywhere = [
        allow("Jobs", _CREATE, jobs),
        allow("Models", ["sagemaker:CreateModel", "sagemaker:DescribeModel"], models),
    ]
    starting, *making = job_rights(names) if environment.subnets else anywhere
    statements = [
        starting,
        allow("FollowJobs", (*_FOLLOW, "sagemaker:AddTags"), [*jobs, *models]),
        *making,
        allow(
            "TakeItself",
            ["iam:PassRole"],
            [environment.role],
            {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
        *_objects("Artifacts", environment.artifacts, write=True),
        *(_objects("Code", environment.code, write=False) if environment.code else []),
        allow(
            "JobLogs",
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            [
                names.arn("logs", f"log-group:/aws/sagemaker/{kind}*")
                for kind in ("ProcessingJobs", "TrainingJobs", "TransformJobs")
            ],
        ),
        # The service knows no resource for these two.
        allow(
            "Metrics",
            ["cloudwatch:PutMetricData"],
            ["*"],
            {"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "penstock"]}},
        ),
        allow("ImageLogin", ["ecr:GetAuthorizationToken"], ["*"]),
        allow(
            "Image",
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [image_repository(environment.image)],
        ),
        _keys(names, "DataKey", [names], "data", USE),
        # Callback steps ask a queue as the pipeline's role.
        allow("Ask", ["sqs:SendMessage"], [names.queue("callbacks")]),
        _keys(names, "MessageKey", [names], "messages", USE),
    ]
    if environment.kind in ("dev", "prod"):
        statements += _registration(inputs, names)
    if environment.kind in ("pre-prod", "prod"):
        central = inputs.tooling.environment.registry
        statements += [
            *_objects("ApprovedModels", f"s3://{central_bucket(central)}/promoted", write=False),
            _keys(tooling, "ModelKey", [tooling], "models", READ),
        ]
    statements += list(_live(inputs, names))
    return statements


def central_bucket(address: str) -> str:
    """Return the bucket of a registry's address."""
    from penstock.registry.sagemaker.address import read_address

    return read_address(address).bucket


def image_repository(image: str) -> str:
    """Return the ARN of the repository of an image in Amazon ECR."""
    host, _, path = image.partition("/")
    account, region = host.split(".")[0], host.split(".")[3]
    name = path.partition("@")[0].partition(":")[0]
    return f"arn:aws:ecr:{region}:{account}:repository/{name}"


def live_places(inputs: Inputs, names: Names) -> tuple[list[str], list[str]]:
    """Return the addresses in S3 that pipelines of an environment read and write, sorted.

    Decisions of a trial go below the environment's own artifacts, so only prod writes live sinks.
    """
    environment = names.environment
    sources, sinks = set(), set()
    for each in inputs.use_cases.values():
        source = environment.sources.get(each.name, each.source)
        sources |= {source} if source.startswith("s3://") else set()
        if environment.kind == "prod":
            wanted = environment.sinks.get(each.name, each.sinks)
            sinks |= {sink for sink in wanted if sink.startswith("s3://")}
    return sorted(sources), sorted(sinks)


def _live(inputs: Inputs, names: Names) -> Iterator[Statement]:
    sources, sinks = live_places(inputs, names)
    yield from _objects("Sources", *sources, write=False)
    yield from _objects("Sinks", *sinks, write=True)


def _registration(inputs: Inputs, names: Names) -> list[Statement]:
    groups = inputs.groups()
    versions = [names.arn("sagemaker", f"model-package/{each}/*") for each in groups]
    here = [names.arn("sagemaker", f"model-package-group/{each}") for each in groups]
    return [
        allow(
            "RegisterCandidates",
            ["sagemaker:CreateModelPackage"],
            [*here, *versions],
            {"StringEquals": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}},
        ),
        allow(
            "SeeCandidates",
            [
                "sagemaker:DescribeModelPackage",
                "sagemaker:DescribeModelPackageGroup",
                "sagemaker:ListModelPackages",
            ],
            [*here, *versions],
        ),
    ]


def _keys(
    names: Names, sid: str, owners: Sequence[Names], purpose: str, actions: Sequence[str]
) -> Statement:
    from infra.cdk.access.role import use_key

    return use_key(names, sid, [f"alias/{each.of(purpose)}" for each in owners], *actions)


def _objects(sid: str, *addresses: str, write: bool) -> Iterator[Statement]:
    """Yield as few statements as can be: a role's policy has to fit (`safety.policies_fit`)."""
    if not addresses:
        return
    actions = ["s3:GetObject"] + ([*MULTIPART, "s3:PutObject"] if write else [])
    below: dict[str, list[str]] = {}
    for each in addresses:
        below.setdefault(bucket_of(each), []).append(prefix_of(each))
    objects = [
        f"{bucket_arn(bucket)}/{prefix}*" for bucket, found in below.items() for prefix in found
    ]
    yield allow(sid, actions, objects)
    for index, (bucket, found) in enumerate(below.items()):
        listed = {"StringLike": {"s3:prefix": [f"{each}*" for each in found]}}
        number = index or ""
        yield allow(
            f"{sid}List{number}",
            ["s3:ListBucket"],
            [bucket_arn(bucket)],
            listed if all(found) else None,
        )
        if write:
            yield find_unfinished(f"{sid}Unfinished{number}", bucket)
