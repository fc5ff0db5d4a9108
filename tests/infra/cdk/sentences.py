"""Sentences about who may do what across the accounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.policies import Estate, Loosening, Looser, Principal, Question, Sentence, Statement

DEV, PRE_PROD, PROD = "111111111111", "222222222222", "333333333333"
TOOLING = "444444444444"
WORKLOADS = (DEV, PRE_PROD, PROD)
STATUS, DIGEST = (
    "sagemaker:ModelApprovalStatus",
    "sagemaker:CustomerMetadataProperties/release_digest",
)
CREATE, UPDATE, DELETE = (
    f"sagemaker:{verb}ModelPackage" for verb in ("Create", "Update", "Delete")
)
APPROVER = "penstock-tooling-access/ApproverRole"
REGISTRAR = "penstock-tooling-access/RegistrarRole"
BUILDER = "penstock-tooling-access/BuilderRole"
PROD_JOBS = "penstock-prod-access/JobsRole"
TO_PROD, DEPLOYS = (
    "penstock-tooling-access/FraudToProdRole",
    "penstock-prod-access/FraudPipelinesRole",
)
FORMING = [
    f"arn:aws:iam::{account}:role/cdk-penstock-cfn-exec-role-{account}-eu-west-1"
    for account in WORKLOADS
]


def arns(estate: Estate, service: str, kind: str = "", account: str = "") -> Iterator[str]:
    """Yield the ARNs of a service's resources; those of buckets name no account."""
    for arn in dict.fromkeys(estate.resources.values()):
        fields = arn.split(":", 5)
        owner = estate.owners.get(arn, fields[4])
        if fields[2] == service and fields[5].startswith(kind) and owner == (account or owner):
            yield arn


def central(estate: Estate) -> Iterator[tuple[str, str]]:
    """Yield the central groups, each with one of its packages."""
    for group in arns(estate, "sagemaker", "model-package-group/", TOOLING):
        yield group, f"{group.replace(':model-package-group/', ':model-package/')}/7"


def statement(estate: Estate, place: str, sid: str) -> Statement:
    """Find a statement by its name among all that stand in a resource of a template."""
    identities = [each for each in estate.identities.values() if each.place == place]
    policies = [policy for each in identities for policy in each.policies]
    policies += [each.policy for each in estate.resource_policies]
    (found,) = (
        each
        for policy in policies
        for each in policy.statements
        if each.sid == sid and f"{each.place.stack}/{each.place.logical_id}" == place
    )
    return found


def loosening(estate: Estate, place: str, sid: str, way: Looser) -> Loosening:
    return Loosening(statement(estate, place, sid).place, way)


def anyhow(actions: Sequence[str], resources: Sequence[str]) -> list[Question]:
    return [
        Question(action, resource, any_context=True) for action in actions for resource in resources
    ]


def central_writes(estate: Estate) -> list[Question]:
    return anyhow((CREATE, UPDATE, DELETE), [arn for pair in central(estate) for arn in pair])


def packages(estate: Estate) -> list[str]:
    return [package for _, package in central(estate)]


NOT_FROM_ELSEWHERE = Sentence(
    "nobody in dev, pre-prod or prod writes a central model package, whatever their account allows",
    principals=lambda estate: estate.principals(*WORKLOADS),
    questions=central_writes,
    given=lambda estate: estate.unrestrained(*WORKLOADS),
)
REGISTRAR_CANNOT_APPROVE = Sentence(
    "the registrar cannot approve, and registers nothing as approved",
    principals=lambda estate: [estate.principal(REGISTRAR)],
    questions=lambda estate: [
        *anyhow((UPDATE,), packages(estate)),
        *(
            Question(CREATE, group, {STATUS: "Approved"}, any_context=True)
            for group, _ in central(estate)
        ),
    ],
)
REGISTERED_WITH_DIGEST = Sentence(
    "nothing is registered centrally without the digest of its release",
    principals=lambda estate: estate.principals(),
    questions=lambda estate: [
        Question(CREATE, arn, {DIGEST: []}, any_context=True)
        for pair in central(estate)
        for arn in pair
    ],
)
ONLY_THE_APPROVER = Sentence(
    "only the approver changes what is registered centrally",
    principals=lambda estate: [
        each for each in estate.principals() if each != estate.principal(APPROVER)
    ],
    questions=lambda estate: anyhow((UPDATE, DELETE), packages(estate)),
)
NO_OTHER_DECISION = Sentence(
    "the approver approves or rejects, and sets no other status",
    principals=lambda estate: [estate.principal(APPROVER)],
    questions=lambda estate: [
        Question(UPDATE, package, {STATUS: "PendingManualApproval"}, any_context=True)
        for package in packages(estate)
    ],
)


