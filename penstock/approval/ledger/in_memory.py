"""A ledger that lives as long as the process: for tests and for trying things."""

import threading
from collections.abc import Sequence

from penstock.approval.ledger.port import Head, HeadMovedError
from penstock.evidence.canonical import digest_of


class InMemoryLedger:
    """Keeps records in a list."""

    address = "memory:"

    def __init__(self) -> None:
        self._records: list[bytes] = []
        self._lock = threading.Lock()

    def records(self) -> Sequence[bytes]:
        """See `Ledger.records`."""
        return tuple(self._records)

    def head(self) -> Head:
        """See `Ledger.head`."""
        records = self.records()
        return Head(len(records), digest_of(records[-1])) if records else Head()

    def append(self, record: bytes, head: Head) -> Head:
        """See `Ledger.append`."""
        with self._lock:
            if self.head() != head:
                raise HeadMovedError
            self._records.append(record)
            return self.head()
