"""A ledger in a file: what was done to it is told, and how to mend it."""

import contextlib
import fcntl
import os
import sqlite3
from pathlib import Path

import pytest

from penstock.approval.ledger import anchor as anchors
from penstock.approval.ledger import sqlite as files
from penstock.approval.ledger.port import Head
from penstock.approval.ledger.sqlite import SqliteLedger
from penstock.approval.signing.key_files import KeyFiles
from penstock.errors import ApprovalError, ServiceError
from penstock.evidence.canonical import canonical_json

RESTORE = "Restore the ledger together with its anchor from one backup."


class KilledError(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def ledger(tmp_path: Path) -> SqliteLedger:
    return opened(tmp_path)


def opened(folder: Path, **options: float) -> SqliteLedger:
    return SqliteLedger(folder / "ledger.db", KeyFiles(folder / "keys"), **options)


def append(ledger: SqliteLedger, count: int = 1) -> None:
    for _ in range(count):
        head = ledger.head()
        body = {"sequence": head.sequence + 1, "previous": head.digest}
        ledger.append(canonical_json(body), head)


def refused(ledger: SqliteLedger) -> str:
    with pytest.raises(ApprovalError) as caught:
        ledger.records()
    with pytest.raises(ApprovalError):
        ledger.append(b"more", Head(1, ""))
    return str(caught.value)


def execute(folder: Path, *statements: str) -> None:
    """Alter the file as somebody with SQLite at hand would."""
    database = sqlite3.connect(folder / "ledger.db")
    database.execute("DROP TRIGGER IF EXISTS no_update")
    database.execute("DROP TRIGGER IF EXISTS no_delete")
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM records WHERE sequence = 2", "entry 2 is not the one that was written"),
        ("UPDATE records SET record = '{}' WHERE sequence = 3", "entry 3 is not the one"),
        (
            "UPDATE records SET record = replace(record, '1', '7') WHERE sequence = 1",
            "entry 1 is not the one that was written",
        ),
        (
            "UPDATE records SET record = record || ' ' WHERE sequence = 4",
            "entry 4 is not the one that was written",
        ),
        (
            "DELETE FROM records WHERE sequence = 4",
            "the ledger was cut: it has 3 entries of 4, entry 4 is the first that is missing",
        ),
        (
            "DELETE FROM records",
            "the ledger was cut: it has 0 entries of 4, entry 1 is the first that is missing",
        ),
        (
            "INSERT INTO records SELECT 5, json_object('sequence', 5, 'previous', 'x')",
            "entry 4 is not the one that was written",
        ),
        ("SELECT 1", "the ledger's file was altered where it holds no entry"),
    ],
)
def test_an_altered_ledger_names_the_first_wrong_entry(ledger, tmp_path, statement, told):
    append(ledger, 4)
    execute(tmp_path, statement)
    message = refused(opened(tmp_path))
    assert message.startswith(f"{tmp_path}/ledger.db: the ledger")
    assert told in message
    assert message.endswith(RESTORE)


def test_a_missing_ledger_a_missing_anchor_and_missing_keys_are_told(ledger, tmp_path):
    append(ledger, 2)
    file, keys = tmp_path / "ledger.db", tmp_path / "keys"
    aside = file.rename(tmp_path / "aside")
    told = f"{file}: the ledger is missing; it had 2 entries. {RESTORE}"
    assert refused(opened(tmp_path)) == told
    aside.rename(file)
    aside = (keys / "ledger.anchor").rename(keys / "aside")
    told = f"{file}: the ledger's anchor {keys}/ledger.anchor is missing. {RESTORE}"
    assert refused(opened(tmp_path)) == told
    aside.rename(keys / "ledger.anchor")
    (keys / "signing.key").unlink()
    (keys / "signing.pub").unlink()
    assert refused(opened(tmp_path)) == (
        f"{keys}: the key that signed the ledger's anchor is missing. "
        "Restore the folder of keys from a backup."
    )


def test_an_older_ledger_and_an_older_anchor_do_not_fit_the_other(ledger, tmp_path):
    append(ledger)
    file, anchor = tmp_path / "ledger.db", tmp_path / "keys" / "ledger.anchor"
    older, older_anchor = file.read_bytes(), anchor.read_bytes()
    append(ledger)
    newer = file.read_bytes()
    file.write_bytes(older)
    assert "the ledger was cut: it has 1 entry of 2" in refused(opened(tmp_path))
    file.write_bytes(newer)
    anchor.write_bytes(older_anchor)
    assert "nobody appended entry 2" in refused(opened(tmp_path))


