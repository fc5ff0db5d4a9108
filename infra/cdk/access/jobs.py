"""What pipelines and their jobs may do in an account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.cdk.access.network import job_rights
from infra.cdk.access.rows import file_statements, row_statements
from infra.cdk.inputs import Inputs
from infra.cdk.naming import Names, bucket_of, prefix_of
from infra.cdk.parts.key import READ, USE
from infra.cdk.places import Files
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
            [
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
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
    # To decide by in pre-prod and prod; in dev and prod to compare candidates with.
    central = central_bucket(tooling.environment.registry)
    statements += [
        *_objects("ApprovedModels", f"s3://{central}/promoted", write=False),
        _keys(tooling, "ModelKey", [tooling], "models", READ),
    ]
    return [*statements, *row_statements(inputs, names)]


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


def _objects(sid: str, address: str, *, write: bool) -> Iterator[Statement]:
    files = Files(bucket_of(address), prefix_of(address).rstrip("/"), is_folder=True)
    return file_statements(sid, [files], write=write)
