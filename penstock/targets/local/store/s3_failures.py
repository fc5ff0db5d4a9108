"""What a client of S3 raises, as errors that a run knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.errors import PenstockError, Problem, StepError
from penstock.targets.local import faults

_REMEDIES = {
    "AccessDenied": "Give these credentials the right to it.",
    "403": "Give these credentials the right to it.",
    "404": "Look at the step that should write it.",
    "NoSuchKey": "Look at the step that should write it.",
    "NoSuchBucket": "Create the bucket, or name another one.",
    "ExpiredToken": "Sign in again.",
    "InvalidAccessKeyId": "Look at AWS_ACCESS_KEY_ID or the profile.",
    "SignatureDoesNotMatch": "Look at AWS_SECRET_ACCESS_KEY or the profile.",
    "PermanentRedirect": "Set AWS_REGION to the region of the bucket.",
    "RequestTimeTooSkewed": "Set the clock of this machine.",
}
_THROTTLING = ("SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "503")
_FAULTS = ("InternalError", "500", "502", "504", "ServiceUnavailable", "RequestTimeout")


class Translated:
    """Turns the client's errors into ours, by their codes."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Exception):
            return
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError
        from s3transfer.exceptions import S3DownloadFailedError

        cause = error.__context__ if isinstance(error, Boto3Error) else error
        if isinstance(cause, ClientError):
            raise self._refusal(cause.response.get("Error", {})) from error
        if isinstance(error, BotoCoreError | Boto3Error | S3DownloadFailedError):
            raise self._failure(error) from error

    def _refusal(self, answer: Mapping[str, Any]) -> PenstockError:
        code = str(answer.get("Code", ""))
        text = str(answer.get("Message") or code).rstrip(".")
        problem = Problem(f"{self._what}: {text} ({code}).", remedy=_REMEDIES.get(code, ""))
        if code in _THROTTLING:
            return faults.ServiceFault(faults.THROTTLING, problem)
        if code in _FAULTS:
            return faults.ServiceFault(faults.SERVICE_FAULT, problem)
        return StepError(problem)

    def _failure(self, cause: Exception) -> PenstockError:
        from botocore import exceptions

        if isinstance(cause, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
            return StepError(
                Problem(f"{self._what}: there are no AWS credentials.", remedy="Sign in to AWS.")
            )
        text = str(getattr(cause, "last_exception", cause)).strip().rstrip(".")
        if isinstance(cause, _permanent_failures()):
            return StepError(
                Problem(f"{self._what}: {text}.", remedy="Look at the AWS settings and the URI.")
            )
        return faults.ServiceFault(
            faults.SERVICE_FAULT,
            Problem(f"{self._what}: {text}.", remedy="Resume the run when the store answers."),
        )


def _permanent_failures() -> tuple[type[Exception], ...]:
    from botocore import exceptions

    return (
        exceptions.ConfigNotFound,
        exceptions.CredentialRetrievalError,
        exceptions.InvalidConfigError,
        exceptions.InvalidEndpointConfigurationError,
        exceptions.InvalidRegionError,
        exceptions.NoRegionError,
        exceptions.ParamValidationError,
        exceptions.ProfileNotFound,
        exceptions.SSOError,
        exceptions.TokenRetrievalError,
        exceptions.ValidationError,
    )