def test_a_file_that_is_no_database_is_told(ledger, tmp_path):
    append(ledger)
    (tmp_path / "ledger.db").write_bytes(b"x" * 5000)
    assert refused(opened(tmp_path)) == (
        f"{tmp_path}/ledger.db: the ledger was altered: it cannot be read (file is not a "
        f"database). {RESTORE}"
    )


def test_an_altered_anchor_is_told(ledger, tmp_path):
    append(ledger)
    anchor = tmp_path / "keys" / "ledger.anchor"
    anchor.write_bytes(anchor.read_bytes().replace(b'"sequence":1', b'"sequence":2'))
    assert refused(opened(tmp_path)) == (
        f"{anchor}: the ledger's anchor was altered: its signature does not hold. "
        "Restore it together with the ledger from one backup."
    )


def test_a_ledger_that_is_locked_for_long_is_told_and_nothing_is_written(ledger, tmp_path):
    append(ledger)
    with (tmp_path / "ledger.db.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for call in (ledger.records, lambda: ledger.append(b"x", Head())):
            impatient = opened(tmp_path, locked_seconds=0.05)
            with pytest.raises(ServiceError) as caught:
                impatient.records() if call == ledger.records else impatient.append(b"x", Head())
            assert str(caught.value) == (
                f"{tmp_path}/ledger.db: the ledger has been locked for 0.05 s. "
                "See which process holds it, and try again."
            )
    assert ledger.head().sequence == 1


def test_a_read_only_ledger_is_read_and_not_written(ledger, tmp_path):
    append(ledger)
    (tmp_path / "ledger.db").chmod(0o444)
    assert len(ledger.records()) == 1
    with pytest.raises(ServiceError) as caught:
        append(ledger)
    assert str(caught.value) == (
        f"{tmp_path}/ledger.db: the ledger is read-only; nothing was decided. "
        f"Give the right to write: chmod u+w {tmp_path}/ledger.db"
    )


@pytest.mark.parametrize("write", [1, 2, 3])
@pytest.mark.parametrize("before", [0, 3])
@pytest.mark.parametrize("half", [False, True])
def test_a_crash_at_any_write_leaves_the_entry_there_or_not(
    ledger, tmp_path, monkeypatch, write, before, half
):
    """The writes of an append are: what is intended, the file, what is settled."""
    append(ledger, before)
    writes = 0

    def killed(target: Path, content: bytes, mode: int) -> None:
        nonlocal writes
        writes += 1
        if writes == write:
            if half:
                target.with_name(".1-ab.penstock-aside").write_bytes(content[: len(content) // 2])
            raise KilledError
        replace(target, content, mode)

    from penstock.approval.signing import signed_file

    ledger.head()
    if before == 0:
        KeyFiles(tmp_path / "keys").sign(b"")
    replace = signed_file.replace_durably
    with monkeypatch.context() as patched:
        patched.setattr(signed_file, "replace_durably", killed)
        patched.setattr(files, "replace_durably", killed)
        with pytest.raises(KilledError):
            append(ledger)
    there = before + (write == 3)
    assert len(opened(tmp_path).records()) == there
    append(opened(tmp_path), 2)
    assert len(opened(tmp_path).records()) == there + 2


def test_what_was_intended_and_is_not_there_counts_for_nothing(ledger, tmp_path, monkeypatch):
    """After a crash each byte of the ledger still is one that the anchor knows."""
    append(ledger, 2)

    def killed(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(files, "replace_durably", killed)
        with pytest.raises(KilledError):
            append(ledger)
    anchor = anchors.AnchorFile(tmp_path / "keys" / "ledger.anchor", KeyFiles(tmp_path / "keys"))
    assert anchor.read().intended.sequence == 3
    file = tmp_path / "ledger.db"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    refused(opened(tmp_path))


def test_a_reader_needs_no_right_to_write(ledger, tmp_path):
    append(ledger)
    (tmp_path / "ledger.db.lock").unlink()
    assert len(opened(tmp_path).records()) == 1
    assert not (tmp_path / "ledger.db.lock").exists()


def append_five(folder: Path) -> None:
    done = 0
    while done < 5:
        with contextlib.suppress(files.HeadMovedError):
            append(opened(folder))
            done += 1


def test_processes_append_in_turn(tmp_path):
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            try:
                append_five(tmp_path)
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    assert len(opened(tmp_path).records()) == 20
