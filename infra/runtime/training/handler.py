"""Trains in dev with the release's own definition, and finds the model that this registered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from infra.runtime.authors import author_of
from infra.runtime.canonical import sha256
from infra.runtime.clients import assume_role, open_client
from infra.runtime.codepipeline_job import Done, Job, Waiting, answer
from infra.runtime.delivery_zip import fetch_delivery
from infra.runtime.deployed import RELEASE, tags_of
from infra.runtime.errors import Refused
from infra.runtime.package_arns import execution_arn, group_of
from infra.runtime.release_archive import Release, fetch_release
from infra.runtime.rows import Rows
from infra.runtime.storage import Storage
from infra.runtime.training.candidate import registered_candidate
from infra.runtime.training.champion import approved_champion
from infra.runtime.training.parameters import start_parameters
from infra.runtime.training.settings import settings_of_environment
from infra.runtime.training.settled import as_token, read_token

_SESSION = "penstock-training"
_RUNNING = ("Executing", "Stopping")
_NONE = "none"


def handle(event: Mapping[str, Any], context: object) -> None:
    """Take a job of CodePipeline; see `codepipeline_job`."""
    del context
    answer(event, train, Logger(service="penstock-training"))


def train(job: Job) -> Done | Waiting:
    """Settle what an execution is given, start it, or see how far it is.

    Each is a job of its own. What was settled is kept by CodePipeline, so that a try of the second
    job again asks for the same start.

    Raises:
        Refused: What is deployed in dev is not the release's, or the execution gave no candidate.
    """
    settings = settings_of_environment()
    group = group_of(settings.groups, job.parameter("use_case"))
    pipeline = f"{group}-training"
    release = fetch_release(
        Storage(open_client("s3")), settings.releases, fetch_delivery(job).release
    )
    credentials, _ = assume_role(settings.dev_role, _SESSION, region=settings.region)
    dev = open_client("sagemaker", region=settings.region, credentials=credentials)
    author = author_of(
        open_client("codepipeline"), f"{settings.delivery}-{group}", job.parameter("delivery")
    )
    if not job.continuation:
        _require_release_tag(dev, _require_body(dev, release, pipeline), release)
        release.require_image(settings.parameters.get("Image", ""), "dev")
        # All rows, also of a use case that trains on increments: what is delivered is to be
        # compared with what was, and another commit is no reason for other rows.
        source = settings.sources.get(job.parameter("use_case"), "")
        pinned = Rows(settings.region, credentials).pinned(source)
        settled = {**approved_champion(open_client("sagemaker"), group), "source": pinned}
        start_parameters(settings, settled, release, pipeline, author)
        return Waiting(as_token(settled, f"job {job.id}"))
    if (kept := read_token(job.continuation)) is not None:
        _require_release_tag(dev, _require_body(dev, release, pipeline), release)
        given = start_parameters(settings, kept, release, pipeline, author)
        return Waiting(_start(dev, job, release, pipeline, given))
    execution = job.continuation
    found = dev.describe_pipeline_execution(PipelineExecutionArn=execution)
    if found["PipelineExecutionStatus"] in _RUNNING:
        return Waiting(execution)
    _require_body(dev, release, pipeline)
    ran = dev.describe_pipeline_definition_for_execution(PipelineExecutionArn=execution)
    if sha256(ran["PipelineDefinition"].encode()) != release.body(pipeline):
        raise Refused(
            f"it did not run the definition of release {release.digest}.",
            execution,
            "Start the delivery again.",
        )
    candidate = registered_candidate(dev, found, group)
    return Done(
        {
            "package": candidate.package,
            "execution": execution,
            # CodePipeline shows them to people; an empty one would be shown as a variable's name.
            "evidence": candidate.evidence or _NONE,
            "metrics": candidate.metrics or _NONE,
            "author": author,
        }
    )


def _start(dev: Any, job: Job, release: Release, pipeline: str, given: Mapping[str, str]) -> str:
    """Start an execution, or find the one that this job has started; return its ARN."""
    started = dev.start_pipeline_execution(
        PipelineName=pipeline,
        PipelineParameters=[{"Name": name, "Value": value} for name, value in given.items()],
        PipelineExecutionDescription=f"Delivery of release {release.digest}",
        # A try of the same job again is the same start; another try of the stage is another one.
        ClientRequestToken=sha256(f"{job.id}/{pipeline}".encode()),
    )
    execution = str(started["PipelineExecutionArn"])
    execution_arn(execution)
    return execution


def _require_body(dev: Any, release: Release, pipeline: str) -> str:
    """Return the ARN of a pipeline whose body is the release's."""
    found = dev.describe_pipeline(PipelineName=pipeline)
    arn, body = str(found["PipelineArn"]), sha256(found["PipelineDefinition"].encode())
    if body != release.body(pipeline):
        raise Refused(
            f"the body deployed there is {body}, and that of release {release.digest} is "
            f"{release.body(pipeline)}.",
            arn,
            "See who changed the pipeline, and start the delivery again.",
        )
    return arn


def _require_release_tag(dev: Any, arn: str, release: Release) -> None:
    told = tags_of(dev, arn).get(RELEASE, "")
    if told != release.digest:
        raise Refused(
            f"the pipeline is tagged as of release {told or '(none)'}, and the delivery is of "
            f"{release.digest}.",
            arn,
            "Start the delivery again.",
        )
