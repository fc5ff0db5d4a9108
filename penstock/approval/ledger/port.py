"""What every ledger can do: keep signed records in an order that cannot be changed unseen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

NOTHING = "sha256:" + "0" * 64
"""What the first record names as the digest of the one before."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a ledger.

    Attributes:
        sequence: Of the last record; 0 for an empty ledger.
        digest: `sha256:<hex>` of the last record's bytes; `NOTHING` for an empty ledger.
    """

    sequence: int = 0
    digest: str = NOTHING


class HeadMovedError(Exception):
    """Another record was appended since the head was read; the caller decides anew."""


class Ledger(Protocol):
    """Records in their order. What they say, and who signed them, is not the ledger's business.

    Attributes:
        address: Where it is, for messages.
    """

    address: str

    def records(self) -> Sequence[bytes]:
        """Return the bytes of all records, oldest first.

        Raises:
            ApprovalError: The store was altered: a record is missing, was changed, or is one that
                nobody appended. The message names the first wrong record where one can be told.
            ServiceError: The store is locked for long or cannot be reached.
        """

    def head(self) -> Head:
        """Return the end of the ledger; raises what `records` raises."""

    def append(self, record: bytes, head: Head) -> Head:
        """Append one record behind `head`: as a whole, durably, or not at all.

        Args:
            record: Its bytes; they name `head` as what is before.
            head: The end of the ledger that the record was made for.

        Returns:
            The new end.

        Raises:
            HeadMovedError: The ledger ends elsewhere by now; nothing was written.
            ApprovalError: The store was altered; nothing was written.
            ServiceError: The store is read-only, locked for long, or cannot be reached.
        """
