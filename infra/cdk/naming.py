"""Names of everything the stacks make, told from an environment alone.

Names are fixed, so that a policy in one account can name what another account holds.
"""

from __future__ import annotations

from dataclasses import dataclass

from penstock.environments import Environment

PREFIX = "penstock"
QUALIFIER = "penstock"
"""Of the bootstrap stacks: `cdk bootstrap --qualifier penstock`."""

SEAL_ALIAS = f"alias/{PREFIX}-promotion"
DELIVERY, TO_PROD = f"{PREFIX}-delivery", f"{PREFIX}-prod"
"""What the names of CodePipelines begin with; a group's name follows, such as `-fraud`."""

GATE_STAGE, GATE_ACTION = "Gate", "Approve"
PARTITION = "aws"
STATE_CHANGE = "SageMaker Model Package State Change"
STATUS_CHANGE = "SageMaker Model Building Pipeline Execution Status Change"
"""As SageMaker calls its events."""


def delivery_of(group: str) -> str:
    """Return the name of the CodePipeline that delivers a use case, by its group."""
    return f"{DELIVERY}-{group}"


def to_prod_of(group: str) -> str:
    """Return the name of the CodePipeline that takes a use case to prod, by its group."""
    return f"{TO_PROD}-{group}"


def stack_of(group: str) -> str:
    """Return what the stack of a use case, and the role that deploys it, are called in `of`."""
    return f"pipelines-{group}"


def title_of(name: str) -> str:
    """Return what a pipeline or a group is called in a template, such as `FraudTraining`."""
    return "".join(part.capitalize() for part in name.replace("_", "-").split("-"))


def bucket_of(address: str) -> str:
    """Return the bucket of an `s3://` address; empty for an empty one."""
    return address.removeprefix("s3://").partition("/")[0]


def prefix_of(address: str) -> str:
    """Return what stands behind the bucket in an `s3://` address, with a slash at its end."""
    path = address.removeprefix("s3://").partition("/")[2].strip("/")
    return f"{path}/" if path else ""


def bucket_arn(bucket: str) -> str:
    """Return the ARN of a bucket."""
    return f"arn:{PARTITION}:s3:::{bucket}"


@dataclass(frozen=True, slots=True)
class Names:
    """Names and ARNs in the account and Region of an environment.

    Attributes:
        environment: Which.
        shared: Whether an earlier environment has the same account and Region: its pipelines have
            the plain names, those of this one end in the environment's name.
    """

    environment: Environment
    shared: bool = False

    @property
    def account(self) -> str:
        """The account's number."""
        return self.environment.account

    @property
    def region(self) -> str:
        """Such as eu-west-1."""
        return self.environment.region

    def of(self, name: str) -> str:
        """Return the name of a thing of this environment, such as `penstock-prod-deployer`."""
        return f"{PREFIX}-{self.environment.name}-{name}"

    def stack(self, name: str) -> str:
        """Return the name of a stack."""
        return self.of(name)

    def pipeline(self, name: str) -> str:
        """Return what a pipeline of the release is called here."""
        return f"{name}{self.suffix}"

    @property
    def suffix(self) -> str:
        """What names of pipelines end with here; empty: an account of its own."""
        return f"-{self.environment.name}" if self.shared else ""

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of something in this account and Region."""
        return f"arn:{PARTITION}:{service}:{self.region}:{self.account}:{resource}"

    def role(self, name: str) -> str:
        """Return the ARN of a role of ours."""
        return f"arn:{PARTITION}:iam::{self.account}:role/{self.of(name)}"

    @property
    def execution_role(self) -> str:
        """Name of the role that jobs run as."""
        return self.environment.role.rpartition("/")[2]

    @property
    def boundary(self) -> str:
        """ARN of the policy that bounds every role of ours."""
        return f"arn:{PARTITION}:iam::{self.account}:policy/{self.of('boundary')}"

    def queue(self, name: str) -> str:
        """Return the ARN of a queue of ours."""
        return self.arn("sqs", self.of(name))

    def queue_url(self, name: str) -> str:
        """Return the address of a queue of ours."""
        return f"https://sqs.{self.region}.amazonaws.com/{self.account}/{self.of(name)}"

    def table(self, name: str) -> str:
        """Return the ARN of a table."""
        return self.arn("dynamodb", f"table/{name}")

    @property
    def artifacts(self) -> str:
        """Bucket of what the delivery carries; bucket names are one for all the world."""
        return self.of(f"delivery-{self.account}-{self.region}")

    def in_region(self, region: str) -> Names:
        """Return the same names in another Region."""
        return Names(self.environment.model_copy(update={"region": region}), self.shared)

    @property
    def topic(self) -> str:
        """ARN of the topic that failures are told to."""
        return self.arn("sns", self.of("alarms"))

    @property
    def bus(self) -> str:
        """ARN of the event bus that approvals arrive at."""
        return self.arn("events", f"event-bus/{self.of('promotion')}")

    @property
    def default_bus(self) -> str:
        """ARN of the account's own event bus."""
        return self.arn("events", "event-bus/default")

    def function(self, name: str) -> str:
        """Return the ARN of a function of ours."""
        return self.arn("lambda", f"function:{self.of(name)}")

    def delivery(self, name: str) -> str:
        """Return the ARN of a CodePipeline."""
        return self.arn("codepipeline", name)

    def sagemaker_pipeline(self, name: str) -> str:
        """Return the ARN of a pipeline of the release."""
        return self.arn("sagemaker", f"pipeline/{self.pipeline(name)}")

    def cloudformation_role(self) -> str:
        """Return the ARN of the bootstrap's role that CloudFormation acts as."""
        return self._bootstrap("cfn-exec-role")

    def _bootstrap(self, name: str) -> str:
        name = f"cdk-{QUALIFIER}-{name}-{self.account}-{self.region}"
        return f"arn:{PARTITION}:iam::{self.account}:role/{name}"
