"""The settings of `environments.yaml`, each with the form that the service takes.

Lengths and patterns are those of the service models of botocore 1.44.5 (SageMaker, DynamoDB) and,
for buckets, of the naming rules of Amazon S3. What is needed where, and what has to fit together,
is told by `checks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StringConstraints

_BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
_S3 = rf"s3://{_BUCKET}(/[A-Za-z0-9!_.*'()=-]+)*"
_KEY_ID = r"([0-9a-z-]{36}|mrk-[0-9a-f]{32}|alias/[A-Za-z0-9/_-]+)"
_KEY_ARN = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(key/[0-9a-z-]+|alias/[A-Za-z0-9/_-]+)"

_MLFLOW_ARN = r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:mlflow-[a-z-]+/[A-Za-z0-9-]+"

MOST_TAGS = 40
"""A resource takes 50; the rest is for what Penstock and AWS add."""

Subnet = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]{8,17}$")]
SecurityGroup = Annotated[str, StringConstraints(pattern=r"^sg-[0-9a-f]{8,17}$")]
Endpoint = Annotated[
    str, StringConstraints(max_length=64, pattern=r"^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$")
]
_EMAIL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
Email = Annotated[str, StringConstraints(max_length=254, pattern=rf"^{_EMAIL}$")]
Address = Annotated[str, StringConstraints(max_length=256, pattern=r"^[a-z][a-z0-9+.-]*:/*[^\s]+$")]
UseCaseName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Approver = Annotated[str, StringConstraints(pattern=r"^[^\s,][^\n,]{0,126}$")]
_ROLE = r"arn:aws[a-z-]*:iam::[0-9]{12}:role/([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{1,64}"
_QUEUE = r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}"
Role = Annotated[str, StringConstraints(max_length=2048, pattern=rf"^{_ROLE}$")]
_TAG = r"[\w .:/=+@-]"
TagKey = Annotated[str, StringConstraints(max_length=128, pattern=rf"^{_TAG}+$")]
TagValue = Annotated[str, StringConstraints(max_length=256, pattern=rf"^{_TAG}*$")]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Schedule(_Settings):
    """Whether schedules of this environment start anything, and as whom."""

    enabled: StrictBool = False
    """False: schedules are kept there and paused."""

    role: str = Field(default="", max_length=1600, pattern=rf"^(|{_ROLE})$")
    """ARN of the role that EventBridge Scheduler starts pipelines as; empty: that of the jobs."""

    dead_letters: str = Field(default="", max_length=1600, pattern=rf"^(|{_QUEUE})$")
    """ARN of the standard queue of SQS that keeps starts which failed; empty: they are dropped."""


class Limits(_Settings):
    """How much may run at once."""

    parallel_steps: StrictInt = Field(default=8, ge=1)
    """Steps of one execution that run side by side."""


class Trust(_Settings):
    """Roles that people and builds come with; they may take the roles of ours that do one thing."""

    builder_roles: tuple[Role, ...] = Field(default=(), max_length=8)
    """Store releases and start the delivery."""

    gatekeeper_roles: tuple[Role, ...] = Field(default=(), max_length=8)
    """Answer the manual approvals of the delivery."""

    approver_roles: tuple[Role, ...] = Field(default=(), max_length=8)
    """Approve and reject models: in `tooling` centrally, elsewhere by the ledger there."""

    operator_roles: tuple[Role, ...] = Field(default=(), max_length=8)
    """Read data, work on dead letters; in `tooling` stop and retry deliveries."""


class EnvironmentSettings(_Settings):
    """One account and Region, and what pipelines use there. Empty text: not used."""

    account: str = Field(default="", pattern=r"^[0-9]{12}$")
    """AWS account, 12 digits in quotes."""

    region: str = Field(default="", pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")
    """AWS Region, such as eu-west-1."""

    role: str = Field(
        default="",
        max_length=2048,
        pattern=rf"^{_ROLE}$",
    )
    """ARN of the role that the jobs run as; of the same account."""

    artifacts: str = Field(default="", max_length=1024, pattern=rf"^{_S3}$")
    """Where outputs of runs go (`ArtifactRoot`)."""

    code: str = Field(default="", max_length=1024, pattern=rf"^(|{_S3})$")
    """Where code assets are (`CodeRoot`); empty: `code` below `artifacts`."""

    image: str = Field(default="", max_length=255, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:@-]*$")
    """Container image of the steps (`Image`), by digest: NAME@sha256:HEX."""

    records: str = Field(default="", pattern=r"^[A-Za-z0-9_.-]{3,255}$")
    """DynamoDB table of locks and version records."""

    releases: str = Field(default="", max_length=1024, pattern=rf"^(|{_S3})$")
    """Where releases are kept, write-once."""

    registry: str = Field(
        default="", pattern=rf"^(|(sagemaker://|sqlite:///|https?://)[^\s@]*|{_MLFLOW_ARN})$"
    )
    """Address of the model registry."""

    ledger: str = Field(default="", pattern=r"^(|(dynamodb://|sqlite:///)[^\s@]+)$")
    """Address of the ledger of approvals."""

    kms_key: str = Field(default="", max_length=2048, pattern=rf"^(|{_KEY_ID}|{_KEY_ARN})$")
    """Key of KMS that outputs and volumes are encrypted with: id, alias or ARN."""

    subnets: tuple[Subnet, ...] = Field(default=(), max_length=16)
    """Subnets of the jobs, two; empty: no network of ours."""

    security_groups: tuple[SecurityGroup, ...] = Field(default=(), max_length=5)
    """Security groups of the jobs, one."""

    vpc: str = Field(default="", pattern=r"^(|[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2})$")
    """Addresses of the VPC that the stack `network` makes there; empty: it makes none."""

    endpoints: tuple[Endpoint, ...] = Field(default=(), max_length=20)
    """Services of AWS that the VPC leads to, besides S3."""

    tags: Mapping[TagKey, TagValue] = Field(default={}, max_length=MOST_TAGS)
    """Tags of everything that is created there."""

    schedule: Schedule = Schedule()
    """Whether schedules start anything there, and as whom."""

    approvers: tuple[Approver, ...] = ()
    """Who may approve what goes there."""

    limits: Limits = Limits()
    """How much of a run may go on at once."""

    sources: Mapping[UseCaseName, Address] = {}
    """Where the live rows of a use case are, by use case; else what its own file says."""

    sinks: Mapping[UseCaseName, tuple[Address, ...]] = {}
    """Where the decisions of a use case go, by use case; else what its own file says."""

    alarms: tuple[Email, ...] = Field(default=(), max_length=10)
    """Who is written to when something fails there."""

    trust: Trust = Trust()
    """In `tooling`: who may take the roles of people and builds."""


class EnvironmentsFile(_Settings):
    """`environments.yaml`."""

    environments: dict[str, EnvironmentSettings] = Field(min_length=1)
    """Environments by name: local, dev, pre-prod, prod or tooling, or one of them and a suffix."""
