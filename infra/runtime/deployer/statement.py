"""The statement behind a package: read, held to its digest, its place and its signature."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from infra.runtime import statements
from infra.runtime.canonical import sha256
from infra.runtime.clients import error_code
from infra.runtime.errors import Refused
from infra.runtime.metadata import properties_of
from infra.runtime.statements import Statement, read_statement
from infra.runtime.storage import Storage

_ALGORITHM = "ECDSA_SHA_256"
_AGAIN = "Register the model again."
_INVALID = ("KMSInvalidSignatureException", "InvalidSignatureException")


def properties(package: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the properties of a described package."""
    return properties_of(package.get("CustomerMetadataProperties") or {})


def signed_statement(
    package: Mapping[str, Any], storage: Storage, kms: Any, *, central: str, key: str
) -> Statement:
    """Return the statement that a package names.

    Args:
        package: As SageMaker describes it.
        storage: S3.
        kms: Client of KMS.
        central: `s3://BUCKET` of the central registry.
        key: ARN of the key that signs.

    Raises:
        Refused: There is none, it is elsewhere, or its bytes or its signature are others.
    """
    arn, told = str(package["ModelPackageArn"]), properties(package)
    needed = (statements.STATEMENT, statements.DIGEST, statements.SIGNATURE)
    missing = [name for name in needed if not told.get(name)]
    if missing:
        raise Refused(f"the package has no {', '.join(missing)}.", arn, _AGAIN)
    place, digest, signature = (told[name] for name in needed)
    if not place.startswith(f"{central}/promoted/"):
        raise Refused(f"its statement is not in the central registry, {central}.", place, _AGAIN)
    content = storage.read(place, statements.MOST_BYTES)
    if content is None:
        raise Refused("there is no such statement.", place, _AGAIN)
    found = sha256(content)
    if found != digest:
        what = f"the statement is not the one of the package: its SHA-256 is {found}, not {digest}."
        raise Refused(what, place, "See in the bucket's history who wrote it.")
    if not _is_signed(kms, key, digest, signature):
        raise Refused("the statement is not signed by the registrar.", arn, _AGAIN)
    statement = read_statement(content, place)
    if place != statements.place(central, statement):
        raise Refused("the statement is not in the place of its files.", place, _AGAIN)
    return statement


def _is_signed(kms: Any, key: str, digest: str, signature: str) -> bool:
    try:
        raw = base64.b64decode(signature, validate=True)
        answer = kms.verify(
            KeyId=key,
            Message=bytes.fromhex(digest),
            MessageType="DIGEST",
            Signature=raw,
            SigningAlgorithm=_ALGORITHM,
        )
    except binascii.Error:
        return False
    except Exception as error:
        if error_code(error) in _INVALID:
            return False
        raise
    return bool(answer["SignatureValid"])
