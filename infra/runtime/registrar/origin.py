"""Whether a candidate comes from where the delivery says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infra.runtime.canonical import sha256
from infra.runtime.clients import assume_role, open_client
from infra.runtime.errors import Refused
from infra.runtime.identities import identity_of
from infra.runtime.package_arns import execution_arn, package_arn
from infra.runtime.registered_model import registered_by, steps_of
from infra.runtime.registrar.settings import Settings
from infra.runtime.release_archive import Release

_SESSION = "penstock-registrar"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a candidate comes from.

    Attributes:
        group: Of the candidate, in dev and centrally.
        package: ARN of the version in dev.
        execution: ARN of the execution that registered it.
        author: ARN of who started that.
    """

    group: str
    package: str
    execution: str
    author: str

    @property
    def pipeline(self) -> str:
        """Name of the training pipeline."""
        return f"{self.group}-training"


def check_origin(origin: Origin, settings: Settings, release: Release) -> None:
    """Refuse a candidate that the release's training did not register in dev.

    Raises:
        Refused: Another account, group or execution, or another definition than the release's.
    """
    identity_of(origin.author)
    package, execution = package_arn(origin.package), execution_arn(origin.execution)
    if (package.account, package.group) != (settings.dev_account, origin.group.lower()):
        raise Refused(
            f"it is no version of the group {origin.group!r} of dev, account "
            f"{settings.dev_account}.",
            origin.package,
            "Deliver what the delivery's own training registered.",
        )
    named = (execution.account, execution.pipeline)
    if named != (settings.dev_account, origin.pipeline.lower()):
        raise Refused(
            f"it is no execution of {origin.pipeline} in dev, account {settings.dev_account}.",
            origin.execution,
            "Deliver what the delivery's own training registered.",
        )
    dev = _dev(settings)
    ran = dev.describe_pipeline_definition_for_execution(PipelineExecutionArn=origin.execution)
    body = sha256(ran["PipelineDefinition"].encode())
    if body != release.body(origin.pipeline):
        raise Refused(
            f"it ran the body {body}, and that of release {release.digest} is "
            f"{release.body(origin.pipeline)}.",
            origin.execution,
            "Deliver the release that the model was trained with.",
        )
    registered = registered_by(steps_of(dev, origin.execution), origin.execution)
    if registered != origin.package:
        raise Refused(
            f"it registered {registered} and not {origin.package}.",
            origin.execution,
            "Deliver what the delivery's own training registered.",
        )


def _dev(settings: Settings) -> Any:
    credentials, _ = assume_role(settings.dev_role, _SESSION, region=settings.region)
    return open_client("sagemaker", region=settings.region, credentials=credentials)
