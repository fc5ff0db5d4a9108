"""One environment with everything that a change of a pipeline there needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from penstock.deployment.lease import LEASE_SECONDS, Lease
from penstock.deployment.records import Records
from penstock.deployment.service import Service
from penstock.deployment.uploading import CodeFolder
from penstock.environments import Environment
from penstock.errors import Problem, RequestError
from penstock.executions.service import Service as Executions


@dataclass(frozen=True, slots=True)
class Place:
    """Where pipelines are changed, and who changes them.

    Attributes:
        environment: Its settings.
        service: Its pipelines.
        records: Its locks and versions.
        executions: What runs and ran there.
        code: Its folder of code assets.
        actor: ARN of these credentials.
        folder: The project's work tree.
        told: Is given sentences about what goes on.
        lease_seconds: How long a lock holds without a sign of life.
    """

    environment: Environment
    service: Service
    records: Records
    executions: Executions
    code: CodeFolder
    actor: str
    folder: Path
    told: Callable[[str], None] = lambda _: None
    lease_seconds: float = LEASE_SECONDS

    def lease(self, pipeline: str) -> Lease:
        """Return the lock of a pipeline, not taken yet."""
        return Lease(self.records, pipeline, self.actor, seconds=self.lease_seconds, told=self.told)


def open_place(
    environment: Environment,
    actor: str,
    folder: Path,
    told: Callable[[str], None] = lambda _: None,
    lease_seconds: float = LEASE_SECONDS,
) -> Place:
    """Return the place that an environment names.

    Raises:
        RequestError: No pipeline runs in it.
    """
    if environment.kind == "tooling" or not environment.records:
        what = f"no pipeline runs in {environment.name}."
        raise RequestError(Problem(what, "--env", "Name dev, pre-prod or prod."))
    return Place(
        environment,
        Service(environment.region),
        Records(environment.records, environment.region),
        Executions(environment.region),
        CodeFolder(environment.code, environment.region),
        actor,
        folder,
        told,
        lease_seconds,
    )
