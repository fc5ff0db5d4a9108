"""Who makes a request: the user or the role's session that the credentials belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.responses import BaseResponse
from moto.sts.models import sts_backends


def caller_arn(request: BaseResponse) -> str:
    """Return the ARN of the caller, as GetCallerIdentity does."""
    return _identity(request)[1]


def user_context(request: BaseResponse) -> Mapping[str, Any]:
    """Return the caller as SageMaker notes one: `CreatedBy`, `LastModifiedBy`."""
    principal, arn = _identity(request)
    return {"IamIdentity": {"Arn": arn, "PrincipalId": principal}}


def _identity(request: BaseResponse) -> tuple[str, str]:
    backend = sts_backends[request.current_account][request.partition]
    principal, arn, _ = backend.get_caller_identity(request.get_access_key(), request.region)
    return str(principal), str(arn)
