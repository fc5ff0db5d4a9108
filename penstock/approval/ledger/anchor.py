"""What a ledger file has to be: kept, and signed, where the signing key is.

Before a file is replaced, the one that is to come is written here as intended. So a crash leaves
one of two files that are known by every byte, and any other file is an altered one.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from penstock.approval.ledger.port import NOTHING, Head
from penstock.approval.signing.key_files import KeyFiles
from penstock.approval.signing.signed_file import read_signed, write_signed
from penstock.errors import ApprovalError, Problem

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
        body = read_signed(self.file, key)
        if body is None or body.get("format") != _FORMAT:
            what = "the ledger's anchor was altered: its signature does not hold."
            remedy = "Restore it together with the ledger from one backup."
            raise ApprovalError(Problem(what, str(self.file), remedy))
        intended = body["intended"]
        return Anchor(_state_of(body["settled"]), _state_of(intended) if intended else None)

    def write(self, anchor: Anchor) -> None:
        """Replace the anchor, durably."""
        intended = asdict(anchor.intended) if anchor.intended else None
        body = {"format": _FORMAT, "settled": asdict(anchor.settled), "intended": intended}
        write_signed(self.file, body, self._keys)


def _state_of(given: Mapping[str, Any]) -> State:
    return State(int(given["sequence"]), str(given["digest"]), str(given["file"]))
