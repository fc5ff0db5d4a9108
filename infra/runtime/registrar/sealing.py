"""Keeps a statement with its signature."""

from __future__ import annotations

import base64
from typing import Any

from infra.runtime.canonical import sha256
from infra.runtime.statements import Statement, folder, place
from infra.runtime.storage import Storage

_MOST_BYTES = 1 << 12


def keep_statement(storage: Storage, central: str, statement: Statement) -> str:
    """Write a statement once and return its address.

    Raises:
        Refused: Other bytes are there.
    """
    where = place(central, statement)
    storage.keep(where, statement.to_bytes())
    return where


def signed(storage: Storage, kms: Any, key: str, central: str, statement: Statement) -> str:
    """Return the signature of a statement: base64 of its DER form.

    Each call of KMS gives another one, so the first that was kept is the one that counts: whoever
    registers again says the very same.

    Args:
        storage: S3 as the registrar sees it.
        kms: Client of KMS.
        key: ARN of the key.
        central: `s3://BUCKET` of the central registry.
        statement: What is signed.
    """
    where = beside(central, statement, "signature")
    found = storage.read(where, _MOST_BYTES)
    if found is None:
        answer = kms.sign(
            KeyId=key,
            Message=bytes.fromhex(statement.digest),
            MessageType="DIGEST",
            SigningAlgorithm="ECDSA_SHA_256",
        )
        made = base64.b64encode(answer["Signature"])
        if storage.put_once(where, made, sha256(made), "text/plain"):
            return made.decode()
        found = storage.read(where, _MOST_BYTES)
        if found is None:
            raise ConnectionError(f"{where}: S3 neither holds the object nor takes it.")
    return found.decode("ascii", "replace")


def beside(central: str, statement: Statement, ending: str) -> str:
    """Return the address of what is kept beside a statement."""
    below = folder(central, statement.group, statement.files_digest)
    return f"{below}/statement-{statement.digest}.{ending}"
