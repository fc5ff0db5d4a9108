"""A small document on disk that the key beside it has signed: no byte of it changes unseen."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from penstock.approval.signing.key_files import KeyFiles
from penstock.approval.signing.verifying import exact_base64, holds
from penstock.data.tree import aside_name
from penstock.errors import DataError
from penstock.evidence.canonical import canonical_json, read_canonical


def write_signed(file: Path, body: Mapping[str, Any], keys: KeyFiles) -> None:
    """Replace a document, durably."""
    signature = base64.b64encode(keys.sign(canonical_json(dict(body)))).decode()
    replace_durably(file, canonical_json({**body, "signature": signature}), 0o600)


def read_signed(file: Path, key: str) -> Mapping[str, Any] | None:
    """Return a document; None where it is not what `key` signed."""
    try:
        document = read_canonical(file.read_bytes(), str(file))
    except DataError:
        return None
    if not isinstance(document, dict):
        return None
    body = {name: value for name, value in document.items() if name != "signature"}
    signature = exact_base64(str(document.get("signature", "")))
    if signature is None or not holds(key, canonical_json(body), signature):
        return None
    return body


def replace_durably(target: Path, content: bytes, mode: int) -> None:
    """Replace a file as a whole; after return it survives a loss of power."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = aside_name(target)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
