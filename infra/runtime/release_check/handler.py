"""Verifies a delivery before anything is deployed from it.

The release's bytes have the digest that the delivery names, the templates that CloudFormation is
given are the release's, and a model that goes to production was promoted with this very release.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger

from infra.runtime.clients import open_client
from infra.runtime.codepipeline_job import Done, Job, answer
from infra.runtime.delivery_zip import Delivery, fetch_delivery
from infra.runtime.errors import Refused
from infra.runtime.metadata import properties_of
from infra.runtime.package_arns import require_group
from infra.runtime.release_archive import Release, fetch_release
from infra.runtime.settings import Reader
from infra.runtime.statements import RELEASE
from infra.runtime.storage import Storage

_LISTED = 5


@dataclass(frozen=True, slots=True)
class Settings:
    """What the function is deployed with: the folder of releases, `s3://BUCKET[/PREFIX]`."""

    releases: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read the variables.

        Raises:
            SettingsError: They are missing or wrong.
        """
        reader = Reader(environ)
        found = cls(reader.place("PENSTOCK_RELEASES"))
        reader.check()
        return found


def handle(event: Mapping[str, Any], context: object) -> None:
    """Take a job of CodePipeline; see `codepipeline_job`."""
    del context
    answer(event, check, Logger(service="penstock-release-check"))


def check(job: Job) -> Done:
    """Verify the delivery of a job.

    Raises:
        Refused: The release is not there or not what its digest says, templates differ, or a model
            is of another group or release.
    """
    settings = Settings.from_environment(os.environ)
    delivery = fetch_delivery(job)
    release = fetch_release(Storage(open_client("s3")), settings.releases, delivery.release)
    _require_same_templates(delivery, release)
    if "package" in job.parameters:
        require_group(job.parameter("package"), job.parameter("group"))
        _require_release_of(job.parameter("package"), release)
    return Done({"release": release.digest})


def _require_same_templates(delivery: Delivery, release: Release) -> None:
    given, wanted = delivery.templates, release.templates
    differing = sorted(
        path for path in given.keys() | wanted.keys() if given.get(path) != wanted.get(path)
    )
    if differing:
        listed = ", ".join(differing[:_LISTED])
        more = f" and {len(differing) - _LISTED} more" if len(differing) > _LISTED else ""
        raise Refused(
            f"these templates are not those of the release {release.digest}: {listed}{more}.",
            delivery.where,
            "Let CI deliver the release again.",
        )


def _require_release_of(package: str, release: Release) -> None:
    found = open_client("sagemaker").describe_model_package(ModelPackageName=package)
    told = properties_of(found.get("CustomerMetadataProperties") or {}).get(RELEASE, "")
    if told != release.digest:
        raise Refused(
            f"the model is of release {told or '(none)'}, and the delivery is of {release.digest}.",
            package,
            "Deliver the model's release, or promote a model of this one.",
        )
