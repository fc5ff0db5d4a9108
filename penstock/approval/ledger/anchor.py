"""What a ledger file has to be: kept, and signed, where the signing key is.

Before a file is replaced, the one that is to come is written here as intended. So a crash leaves
one of two files that are known by every byte, and any other file is an altered one.
"""

import base64
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from penstock.approval.ledger.port import NOTHING, Head
from penstock.approval.signing.key_files import KeyFiles
from penstock.approval.signing.verifying import exact_base64, holds
from penstock.data.tree import aside_name
from penstock.errors import ApprovalError, DataError, Problem
from penstock.evidence.canonical import canonical_json, read_canonical

_FORMAT = "penstock.anchor/1"


@dataclass(frozen=True, slots=True)
class State:
    """A ledger file.

    Attributes:
        sequence: Of its last record; 0: none.
        digest: Of its last record.
        file: `sha256:<hex>` of the file's bytes; empty: there is no file.
    """

    sequence: int = 0
    digest: str = NOTHING
    file: str = ""

    @property
    def head(self) -> Head:
        """Its end."""
        return Head(self.sequence, self.digest)


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the ledger file is, and what it was about to become where somebody was interrupted."""

    settled: State = State()
    intended: State | None = None

    def state_of(self, file: str) -> State | None:
        """Return the state that a file's digest is known by; None where it is another file."""
        known = [self.settled, *([self.intended] if self.intended else [])]
        return next((each for each in known if each.file == file), None)


class AnchorFile:
    """An anchor on disk, signed by the key beside it."""

    def __init__(self, file: Path, keys: KeyFiles) -> None:
        self.file = file
        self._keys = keys

    def read(self) -> Anchor | None:
        """Return the anchor, or None where there is none yet.

        Raises:
            ApprovalError: It was altered, or the key that signed it is missing or damaged.
        """
        if not self.file.is_file():
            return None
        key = self._keys.public()
        if key is None:
            what = "the key that signed the ledger's anchor is missing."
            raise ApprovalError(
                Problem(what, str(self._keys.folder), "Restore the folder of keys from a backup.")
            )
        try:
            document = read_canonical(self.file.read_bytes(), str(self.file))
        except DataError:
            raise self._altered() from None
        anchor = _anchor_of(document, key)
        if anchor is None:
            raise self._altered()
        return anchor

    def write(self, anchor: Anchor) -> None:
        """Replace the anchor, durably."""
        body = {
            "format": _FORMAT,
            "settled": asdict(anchor.settled),
            "intended": asdict(anchor.intended) if anchor.intended else None,
        }
        signature = base64.b64encode(self._keys.sign(canonical_json(body))).decode()
        replace_durably(self.file, canonical_json({**body, "signature": signature}), 0o600)

    def _altered(self) -> ApprovalError:
        return ApprovalError(
            Problem(
                "the ledger's anchor was altered: its signature does not hold.",
                str(self.file),
                "Restore it together with the ledger from one backup.",
            )
        )


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


def _anchor_of(document: Any, key: str) -> Anchor | None:
    """Return what a document says; None where its signature does not hold."""
    if not isinstance(document, dict):
        return None
    body = {name: value for name, value in document.items() if name != "signature"}
    signature = exact_base64(str(document.get("signature", "")))
    if signature is None or not holds(key, canonical_json(body), signature):
        return None
    intended = document["intended"]
    return Anchor(_state_of(document["settled"]), _state_of(intended) if intended else None)


def _state_of(given: Mapping[str, Any]) -> State:
    return State(int(given["sequence"]), str(given["digest"]), str(given["file"]))
