"""Jobs that CodePipeline gives to a function: what is asked, and how it is answered.

Source: "Invoke an AWS Lambda function in a pipeline in CodePipeline", AWS CodePipeline User Guide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools import Logger

from infra.runtime.clients import Credentials, error_code, open_client
from infra.runtime.errors import Refused, RuntimeFault

JOB = "CodePipeline.job"
LONGEST_MESSAGE = 5000
_OVER = "InvalidJobStateException"


@dataclass(frozen=True, slots=True)
class Job:
    """A job.

    Attributes:
        id: Its own; a repeated event has the same.
        parameters: The action's UserParameters.
        artifact: Address of its first input artifact; empty: it has none.
        credentials: Whom the artifact is read as; None: the function's own role.
        continuation: What the job before it left; empty: there was none.
    """

    id: str
    parameters: Mapping[str, str]
    artifact: str = ""
    credentials: Credentials | None = None
    continuation: str = ""

    def parameter(self, name: str) -> str:
        """Return a parameter that has to be there.

        Raises:
            Refused: It is missing.
        """
        found = self.parameters.get(name, "")
        if not found:
            raise Refused(
                f"the action's UserParameters give no {name!r}.",
                f"job {self.id}",
                "Deploy the delivery pipeline again.",
            )
        return found


@dataclass(frozen=True, slots=True)
class Done:
    """The job is over and went well; later actions read the variables."""

    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The work goes on elsewhere; CodePipeline asks again, with this token."""

    token: str


def answer(event: Mapping[str, Any], work: Callable[[Job], Done | Waiting], logger: Logger) -> None:
    """Do the work of a job and tell CodePipeline how it ended, also where it failed.

    Args:
        event: As CodePipeline sends it.
        work: Does it.
        logger: Of the function.
    """
    told = event[JOB]
    client = open_client("codepipeline")
    try:
        outcome = work(read_job(told))
    except RuntimeFault as error:
        logger.error("the job is refused", job=told["id"], reason=str(error))
        _fail(client, told["id"], str(error))
        return
    except Exception as error:
        logger.exception("the job failed", job=told["id"])
        _fail(client, told["id"], f"unexpected {type(error).__name__}: {error}")
        return
    match outcome:
        case Waiting(token):
            _report(client.put_job_success_result, jobId=told["id"], continuationToken=token)
        case Done(variables):
            logger.info("the job is done", job=told["id"], variables=dict(variables))
            given = {"outputVariables": dict(variables)} if variables else {}
            _report(client.put_job_success_result, jobId=told["id"], **given)


def read_job(told: Mapping[str, Any]) -> Job:
    """Return what the event says of a job.

    Raises:
        Refused: UserParameters are no JSON object of texts.
    """
    data = told["data"]
    text = data["actionConfiguration"]["configuration"].get("UserParameters") or "{}"
    try:
        parameters = json.loads(text)
    except ValueError:
        parameters = None
    if not isinstance(parameters, dict) or not all(
        isinstance(each, str) for each in parameters.values()
    ):
        raise Refused(
            "the action's UserParameters are no JSON object of texts.",
            f"job {told['id']}",
            "Deploy the delivery pipeline again.",
        )
    artifact, lent = "", data.get("artifactCredentials") or {}
    for each in data.get("inputArtifacts") or ():
        at = each["location"]["s3Location"]
        artifact = artifact or f"s3://{at['bucketName']}/{at['objectKey']}"
    credentials = (
        Credentials(lent["accessKeyId"], lent["secretAccessKey"], lent["sessionToken"])
        if lent
        else None
    )
    return Job(
        str(told["id"]), parameters, artifact, credentials, str(data.get("continuationToken") or "")
    )


def _fail(client: Any, job: str, message: str) -> None:
    details = {"type": "JobFailed", "message": message[:LONGEST_MESSAGE]}
    _report(client.put_job_failure_result, jobId=job, failureDetails=details)


def _report(call: Callable[..., Any], **arguments: Any) -> None:
    """Tell how a job ended; a repeated event finds that it was told before."""
    try:
        call(**arguments)
    except Exception as error:
        if error_code(error) != _OVER:
            raise
