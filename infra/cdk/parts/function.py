"""A Lambda function of ours with its log, its limits and its alarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_lambda as functions
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra.cdk.acknowledging import acknowledge
from infra.cdk.naming import Names
from infra.cdk.parts.alarm import Alarms

_LOG_DAYS = 400


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """What a function is.

    Attributes:
        concern: Folder of its code below `infra/runtime/`, with underscores.
        description: For people.
        variables: Its settings.
        seconds: It is ended after.
        memory: MiB.
        scratch: MiB of its disk.
        at_once: How many of it run side by side.
    """

    concern: str
    description: str
    variables: Mapping[str, str]
    seconds: int = 60
    memory: int = 512
    scratch: int = 512
    at_once: int = 2


class Functions:
    """Makes functions in one stack.

    Args:
        scope: The stack.
        names: Of its environment.
        code: Folder that is shipped.
        log_key: ARN of the key for logs.
        alarms: Of the stack.
        dead: ARN of the queue for events that a function failed at.
    """

    def __init__(
        self,
        scope: Construct,
        names: Names,
        *,
        code: str,
        log_key: str,
        alarms: Alarms,
        dead: str,
    ) -> None:
        self._scope, self._names, self._log_key = scope, names, log_key
        self._alarms, self._dead = alarms, dead
        self._asset = assets.Asset(scope, "RuntimeCode", path=code)

    def make(self, title: str, settings: FunctionSettings) -> functions.CfnFunction:
        """Make a function `penstock-ENV-CONCERN` that runs as the role of the same name."""
        name = settings.concern.replace("_", "-")
        full = self._names.of(name)
        log = logs.CfnLogGroup(
            self._scope,
            f"{title}Log",
            log_group_name=f"/aws/lambda/{full}",
            retention_in_days=_LOG_DAYS,
            kms_key_id=self._log_key,
        )
        log.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        function = functions.CfnFunction(
            self._scope,
            f"{title}Function",
            function_name=full,
            description=settings.description,
            runtime="python3.11",
            architectures=["x86_64"],
            handler=f"infra.runtime.{settings.concern}.handler.handle",
            role=self._names.role(name),
            code=functions.CfnFunction.CodeProperty(
                s3_bucket=self._asset.s3_bucket_name, s3_key=self._asset.s3_object_key
            ),
            timeout=settings.seconds,
            memory_size=settings.memory,
            ephemeral_storage=functions.CfnFunction.EphemeralStorageProperty(size=settings.scratch),
            reserved_concurrent_executions=settings.at_once,
            dead_letter_config=functions.CfnFunction.DeadLetterConfigProperty(
                target_arn=self._dead
            ),
            environment=functions.CfnFunction.EnvironmentProperty(
                variables={
                    "POWERTOOLS_SERVICE_NAME": name,
                    "PENSTOCK_ENVIRONMENT": self._names.environment.name,
                    **settings.variables,
                }
            ),
        )
        acknowledge(
            function, ("L1", "The functions run on the Python that they are locked and tested for.")
        )
        function.add_resource_dependency(log)
        self._alarms.make(
            f"{title}Fails",
            f"{full}-fails",
            f"{full} has failed: see its log /aws/lambda/{full}.",
            "AWS/Lambda",
            "Errors",
            {"FunctionName": full},
        )
        return function
