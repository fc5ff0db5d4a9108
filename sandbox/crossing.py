"""Requests that name something of another account go there, as the services let them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch
from urllib.parse import urlparse

from moto.kms.models import KmsBackend, kms_backends
from moto.kms.responses import KmsResponse
from moto.sagemaker.models import SageMakerModelBackend, sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse
from moto.sqs.models import SQSBackend, sqs_backends
from moto.sqs.responses import SQSResponse

_PACKAGES = ("ModelPackageName", "ModelPackageArn", "ModelPackageGroupName")
_LONGEST_ARN_PART = 6


@contextlib.contextmanager
def accounts_crossed() -> Iterator[None]:
    """Let ARNs and queues' addresses lead to their accounts while this lasts."""
    with (
        patch.object(KmsResponse, "kms_backend", property(_kms)),
        patch.object(SageMakerResponse, "sagemaker_backend", property(_sagemaker)),
        patch.object(SQSResponse, "sqs_backend", property(_sqs)),
    ):
        yield


def account_of(arn: Any) -> str:
    """Return the account that an ARN names; empty: it is none, or names none."""
    parts = str(arn or "").split(":")
    return parts[4] if parts[0] == "arn" and len(parts) >= _LONGEST_ARN_PART else ""


def _kms(self: KmsResponse) -> KmsBackend:
    account = account_of(self._get_param("KeyId"))
    return kms_backends[account or self.current_account][self.region]


def _sagemaker(self: SageMakerResponse) -> SageMakerModelBackend:
    named = (account_of(self._get_param(name)) for name in _PACKAGES)
    account = next((each for each in named if each), self.current_account)
    return sagemaker_backends[account][self.region]


def _sqs(self: SQSResponse) -> SQSBackend:
    address = urlparse(str(self._get_param("QueueUrl") or ""))
    account, _, _ = address.path.strip("/").partition("/")
    owner = account if account.isdigit() else self._get_param("QueueOwnerAWSAccountId")
    return sqs_backends[owner or self.current_account][self.region]
