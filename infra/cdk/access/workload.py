"""Roles of an account that pipelines run in."""

from __future__ import annotations

from collections.abc import Iterator

import aws_cdk as cdk
from constructs import Construct

from infra.cdk.access.delivering import deliverer, deploying
from infra.cdk.access.jobs import central_bucket, job_statements
from infra.cdk.access.role import (
    Roles,
    function_failures,
    function_log,
    tell,
    use_key,
)
from infra.cdk.access.rows import object_arns, snapshot_statements
from infra.cdk.inputs import Inputs
from infra.cdk.naming import (
    SEAL_ALIAS,
    WAITING,
    Names,
    bucket_arn,
    bucket_of,
    prefix_of,
    stack_of,
    title_of,
)
from infra.cdk.parts.key import READ, USE, VERIFY
from infra.cdk.statements import Statement, allow, trust, trust_roles
from penstock.approval.ledger.aws_address import read_aws_address

_TAKE_MESSAGES = [
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
]


class WorkloadAccess(cdk.Stack):
    """The roles of dev, pre-prod or prod."""

    def __init__(
        self, scope: Construct, title: str, inputs: Inputs, names: Names, **stack: object
    ) -> None:
        super().__init__(scope, title, **stack)  # type: ignore[arg-type]
        roles = Roles(self, names)
        kind = names.environment.kind
        lambdas = trust("lambda.amazonaws.com")
        roles.make(
            "Jobs",
            names.execution_role,
            trust("sagemaker.amazonaws.com", source_account=names.account),
            *job_statements(inputs, names),
            description="Pipelines and their jobs.",
        )
        roles.make(
            "Starter",
            names.of("starter"),
            lambdas,
            *_starting(inputs, names),
            description="Starts pipelines at their times and one after another.",
        )
        roles.make(
            "Notifier",
            names.of("notifier"),
            lambdas,
            *_telling(inputs, names),
            description="Tells people why an execution failed.",
        )
        roles.make(
            "Callback",
            names.of("callback"),
            lambdas,
            *_answering(inputs, names),
            description="Answers steps that wait for data.",
        )
        roles.make(
            "Scheduler",
            names.of("scheduler"),
            trust("scheduler.amazonaws.com", source_account=names.account),
            allow("Start", ["lambda:InvokeFunction"], [names.function("starter")]),
            allow("Failures", ["sqs:SendMessage"], [names.queue("schedules-dead")]),
            use_key(names, "MessageKey", [f"alias/{names.of('messages')}"], *USE),
            description="Calls the starter at the schedules' times.",
        )
        for group in inputs.groups():
            roles.make(
                f"{title_of(group)}Pipelines",
                names.of(stack_of(group)),
                trust_roles(deliverer(inputs, names, group)),
                *deploying(inputs, names, group),
                description=f"Deploys the stack of {group}, and no other.",
            )
        if kind == "dev":
            roles.make(
                "Delivery",
                names.of("delivery"),
                trust_roles(inputs.tooling.role("training"), inputs.tooling.role("registrar")),
                *_training(inputs, names),
                description="Starts the training of a delivery and watches it.",
            )
        else:
            roles.make(
                "Deployer",
                names.of("deployer"),
                lambdas,
                *_deploying(inputs, names),
                description="Verifies what was approved and lets it decide.",
            )


def pipeline_arns(inputs: Inputs, names: Names, *kinds: str) -> list[str]:
    """Return the pipelines of an environment, of some kinds or all."""
    return [
        names.sagemaker_pipeline(each.name)
        for each in inputs.pipelines
        if not kinds or each.kind in kinds
    ]


def _own(names: Names, function: str) -> list[Statement]:
    return [
        function_log(names, function),
        function_failures(names),
        tell(names),
        use_key(names, "MessageKey", [f"alias/{names.of('messages')}"], *USE),
    ]


def _executions(arns: list[str]) -> list[str]:
    return [f"{each}/execution/*" for each in arns]


def _starting(inputs: Inputs, names: Names) -> list[Statement]:
    pipelines = pipeline_arns(inputs, names)
    return [
        *_own(names, "starter"),
        allow(
            "Start",
            [
                "sagemaker:DescribePipeline",
                "sagemaker:ListPipelineExecutions",
                "sagemaker:StartPipelineExecution",
            ],
            pipelines,
        ),
        allow("SeeTags", ["sagemaker:ListTags"], pipelines),
        allow("Live", ["dynamodb:GetItem"], [names.table(names.of("promotions"))]),
        use_key(names, "TableKey", [f"alias/{names.of('data')}"], *READ),
        *_waiting(names),
        *_watermarks(inputs, names),
        *snapshot_statements(inputs, names),
    ]


def _waiting(names: Names) -> Iterator[Statement]:
    """Yield what holding a start back takes, where models go live."""
    if names.environment.kind == "prod":
        yield allow("Wait", ["sqs:SendMessage", *_TAKE_MESSAGES], [names.queue(WAITING)])


def _watermarks(inputs: Inputs, names: Names) -> Iterator[Statement]:
    """Yield what telling the last version of a use case that trains on increments takes."""
    groups = [inputs.use_cases[each].group for each in inputs.incremental()]
    kinds = ("model-package-group/{}", "model-package/{}/*")
    places = [names.arn("sagemaker", kind.format(each)) for each in groups for kind in kinds]
    if places:
        actions = ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]
        yield allow("SeeVersions", actions, places)