def all_but_the_approvers(estate: Estate) -> list[Question]:
    """Every action that any statement names, on every resource of its service."""
    named = {
        action
        for identity in estate.identities.values()
        for policy in identity.policies
        for each in policy.statements
        for action in each.actions
        if "*" not in action
    }
    own = {
        UPDATE,
        "sagemaker:DescribeModelPackage",
        "sagemaker:ListModelPackageGroups",
        "sagemaker:ListModelPackages",
    }
    asked = []
    for action in sorted(named - own):
        service = action.partition(":")[0]
        asked += anyhow((action,), [*arns(estate, service), "*"])
    return asked


APPROVER_DOES_NOTHING_ELSE = Sentence(
    "the approver does nothing but look at central model packages and decide",
    principals=lambda estate: [estate.principal(APPROVER)],
    questions=all_but_the_approvers,
)


def foreign_objects(estate: Estate) -> list[Question]:
    """An object of every bucket; of the central models one that was not promoted."""
    own = {f"arn:aws:s3:::penstock-prod-{each}" for each in ("artifacts", "models")}
    return anyhow(
        ("s3:GetObject", "s3:PutObject"),
        [f"{bucket}/a" for bucket in arns(estate, "s3") if bucket not in own],
    )


PROD_READS_ITS_OWN = Sentence(
    "prod's jobs read and write prod's data, and besides read promoted models alone",
    principals=lambda estate: [estate.principal(PROD_JOBS)],
    questions=foreign_objects,
)
CI_PASSES_NO_ROLE = Sentence(
    "CI passes no role to any service",
    principals=lambda estate: [estate.principal(BUILDER)],
    questions=lambda estate: anyhow(("iam:PassRole",), [*arns(estate, "iam", "role/")]),
)
ITSELF_TO_SAGEMAKER = Sentence(
    "whoever passes a role passes the jobs' role to SageMaker alone, or CloudFormation's own to "
    "CloudFormation alone",
    principals=lambda estate: estate.principals(),
    questions=lambda estate: [
        *(
            Question("iam:PassRole", arn, {"iam:PassedToService": service}, any_context=True)
            for arn in FORMING
            for service in ("lambda.amazonaws.com", "sagemaker.amazonaws.com")
        ),
        *anyhow(
            ("iam:PassRole",),
            [
                arn
                for arn in arns(estate, "iam", "role/")
                if not arn.endswith(":role/penstock-execution")
            ],
        ),
        *(
            Question("iam:PassRole", arn, {"iam:PassedToService": service}, any_context=True)
            for arn in arns(estate, "iam", "role/penstock-execution")
            for service in ("ec2.amazonaws.com", "lambda.amazonaws.com")
        ),
    ],
)


def of_fraud(estate: Estate) -> list[Principal]:
    """Whatever delivers fraud, in any account."""
    names = ("delivery-fraud", "to-prod-fraud", "pipelines-fraud")
    return [each for each in estate.principals() if each.name.endswith(names)]


OWN_USE_CASE = Sentence(
    "what delivers one use case deploys the stack of no other, and takes no role that does",
    principals=of_fraud,
    questions=lambda estate: [
        question
        for account, name in zip(WORKLOADS, ("dev", "pre-prod", "prod"), strict=True)
        for other in [f"penstock-{name}-pipelines-wine-taste"]
        for question in [
            *anyhow(
                [f"cloudformation:{verb}Stack" for verb in ("Create", "Update", "Delete")],
                [f"arn:aws:cloudformation:eu-west-1:{account}:stack/{other}/1"],
            ),
            *anyhow(("sts:AssumeRole",), [f"arn:aws:iam::{account}:role/{other}"]),
        ]
    ],
)
OWN_WAY = Sentence(
    "nothing but a use case's own way to prod takes the role that deploys it there, whatever the "
    "other accounts allow",
    principals=lambda estate: [
        each for each in estate.principals() if each != estate.principal(TO_PROD)
    ],
    questions=lambda estate: anyhow(("sts:AssumeRole",), [estate.principal(DEPLOYS).arn]),
    given=lambda estate: estate.unrestrained(DEV, PRE_PROD, TOOLING),
)
NOTHING_IN_CLEAR_TEXT = Sentence(
    "no bucket answers a request in clear text, not even to an administrator",
    principals=lambda estate: estate.principals(*WORKLOADS, TOOLING),
    questions=lambda estate: [
        Question(action, f"{bucket}/a", {"aws:SecureTransport": "false"}, any_context=True)
        for bucket in arns(estate, "s3")
        for action in ("s3:GetObject", "s3:PutObject")
    ],
    given=lambda estate: estate.unrestrained(*WORKLOADS, TOOLING),
)
NOTHING_WRITTEN_OVER = Sentence(
    "no released byte and no promoted model is written over or removed, not even by an "
    "administrator",
    principals=lambda estate: estate.principals(*WORKLOADS, TOOLING),
    questions=lambda estate: [
        Question(action, f"arn:aws:s3:::{name}", context, any_context=True)
        for name in ("penstock-releases/a.tar", "penstock-models/promoted/a")
        for action, context in (
            ("s3:PutObject", {"s3:if-none-match": [], "s3:ObjectCreationOperation": "true"}),
            ("s3:DeleteObject", {}),
            ("s3:DeleteObjectVersion", {}),
        )
    ],
    given=lambda estate: estate.unrestrained(*WORKLOADS, TOOLING),
)
NO_ROLE_FROM_ELSEWHERE = Sentence(
    "nobody outside of tooling takes a role of tooling, whatever their account allows",
    principals=lambda estate: estate.principals(*WORKLOADS),
    questions=lambda estate: anyhow(
        ("sts:AssumeRole",),
        [each.arn for each in estate.principals(TOOLING) if each.name != "administrator"],
    ),
    given=lambda estate: estate.unrestrained(*WORKLOADS),
)
ONLY_THE_SEAL_S_OWNER = Sentence(
    "only the registrar seals a promotion, whatever the other accounts allow",
    principals=lambda estate: [
        each for each in estate.principals() if each != estate.principal(REGISTRAR)
    ],
    questions=lambda estate: anyhow(
        ("kms:Sign",), [estate.resource("penstock-tooling-registry/SealKey")]
    ),
    given=lambda estate: estate.unrestrained(*WORKLOADS),
)

