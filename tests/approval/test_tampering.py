"""One changed byte of anything that belongs to an approved version is told before it is used."""

import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from penstock.approval.port import Person
from penstock.errors import PenstockError

BEN = Person("ben")
MUTATIONS = 5000
SEED = 20261101


KILLED_WHILE_IT_WRITES = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA cache_size = 1")
database.execute("BEGIN IMMEDIATE")
for number in range(400):
    database.execute("INSERT INTO experiments (name) VALUES (?)", (f"{number}" * 200,))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def approved(mlflow_workshop):
    """Two versions in MLflow's embedded registry, approved one after the other."""
    workshop = mlflow_workshop
    for number in range(2):
        workshop.register(champion=f"fraud/{number}" if number else "")
        workshop.passes(hours=1)
        workshop.approve(number + 1, comment="Better on every segment.")
    shutil.rmtree(workshop.folder / "candidates")
    return workshop


def artifacts(workshop) -> list[Path]:
    """Every file that an approved version, its approval or its registration consists of.

    The artifacts of the version before are not in force; nor are locks, which hold no byte.
    """
    live = workshop.approvals().live("fraud", "local")
    run = Path(live.model_uri.removeprefix("file://")).parent
    files = [
        *run.rglob("*"),
        *(workshop.folder / "keys").iterdir(),
        workshop.folder / "ledger.db",
        workshop.folder / "registry" / "mlflow.db",
    ]
    return sorted(file for file in files if file.is_file())


def outcome(workshop, truth) -> str:
    """Say how a change is told; empty: it is not, and what is approved would be loaded.

    What is found to be live has to be what was approved, whatever was changed.
    """
    approvals = workshop.approvals()
    try:
        live = approvals.verified("fraud", "local")
    except PenstockError:
        return "refused"
    assert live == truth
    return "noticed" if approvals.notices() else ""


def mutate(file: Path, place: int, flip: int) -> None:
    descriptor = os.open(file, os.O_RDWR)
    try:
        (byte,) = os.pread(descriptor, 1, place)
        os.pwrite(descriptor, bytes([byte ^ flip]), place)
    finally:
        os.close(descriptor)


def test_the_artifacts_are_all_that_is_meant(approved):
    names = sorted(file.name for file in artifacts(approved))
    assert set(names) >= {
        "evidence.html",
        "evidence.json",
        "ledger.anchor",
        "ledger.db",
        "metrics.json",
        "mlflow.db",
        "model.json",
        "model.ubj",
        "registry.seal",
        "signing.key",
        "signing.pub",
    }
    truth = approved.approvals().verified("fraud", "local")
    assert truth.version == 2
    assert outcome(approved, truth) == ""


def test_every_file_that_is_cut_removed_or_grown_is_told(approved):
    truth = approved.approvals().verified("fraud", "local")
    unseen = []
    for file in artifacts(approved):
        content = file.read_bytes()
        mode = file.stat().st_mode
        for kind, other in (
            ("gone", None),
            ("empty", b""),
            ("cut", content[:-1]),
            ("half", content[: len(content) // 2]),
            ("grown", content + b"\0"),
            ("twice", content * 2),
        ):
            file.unlink()
            if other is not None:
                file.write_bytes(other)
                file.chmod(mode)
            if not outcome(approved, truth):
                unseen.append((file.name, kind))
            file.write_bytes(content)
            file.chmod(mode)
    # A public key that is lost is made again of the private one; a seal is believed nothing.
    assert sorted(unseen) == [
        ("registry.seal", "gone"),
        ("signing.key", "gone"),
        ("signing.pub", "empty"),
        ("signing.pub", "gone"),
    ]
    assert outcome(approved, truth) == ""


def test_what_a_killed_process_left_half_written_in_the_registry_is_no_change(approved):
    database = approved.folder / "registry" / "mlflow.db"
    before = database.read_bytes()
    subprocess.run([sys.executable, "-c", KILLED_WHILE_IT_WRITES, str(database)], check=False)
    assert database.read_bytes() != before
    assert approved.approvals().notices() == []
    assert database.read_bytes() == before


@pytest.mark.slow
def test_five_thousand_changes_of_one_byte_are_all_told_and_none_is_accepted(approved):
    """Every file gets its share, whatever its size; each change is undone before the next.

    A change of the registry's database counts as told if it is refused, or if what is live is as
    it was approved and the change is noticed: see `penstock.approval.registry_seal`.
    """
    truth = approved.approvals().verified("fraud", "local")
    chance = random.Random(SEED)
    files = artifacts(approved)
    sizes = {file: file.stat().st_size for file in files}
    told: Counter[tuple[str, str]] = Counter()
    for number in range(MUTATIONS):
        file = files[number % len(files)]
        place, flip = chance.randrange(sizes[file]), chance.randrange(1, 256)
        mutate(file, place, flip)
        try:
            how = outcome(approved, truth)
            assert how, f"{file}: byte {place} ^ {flip:#x} (seed {SEED}) was not told"
        finally:
            mutate(file, place, flip)
        told[file.name, how] += 1
    assert sum(told.values()) == MUTATIONS
    noticed = {name for name, how in told if how == "noticed"}
    assert noticed <= {"mlflow.db", "registry.seal"}
    assert outcome(approved, truth) == ""
