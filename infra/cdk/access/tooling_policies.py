"""What each role of tooling may do."""

from __future__ import annotations

from infra.cdk.access.jobs import central_bucket
from infra.cdk.access.multipart import MULTIPART, find_unfinished
from infra.cdk.access.role import function_failures, function_log, use_key
from infra.cdk.inputs import Inputs
from infra.cdk.naming import (
    GATE_ACTION,
    GATE_STAGE,
    SEAL_ALIAS,
    Names,
    bucket_arn,
    bucket_of,
    delivery_of,
    prefix_of,
    to_prod_of,
)
from infra.cdk.parts.key import READ, SIGN, USE, VERIFY
from infra.cdk.statements import Statement, allow, deny
from penstock.approval.ledger.aws_address import read_aws_address

_ANSWER_JOB = ["codepipeline:PutJobFailureResult", "codepipeline:PutJobSuccessResult"]


class ToolingPolicies:
    """What each role may do."""

    def __init__(self, inputs: Inputs, names: Names) -> None:
        self._inputs, self._names = inputs, names
        releases = names.environment.releases
        self._release_bucket = bucket_arn(bucket_of(releases))
        self._releases = f"{self._release_bucket}/{prefix_of(releases)}"
        self._zip = f"{self._release_bucket}/delivery/*.zip"
        self._central = bucket_arn(central_bucket(names.environment.registry))
        groups = inputs.groups()
        self._groups = [names.arn("sagemaker", f"model-package-group/{each}") for each in groups]
        self._versions = [names.arn("sagemaker", f"model-package/{each}/*") for each in groups]
        self._deliveries = [names.delivery(delivery_of(each)) for each in groups]
        self._to_prods = [names.delivery(to_prod_of(each)) for each in groups]

    def checking(self) -> list[Statement]:
        """Verify a release, and see of which release a model is."""
        return [
            *self._function("release-check"),
            self._list_releases(),
            allow("Releases", ["s3:GetObject"], [f"{self._releases}*.tar"]),
            allow("See", ["sagemaker:DescribeModelPackage"], self._versions),
        ]

    def training(self) -> list[Statement]:
        """Take dev's role, and see who started the delivery and what was approved."""
        dev = [each.role("delivery") for each in self._inputs.workloads("dev")]
        return [
            *self._function("training"),
            self._list_releases(),
            allow("Dev", ["sts:AssumeRole"], dev),
            allow(
                "SeeApproved",
                ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"],
                [
                    self._names.arn("sagemaker", kind.format(each))
                    for each in self._inputs.groups()
                    for kind in ("model-package-group/{}", "model-package/{}/*")
                ],
            ),
            allow("WhoStarted", ["codepipeline:GetPipelineExecution"], self._deliveries),
            allow("Releases", ["s3:GetObject"], [f"{self._releases}*.tar"]),
        ]

    def registering(self) -> list[Statement]:
        """Copy and sign candidates, and register them as pending; never approve."""
        names, dev = self._names, self._inputs.workloads("dev")
        places = sorted(
            {
                f"{bucket_arn(bucket)}"
                for each in dev
                for bucket in (bucket_of(each.environment.artifacts), models_bucket(each))
                if bucket
            }
        )
        candidates = [
            each.arn("sagemaker", f"model-package/{group}/*")
            for each in dev
            for group in self._inputs.groups()
        ]
        return [
            *self._function("registrar"),
            self._list_releases(),
            allow("Dev", ["sts:AssumeRole"], [each.role("delivery") for each in dev]),
            allow("SeeCandidates", ["sagemaker:DescribeModelPackage"], candidates),
            allow("ReadCandidates", ["s3:GetObject"], [f"{each}/*" for each in places]),
            allow("ListCandidates", ["s3:ListBucket"], [*places, self._central]),
            allow("Keep", ["s3:GetObject", "s3:PutObject"], [f"{self._central}/promoted/*"]),
            allow("Releases", ["s3:GetObject"], [f"{self._releases}*.tar"]),
            allow(
                "Register",
                ["sagemaker:CreateModelPackage"],
                [*self._groups, *self._versions],
                {
                    "StringEquals": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"},
                    "Null": {"sagemaker:CustomerMetadataProperties/release_digest": "false"},
                },
            ),
            allow(
                "SeeRegistered",
                ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"],
                [*self._groups, *self._versions],
            ),
            deny("NeverApproves", ["sagemaker:UpdateModelPackage"], ["*"]),
            use_key(names, "ModelKey", [f"alias/{names.of('models')}"], *USE),
            use_key(names, "Seal", [SEAL_ALIAS], *SIGN),
            *[
                use_key(each, f"DevKey{index}", [f"alias/{each.of('data')}"], *READ)
                for index, each in enumerate(dev)
            ],
            allow(
                "WhoStartedAndApproved",
                ["codepipeline:GetPipelineExecution", "codepipeline:ListActionExecutions"],
                self._deliveries,
            ),
        ]

    def opening(self) -> list[Statement]:
        """Verify what passed pre-prod, and tell prod."""
        names, prods = self._names, self._inputs.workloads("prod")
        return [
            *self._function("opener"),
            self._list_releases(),
            allow("See", ["sagemaker:DescribeModelPackage"], self._versions),
            allow(
                "ListPromoted",
                ["s3:ListBucket"],
                [self._central],
                {"StringLike": {"s3:prefix": ["promoted/*"]}},
            ),
            allow(
                "Passed",
                ["s3:GetObject"],
                [f"{self._releases}promoted/*", f"{self._central}/promoted/*"],
            ),
            allow("Open", ["sqs:SendMessage"], [each.queue("promotion") for each in prods]),
            use_key(names, "Keys", [f"alias/{names.of('models')}"], *READ),
            use_key(names, "Seal", [SEAL_ALIAS], *VERIFY),
            *[
                use_key(each, f"ProdKey{index}", [f"alias/{each.of('messages')}"], *USE)
                for index, each in enumerate(prods)
            ],
            allow("WhoApproved", ["codepipeline:ListActionExecutions"], self._to_prods),
        ]

    def recording(self) -> list[Statement]:
        """Write rejections down."""
        ledger = read_aws_address(self._names.environment.ledger).bucket
        return [
            *self._function("recorder"),
            allow("See", ["sagemaker:DescribeModelPackage"], self._versions),
            allow(
                "Record", ["s3:GetObject", "s3:PutObject"], [f"{bucket_arn(ledger)}/rejections/*"]
            ),
            use_key(self._names, "LedgerKey", [f"alias/{self._names.of('ledger')}"], *USE),
        ]

    def starting_prod(self) -> list[Statement]:
        """Start the ways to prod."""
        return [allow("Start", ["codepipeline:StartPipelineExecution"], self._to_prods)]

    def building(self) -> list[Statement]:
        """Store releases and images, and start the delivery."""
        names = self._names
        return [
            allow("Store", ["s3:GetObject", "s3:PutObject"], [f"{self._releases}*.tar", self._zip]),
            self._list_releases(),
            allow("StoreInParts", MULTIPART, [f"{self._releases}*.tar"]),
            find_unfinished("Unfinished", self._release_bucket.rpartition(":")[2]),
            use_key(names, "ReleaseKey", [f"alias/{names.of('releases')}"], *USE),
            allow(
                "Deliver",
                ["codepipeline:GetPipelineExecution", "codepipeline:StartPipelineExecution"],
                self._deliveries,
            ),
            allow("ImageLogin", ["ecr:GetAuthorizationToken"], ["*"]),
            allow(
                "Image",
                [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:CompleteLayerUpload",
                    "ecr:InitiateLayerUpload",
                    "ecr:PutImage",
                    "ecr:UploadLayerPart",
                ],
                [names.arn("ecr", "repository/penstock")],
            ),
        ]

    def gatekeeping(self) -> list[Statement]:
        """Answer the manual approvals."""
        pipelines = [*self._deliveries, *self._to_prods]
        return [
            allow(
                "Answer",
                ["codepipeline:PutApprovalResult"],
                [f"{each}/{GATE_STAGE}/{GATE_ACTION}" for each in pipelines],
            ),
            allow(
                "See",
                [
                    "codepipeline:GetPipeline",
                    "codepipeline:GetPipelineExecution",
                    "codepipeline:GetPipelineState",
                    "codepipeline:ListPipelineExecutions",
                ],
                pipelines,
            ),
            # The console lists all before one is chosen; the service knows no resource for it.
            allow("Find", ["codepipeline:ListPipelines"], ["*"]),
        ]

    def operating(self) -> list[Statement]:
        """Stop and retry deliveries."""
        pipelines = [*self._deliveries, *self._to_prods]
        return [
            allow(
                "StopAndRetry",
                [
                    "codepipeline:GetPipeline",
                    "codepipeline:GetPipelineExecution",
                    "codepipeline:GetPipelineState",
                    "codepipeline:ListActionExecutions",
                    "codepipeline:ListPipelineExecutions",
                    "codepipeline:StopPipelineExecution",
                ],
                pipelines,
            ),
            allow(
                "Retry",
                ["codepipeline:RetryStageExecution"],
                [f"{each}/*" for each in pipelines],
            ),
            allow("Find", ["codepipeline:ListPipelines"], ["*"]),
        ]

    def approving(self) -> list[Statement]:
        """See what is registered centrally, approve and reject it."""
        return [
            allow(
                "Decide",
                ["sagemaker:UpdateModelPackage"],
                self._versions,
                {"StringEquals": {"sagemaker:ModelApprovalStatus": ["Approved", "Rejected"]}},
            ),
            allow(
                "See",
                ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"],
                [*self._groups, *self._versions],
            ),
            # The console lists all before one is chosen; the service knows no resource for it.
            allow("Find", ["sagemaker:ListModelPackageGroups"], ["*"]),
        ]

    def _list_releases(self) -> Statement:
        """Without it S3 says of a release that is not there that it may not be read."""
        return allow("ListReleases", ["s3:ListBucket"], [self._release_bucket])

    def _function(self, name: str) -> list[Statement]:
        names = self._names
        statements = [
            function_log(names, name),
            function_failures(names),
            use_key(names, "MessageKey", [f"alias/{names.of('messages')}"], *USE),
        ]
        if name != "recorder":
            statements += [
                # A job's id is no resource that policies can name.
                allow("AnswerJob", _ANSWER_JOB, ["*"]),
                allow(
                    "Delivered",
                    ["s3:GetObject"],
                    [f"{bucket_arn(names.artifacts)}/*"],
                ),
                use_key(
                    names,
                    "DeliveryKeys",
                    [f"alias/{names.of('delivery')}", f"alias/{names.of('releases')}"],
                    *READ,
                ),
            ]
        return statements


def models_bucket(names: Names) -> str:
    """Return the bucket of an environment's own registry; empty where it is none of SageMaker."""
    registry = names.environment.registry
    return central_bucket(registry) if registry.startswith("sagemaker://") else ""