SENTENCES = (
    NOT_FROM_ELSEWHERE,
    REGISTRAR_CANNOT_APPROVE,
    REGISTERED_WITH_DIGEST,
    ONLY_THE_APPROVER,
    NO_OTHER_DECISION,
    APPROVER_DOES_NOTHING_ELSE,
    PROD_READS_ITS_OWN,
    CI_PASSES_NO_ROLE,
    ITSELF_TO_SAGEMAKER,
    OWN_USE_CASE,
    OWN_WAY,
    NOTHING_IN_CLEAR_TEXT,
    NOTHING_WRITTEN_OVER,
    NO_ROLE_FROM_ELSEWHERE,
    ONLY_THE_SEAL_S_OWNER,
)


SUBNETS, GROUPS = "sagemaker:VpcSubnets", "sagemaker:VpcSecurityGroupIds"
STARTS = {
    "sagemaker:CreateProcessingJob": "processing-job/pipelines-1",
    "sagemaker:CreateTrainingJob": "training-job/pipelines-1",
    "sagemaker:CreateModel": "model/pipelines-1",
}
"""What takes a network, and what it makes."""

PROD_SUBNETS, PROD_GROUPS = ["subnet-00000003", "subnet-10000003"], ["sg-00000003"]
OUTSIDE = (
    {SUBNETS: [], GROUPS: []},
    {SUBNETS: [], GROUPS: PROD_GROUPS},
    {SUBNETS: PROD_SUBNETS, GROUPS: []},
    {SUBNETS: ["subnet-00000001"], GROUPS: PROD_GROUPS},
    {SUBNETS: [*PROD_SUBNETS, "subnet-00000001"], GROUPS: PROD_GROUPS},
    {SUBNETS: PROD_SUBNETS, GROUPS: ["sg-00000001"]},
    {SUBNETS: PROD_SUBNETS, GROUPS: [*PROD_GROUPS, "sg-00000001"]},
)
MODEL = "sagemaker:ModelArn"


def in_prod(resource: str) -> str:
    return f"arn:aws:sagemaker:eu-west-1:{PROD}:{resource}"


def outside_of_prod(_: Estate) -> list[Question]:
    """Every way to start a job or to make its model elsewhere than in prod's network."""
    transform = "sagemaker:CreateTransformJob", in_prod("transform-job/pipelines-1")
    return [
        *(
            Question(action, in_prod(resource), context, any_context=True)
            for action, resource in STARTS.items()
            for context in OUTSIDE
        ),
        *(
            Question(*transform, {MODEL: model}, any_context=True)
            for model in ([], in_prod("model/by-hand"))
        ),
    ]


NO_JOB_OUTSIDE = Sentence(
    "where prod names subnets, no role of it starts a job or makes a model outside of them",
    principals=lambda estate: estate.principals(PROD),
    questions=outside_of_prod,
)
JOBS_START_INSIDE = Sentence(
    "where prod names subnets, its pipelines start their jobs in them",
    principals=lambda estate: [estate.principal(PROD_JOBS)],
    questions=lambda _: [
        *(
            Question(action, in_prod(resource), {SUBNETS: PROD_SUBNETS, GROUPS: PROD_GROUPS})
            for action, resource in STARTS.items()
        ),
        Question(
            "sagemaker:CreateTransformJob",
            in_prod("transform-job/pipelines-1"),
            {MODEL: in_prod("model/pipelines-1")},
        ),
        Question("ec2:CreateNetworkInterface", "*"),
    ],
    allowed=True,
)
ONLY_JOBS_JOIN = Sentence(
    "where prod names subnets, only its jobs' role makes network interfaces",
    principals=lambda estate: [
        each for each in estate.principals(PROD) if each != estate.principal(PROD_JOBS)
    ],
    questions=lambda _: anyhow(
        ("ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission"), ["*"]
    ),
)

IN_NETWORKS = (NO_JOB_OUTSIDE, JOBS_START_INSIDE, ONLY_JOBS_JOIN)
"""Of environments that name subnets."""
