"""A signing key that never leaves AWS KMS: ECDSA on NIST P-256 with SHA-256.

Verification needs neither KMS nor AWS: the public key stands in what was signed.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cached_property
from typing import Any

from penstock.approval.signing.verifying import holds, is_key
from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated
from penstock.errors import ApprovalError, Problem, ServiceError

_SPECIFICATION, _ALGORITHM = "ECC_NIST_P256", "ECDSA_SHA_256"
_CREATE = (
    "Create one: aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY, and name it."
)
_REMEDIES = {
    "NotFoundException": ("there is no such key here.", f"Look at the Region. {_CREATE}"),
    "DisabledException": ("the key is disabled.", "Enable it: aws kms enable-key."),
    "KMSInvalidStateException": (
        "the key is about to be deleted, or not usable yet.",
        "See its state: aws kms describe-key.",
    ),
    "InvalidKeyUsageException": ("the key is not made for signing.", _CREATE),
    "UnsupportedOperationException": ("the key is not made for signing.", _CREATE),
}


class KmsSigner:
    """A signer whose private key is in KMS.

    Args:
        key: Id, alias (`alias/…`) or ARN of the key.
        region: Empty: that of the ARN, else that of the environment.
    """

    def __init__(self, key: str, region: str = "") -> None:
        self._id = key
        self._region = region or (key.split(":")[3] if key.startswith("arn:") else "")

    @cached_property
    def key(self) -> str:
        """See `Signer.key`; asked for once.

        Raises:
            ApprovalError: There is no such key, or it is none that decisions are signed with.
            ServiceError: KMS refused or cannot be reached.
        """
        found = self._asked("get_public_key", KeyId=self._id)
        public = f"ecdsa-p256:{base64.b64encode(found['PublicKey']).decode()}"
        if not is_key(public) or found.get("KeyUsage") != "SIGN_VERIFY":
            what = f"the key is none of {_SPECIFICATION} for signing."
            raise ApprovalError(Problem(what, self._where, _CREATE))
        return public

    def sign(self, message: bytes) -> bytes:
        """See `Signer.sign`."""
        public = self.key
        answer = self._asked(
            "sign",
            KeyId=self._id,
            Message=hashlib.sha256(message).digest(),
            MessageType="DIGEST",
            SigningAlgorithm=_ALGORITHM,
        )
        signature = bytes(answer["Signature"])
        if not holds(public, message, signature):
            raise ServiceError(
                Problem(
                    "the signature that KMS made does not belong to the key.",
                    self._where,
                    "The alias may have moved to another key: try again.",
                )
            )
        return signature

    @property
    def _where(self) -> str:
        return f"the KMS key {self._id}"

    @cached_property
    def _client(self) -> Any:
        return open_client("kms", self._region, self._where)

    def _asked(self, operation: str, **arguments: Any) -> Any:
        with translated("kms", self._where):
            try:
                return getattr(self._client, operation)(**arguments)
            except Exception as error:
                known = _REMEDIES.get(error_code(error))
                if known is None:
                    raise
                raise ApprovalError(Problem(known[0], self._where, known[1])) from error
