"""What boto3 raises, as errors that say what, where and how to mend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from penstock.errors import PenstockError, Problem, RequestError, ServiceError

_DENIED = (
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "403",
    "NotAuthorized",
)
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
_UNKNOWN = (
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "InvalidToken",
)
_UNSIGNED = ("SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature")
_ELSEWHERE = (
    "PermanentRedirect",
    "301",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
)
_THROTTLED = (
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "ProvisionedThroughputExceededException",
)
_THERE_ALREADY = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_NO_OBJECT = ("NoSuchKey", "404", "NotFound")
_REMEDIES = {
    **dict.fromkeys(_EXPIRED, "The token has expired: sign in to AWS again."),
    **dict.fromkeys(_UNKNOWN, "Look at AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN or the profile."),
    **dict.fromkeys(_UNSIGNED, "Look at AWS_SECRET_ACCESS_KEY or the profile."),
    **dict.fromkeys(_ELSEWHERE, "It is in another Region: name that one."),
    **dict.fromkeys(_THROTTLED, "Try again in a while, or ask for a higher quota."),
    "NoSuchBucket": "Create the bucket, or name another one.",
    "RequestTimeTooSkewed": "Set the clock of this machine.",
}
_ACTIONS = {
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
}


@contextmanager
def translated(service: str, where: str) -> Iterator[None]:
    """Turn what boto3 raises into our errors, by their codes.

    Args:
        service: As IAM calls it in actions, such as `sagemaker`.
        where: The resource that is asked for, for messages.

    Raises:
        RequestError: The Region, the profile or a parameter is wrong.
        ServiceError: The service refused or could not be reached.
    """
    try:
        yield
    except PenstockError:
        raise
    except Exception as error:
        module = type(error).__module__.partition(".")[0]
        if module not in ("boto3", "botocore", "s3transfer"):
            raise
        raise _error(error, service, where) from error


def error_code(error: BaseException) -> str:
    """Return the code that a service answered, or nothing where it did not answer."""
    response = getattr(error, "response", None)
    found = response.get("Error", {}).get("Code") if isinstance(response, Mapping) else None
    return str(found or "")


def is_there_already(error: BaseException) -> bool:
    """Return whether S3 refused to write an object because there is one of that name."""
    return error_code(error) in _THERE_ALREADY


def is_no_object(error: BaseException) -> bool:
    """Return whether S3 says that there is no such object."""
    return error_code(error) in _NO_OBJECT


def is_denied(error: BaseException) -> bool:
    """Return whether a service refused for want of a right, told by its error or by ours."""
    causes = (error, error.__cause__)
    return any(error_code(each) in _DENIED for each in causes if each is not None)


def is_passing(error: BaseException) -> bool:
    """Return whether a service may well answer in a while, told by its error or by ours.

    It throttles, has a fault of its own, or cannot be reached.
    """
    from botocore.exceptions import ConnectionError as NoConnectionError
    from botocore.exceptions import HTTPClientError

    for each in (error, error.__cause__):
        if isinstance(each, NoConnectionError | HTTPClientError):
            return True
        code = "" if each is None else error_code(each)
        if code:
            metadata = getattr(each, "response", {}).get("ResponseMetadata", {})
            return code in _THROTTLED or int(metadata.get("HTTPStatusCode", 0)) >= 500
    return False


def _error(error: Exception, service: str, where: str) -> PenstockError:
    code = error_code(error)
    if code:
        return _refusal(error, code, service, where)
    from botocore import exceptions

    text = str(error).strip().rstrip(".")
    if isinstance(error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
        return ServiceError(
            Problem(
                "there are no AWS credentials.",
                where,
                "Sign in: aws sso login, AWS_PROFILE, or AWS_ACCESS_KEY_ID with its secret.",
            )
        )
    if isinstance(error, exceptions.TokenRetrievalError | exceptions.SSOError):
        return ServiceError(Problem(f"{text}.", where, "Sign in again: aws sso login."))
    if isinstance(error, exceptions.NoRegionError):
        return RequestError(
            Problem("no AWS Region is named.", where, "Set AWS_REGION, or name it in the address.")
        )
    if isinstance(error, exceptions.EndpointConnectionError | exceptions.ConnectTimeoutError):
        return ServiceError(
            Problem(
                f"{service} cannot be reached: {text}.",
                where,
                "Look at the Region, the network and AWS_ENDPOINT_URL.",
            )
        )
    if isinstance(error, _wrong()):
        return RequestError(Problem(f"{text}.", where, "Look at the AWS settings."))
    return ServiceError(Problem(f"{service} did not answer: {text}.", where, "Try again."))


def _refusal(error: Any, code: str, service: str, where: str) -> ServiceError:
    operation = str(getattr(error, "operation_name", ""))
    text = str(error.response["Error"].get("Message") or code).strip().rstrip(".")
    remedy = _REMEDIES.get(code, "See what the service says of it.")
    if code in _DENIED:
        action = f"{service}:{operation}"
        remedy = f"Give these credentials the right to {_ACTIONS.get(action, action)} on it."
    return ServiceError(Problem(f"{service} refused {operation}: {text} ({code}).", where, remedy))


def _wrong() -> tuple[type[Exception], ...]:
    from botocore import exceptions

    return (
        exceptions.ConfigNotFound,
        exceptions.InvalidConfigError,
        exceptions.InvalidRegionError,
        exceptions.ParamValidationError,
        exceptions.ProfileNotFound,
        exceptions.UnknownServiceError,
    )
