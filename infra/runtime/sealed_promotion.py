"""The promotion that a central version leads to: its statement's bytes and signature hold."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.runtime.canonical import sha256
from infra.runtime.clients import error_code
from infra.runtime.errors import Refused
from infra.runtime.metadata import properties_of
from infra.runtime.statements import (
    DIGEST,
    MOST_BYTES,
    SIGNATURE,
    STATEMENT,
    Statement,
    place,
    read_statement,
)
from infra.runtime.storage import Storage

_WHO = "See who changed it, and register the model again."


@dataclass(frozen=True, slots=True)
class Promotion:
    """A central version with its statement; `answer` is what DescribeModelPackage told."""

    package: str
    statement: Statement
    answer: Mapping[str, Any]


def sealed_promotion(
    answer: Mapping[str, Any], storage: Storage, kms: Any, key: str, central: str
) -> Promotion:
    """Return what a central version was promoted with.

    Args:
        answer: Of DescribeModelPackage.
        storage: S3 as the reader sees it.
        kms: Client of KMS.
        key: ARN of the key that signs promotions.
        central: `s3://BUCKET` of the central registry.

    Raises:
        Refused: It leads to no statement, to other bytes than it names, or to another place, or
            nobody with the key signed them.
    """
    arn = str(answer["ModelPackageArn"])
    told = properties_of(answer.get("CustomerMetadataProperties") or {})
    missing = [name for name in (STATEMENT, DIGEST, SIGNATURE) if not told.get(name)]
    if missing:
        raise Refused(f"the model has no {', '.join(missing)}.", arn, _WHO)
    where = told[STATEMENT]
    if not where.startswith(f"{central}/promoted/"):
        raise Refused(f"its statement is not in the central bucket: {where}.", arn, _WHO)
    content = storage.read(where, MOST_BYTES)
    if content is None:
        raise Refused("the statement is gone.", where, _WHO)
    if sha256(content) != told[DIGEST]:
        raise Refused(
            f"its SHA-256 is {sha256(content)}, and the model names {told[DIGEST]}.", where, _WHO
        )
    _verify(kms, key, told[DIGEST], told[SIGNATURE], arn)
    statement = read_statement(content, where)
    if where != place(central, statement):
        raise Refused(f"it belongs at {place(central, statement)}.", where, _WHO)
    return Promotion(arn, statement, answer)


def _verify(kms: Any, key: str, digest: str, signature: str, arn: str) -> None:
    try:
        raw = base64.b64decode(signature, validate=True)
        answer = kms.verify(
            KeyId=key,
            Message=bytes.fromhex(digest),
            MessageType="DIGEST",
            Signature=raw,
            SigningAlgorithm="ECDSA_SHA_256",
        )
        holds = bool(answer["SignatureValid"])
    except binascii.Error:
        holds = False
    except Exception as error:
        if error_code(error) != "KMSInvalidSignatureException":
            raise
        holds = False
    if not holds:
        raise Refused("the signature of its statement does not hold.", arn, _WHO)