def _telling(inputs: Inputs, names: Names) -> list[Statement]:
    pipelines = pipeline_arns(inputs, names)
    return [
        *_own(names, "notifier"),
        allow(
            "See",
            ["sagemaker:DescribePipelineExecution", "sagemaker:ListPipelineExecutionSteps"],
            _executions(pipelines),
        ),
    ]


def _answering(inputs: Inputs, names: Names) -> list[Statement]:
    pipelines = pipeline_arns(inputs, names)
    artifacts = names.environment.artifacts
    rows = [each for place in inputs.source_places(names) for each in place.files]
    looked = [
        f"{bucket_arn(bucket_of(artifacts))}/{prefix_of(artifacts)}*",
        *(arn for each in rows if not each.is_warehouse for arn in object_arns(each)),
    ]
    return [
        *_own(names, "callback"),
        allow("Take", _TAKE_MESSAGES, [names.queue("callbacks")]),
        allow(
            "Answer",
            [
                "sagemaker:SendPipelineExecutionStepFailure",
                "sagemaker:SendPipelineExecutionStepSuccess",
            ],
            [*pipelines, *_executions(pipelines)],
        ),
        allow("Look", ["s3:GetObject"], looked),
        allow("LookWhetherThere", ["s3:ListBucket"], [each.split("/")[0] for each in looked]),
        use_key(names, "DataKey", [f"alias/{names.of('data')}"], *READ),
    ]


def _training(inputs: Inputs, names: Names) -> list[Statement]:
    pipelines = pipeline_arns(inputs, names, "training")
    versions = [names.arn("sagemaker", f"model-package/{each}/*") for each in inputs.groups()]
    return [
        allow(
            "Start", ["sagemaker:DescribePipeline", "sagemaker:StartPipelineExecution"], pipelines
        ),
        allow("SeeTags", ["sagemaker:ListTags"], pipelines),
        allow(
            "Follow",
            [
                "sagemaker:DescribePipelineDefinitionForExecution",
                "sagemaker:DescribePipelineExecution",
                "sagemaker:ListPipelineExecutionSteps",
            ],
            _executions(pipelines),
        ),
        allow("SeeCandidates", ["sagemaker:DescribeModelPackage"], versions),
        *snapshot_statements(inputs, names),
    ]


def _deploying(inputs: Inputs, names: Names) -> list[Statement]:
    tooling, environment = inputs.tooling, names.environment
    pipelines = pipeline_arns(inputs, names, "inference")
    central = bucket_arn(central_bucket(tooling.environment.registry))
    releases = tooling.environment.releases
    released = f"{bucket_arn(bucket_of(releases))}/{prefix_of(releases)}"
    versions = [tooling.arn("sagemaker", f"model-package/{each}/*") for each in inputs.groups()]
    ledger = read_aws_address(environment.ledger).bucket if environment.ledger else ""
    passing = environment.kind == "pre-prod"
    statements = [
        *_own(names, "deployer"),
        allow("Take", _TAKE_MESSAGES, [names.queue("promotion")]),
        allow(
            "Remember",
            [
                "dynamodb:ConditionCheckItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
            ],
            [names.table(names.of("promotions"))],
        ),
        allow("SeeApproved", ["sagemaker:DescribeModelPackage"], versions),
        allow("SeeDefinition", ["sagemaker:DescribePipeline"], pipelines),
        allow("Models", ["s3:GetObject"], [f"{central}/promoted/*"]),
        allow(
            "ModelList",
            ["s3:ListBucket"],
            [central],
            {"StringLike": {"s3:prefix": ["promoted/*"]}},
        ),
        allow("Releases", ["s3:GetObject"], [f"{released}*.tar", f"{released}promoted/*"]),
        allow("ListReleases", ["s3:ListBucket"], [bucket_arn(bucket_of(releases))]),
        allow("Ledger", ["s3:GetObject", "s3:PutObject"], [f"{bucket_arn(ledger)}/live/*"]),
        use_key(
            names, "OwnKeys", [f"alias/{names.of('data')}", f"alias/{names.of('ledger')}"], *USE
        ),
        use_key(tooling, "ModelKey", [f"alias/{tooling.of('models')}"], *READ),
        use_key(
            tooling,
            "ReleaseKey",
            [f"alias/{tooling.of('releases')}"],
            *(USE if passing else READ),
        ),
        use_key(tooling, "Seal", [SEAL_ALIAS], *VERIFY),
    ]
    if passing:
        statements += [
            allow("Try", ["sagemaker:StartPipelineExecution"], pipelines),
            allow(
                "FollowTry",
                [
                    "sagemaker:DescribePipelineDefinitionForExecution",
                    "sagemaker:DescribePipelineExecution",
                ],
                _executions(pipelines),
            ),
            allow(
                "Pass",
                ["s3:GetObject", "s3:PutObject"],
                [f"{released}*/passed/pre-prod/*", f"{released}promoted/*"],
            ),
            allow("SayPassed", ["events:PutEvents"], [tooling.default_bus]),
            *snapshot_statements(inputs, names),
        ]
    return statements
