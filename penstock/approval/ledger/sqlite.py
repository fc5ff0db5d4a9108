"""A ledger in one SQLite file.

The file is never written in place: a record makes a new file, which takes the place of the old one.
So its bytes are known before they are there (see `anchor`), what is read is what was hashed, and
SQLite's own locks, journals and free pages have no part in it.
"""

import fcntl
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from penstock.approval.ledger.anchor import Anchor, AnchorFile, State
from penstock.approval.ledger.port import NOTHING, Head, HeadMovedError
from penstock.approval.signing.key_files import KeyFiles
from penstock.approval.signing.signed_file import replace_durably
from penstock.errors import ApprovalError, Problem, ServiceError
from penstock.evidence.canonical import digest_of

LOCKED_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 0.1
_RESTORE = "Restore the ledger together with its anchor from one backup."
_RECORDS = "SELECT CAST(record AS BLOB) FROM records ORDER BY sequence"
_TABLES = """
CREATE TABLE records (sequence INTEGER PRIMARY KEY, record BLOB NOT NULL);
CREATE TRIGGER no_update BEFORE UPDATE ON records
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER no_delete BEFORE DELETE ON records
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
"""


class SqliteLedger:
    """A ledger at a path, anchored beside the signing key of this machine.

    Args:
        file: The SQLite file; it is made with the first record.
        keys: Whose folder keeps the anchor, and whose key signs it.
        locked_seconds: How long to wait for another process.
    """

    def __init__(
        self, file: Path, keys: KeyFiles, *, locked_seconds: float = LOCKED_SECONDS
    ) -> None:
        self.address = str(file)
        self._file = file
        self._anchor = AnchorFile(keys.folder / f"{file.stem}.anchor", keys)
        self._locked_seconds = locked_seconds
        self._read: tuple[str, Sequence[bytes]] = ("", ())

    def records(self) -> Sequence[bytes]:
        """See `Ledger.records`."""
        with self._alone(fcntl.LOCK_SH):
            return self._checked()[1]

    def head(self) -> Head:
        """See `Ledger.head`."""
        with self._alone(fcntl.LOCK_SH):
            return self._checked()[0].head

    def append(self, record: bytes, head: Head) -> Head:
        """See `Ledger.append`."""
        with self._alone(fcntl.LOCK_EX):
            state, records, content = self._checked()
            if state.head != head:
                raise HeadMovedError
            self._check_writable()
            grown = _with_record(content, head.sequence + 1, record)
            intended = State(head.sequence + 1, digest_of(record), digest_of(grown))
            self._anchor.write(Anchor(state, intended))
            replace_durably(self._file, grown, 0o644)
            self._anchor.write(Anchor(intended))
            self._read = (intended.file, (*records, record))
            return intended.head

    def _checked(self) -> tuple[State, Sequence[bytes], bytes]:
        """Return the file's state, its records and its bytes, which the anchor knows every one of.

        Raises:
            ApprovalError: The file, or its anchor, is missing or another one.
        """
        anchor = self._anchor.read()
        content = self._file.read_bytes() if self._file.is_file() else b""
        if anchor is None:
            if not content:
                return State(), (), content
            what = f"the ledger's anchor {self._anchor.file} is missing."
            raise ApprovalError(Problem(what, self.address, _RESTORE))
        digest = digest_of(content) if content else ""
        state = anchor.state_of(digest)
        if state is None:
            raise self._altered(content, anchor)
        if self._read[0] != digest:
            self._read = (digest, _records_of(content))
        return state, self._read[1], content

    def _altered(self, content: bytes, anchor: Anchor) -> ApprovalError:
        """Say what is wrong with a file that the anchor does not know."""
        wanted = anchor.settled
        if not content:
            what = f"the ledger is missing; it had {_count(wanted.sequence)}."
            return ApprovalError(Problem(what, self.address, _RESTORE))
        try:
            records = _records_of(content)
        except (sqlite3.Error, ValueError) as error:
            what = f"the ledger was altered: it cannot be read ({error})."
            return ApprovalError(Problem(what, self.address, _RESTORE))
        wrong = first_broken_link(records)
        if wrong:
            what = f"the ledger was altered: entry {wrong} is not the one that was written."
        elif len(records) < wanted.sequence:
            what = (
                f"the ledger was cut: it has {_count(len(records))} of {wanted.sequence}, entry "
                f"{len(records) + 1} is the first that is missing."
            )
        elif len(records) > wanted.sequence:
            what = f"the ledger was altered: nobody appended entry {wanted.sequence + 1}."
        elif records and digest_of(records[-1]) != wanted.digest:
            what = (
                f"the ledger was altered: entry {wanted.sequence} is not the one that was written."
            )
        else:
            what = "the ledger's file was altered where it holds no entry."
        return ApprovalError(Problem(what, self.address, _RESTORE))

    def _check_writable(self) -> None:
        if self._file.is_file() and not self._file.stat().st_mode & 0o222:
            what = "the ledger is read-only; nothing was decided."
            remedy = f"Give the right to write: chmod u+w {self._file}"
            raise ServiceError(Problem(what, self.address, remedy))

    @contextmanager
    def _alone(self, kind: int) -> Iterator[None]:
        """Hold the ledger's lock; who may only read needs none where none can be made."""
        lock = self._file.with_name(f"{self._file.name}.lock")
        try:
            if kind == fcntl.LOCK_EX:
                lock.parent.mkdir(parents=True, exist_ok=True)
                stream = lock.open("a")
            elif lock.is_file():
                stream = lock.open("r")
            else:
                yield
                return
        except OSError as error:
            what = f"the ledger cannot be written to: {error.strerror}; nothing was decided."
            remedy = "Change the rights of its folder, or free some space."
            raise ServiceError(Problem(what, self.address, remedy)) from error
        with stream:
            self._wait(stream.fileno(), kind)
            yield

    def _wait(self, descriptor: int, kind: int) -> None:
        ends, pause = time.monotonic() + self._locked_seconds, 0.001
        while True:
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > ends:
                    what = f"the ledger has been locked for {self._locked_seconds:g} s."
                    remedy = "See which process holds it, and try again."
                    raise ServiceError(Problem(what, self.address, remedy)) from None
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            else:
                return


def first_broken_link(records: Sequence[bytes]) -> int:
    """Return the number of the first record that does not name the one before; 0: there is none.

    A record that is changed is found by the one behind it, so that one's predecessor is told.
    """
    before = NOTHING
    for number, record in enumerate(records, 1):
        try:
            document = json.loads(record)
            named, counted = document["previous"], document["sequence"]
        except (ValueError, KeyError, TypeError):
            return number
        if counted != number:
            return number
        if named != before:
            return max(1, number - 1)
        before = digest_of(record)
    return 0


def _count(number: int) -> str:
    return f"{number} entr{'y' if number == 1 else 'ies'}"


def _with_record(content: bytes, sequence: int, record: bytes) -> bytes:
    """Return the bytes of a ledger file with one more record."""
    with closing(_in_memory(content)) as database:
        if not content:
            database.executescript(_TABLES)
        with database:
            database.execute("INSERT INTO records VALUES (?, ?)", (sequence, record))
        return database.serialize()


def _records_of(content: bytes) -> Sequence[bytes]:
    if not content:
        return ()
    with closing(_in_memory(content)) as database:
        rows = database.execute(_RECORDS).fetchall()
    return tuple(record for (record,) in rows)


def _in_memory(content: bytes) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    if content:
        database.deserialize(content)
    return database
