"""Random histories of a table: whoever reads increments holds exactly its live rows.

The table's own commits are pyiceberg's; what is live after each is kept here, in Python, and never
asked from what is tested. A crash is drawn between any two steps: the writer's between writing its
files and committing, the consumer's between pinning, reading, keeping the rows and moving its
watermark.
"""

import contextlib
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import duckdb
import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, ValidationException

from penstock.data.address import parse_address
from penstock.data.pinning import pin
from penstock.data.sources.iceberg.reader import IcebergTable
from penstock.errors import DataError

pytestmark = pytest.mark.filterwarnings("ignore:Delete operation did not match")

COLUMNS = pa.schema([("id", pa.int64()), ("value", pa.int64())])
MEMORY = Path("/dev/shm")
FULL_READ = "Read the whole table instead (--window all)."
EXPIRED = "it has expired, or the table was dropped and made again."
OPERATIONS = ("append", "append", "append", "delete", "overwrite", "compact", "expire", "rollback")


class CrashError(Exception):
    """The process dies here."""


@dataclass
class History:
    """A table, and what is live at each of its snapshots."""

    catalog: SqlCatalog
    folder: Path
    name: str
    random: Random
    live: dict[int, Counter] = field(default_factory=dict)
    last_id: int = 0

    def __post_init__(self):
        self.table = self.catalog.create_table(f"main.{self.name}", schema=COLUMNS)
        first = self._new_rows()
        self.table.append(_arrow(first))
        self._note(first)

    @property
    def uri(self) -> str:
        return f"iceberg+sqlite://{self.folder}#main.{self.name}"

    def current(self) -> Counter:
        return self.live[self.table.current_snapshot().snapshot_id]

    def step(self) -> None:
        operation = self.random.choice(OPERATIONS)
        getattr(self, operation)()

    def append(self) -> None:
        new = self._new_rows()
        self._commit(lambda table: table.append(_arrow(new)), self.current() + new)

    def delete(self) -> None:
        gone = self.random.randint(0, self.last_id)
        kept = Counter({row: n for row, n in self.current().items() if row[0] != gone})
        self._commit(lambda table: table.delete(f"id == {gone}"), kept)

    def overwrite(self) -> None:
        """Delete a range of rows and add others in one commit."""
        low = self.random.randint(0, self.last_id)
        new = self._new_rows()
        kept = Counter({row: n for row, n in self.current().items() if row[0] < low})
        self._commit(
            lambda table: table.overwrite(_arrow(new), overwrite_filter=f"id >= {low}"), kept + new
        )

    def compact(self) -> None:
        """Write all rows into one file; which rows there are does not change."""
        rows = self.current()
        self._commit(lambda table: table.overwrite(_arrow(rows)), rows)

    def expire(self) -> None:
        snapshots = [snapshot.snapshot_id for snapshot in self.table.snapshots()]
        old = [each for each in snapshots if each != self.table.current_snapshot().snapshot_id]
        gone = self.random.sample(old, self.random.randint(0, len(old)))
        if gone and not self._crashes():
            self.table.maintenance.expire_snapshots().by_ids(gone).commit()

    def rollback(self) -> None:
        # One commit may make several snapshots, of which only the last was ever current.
        earlier = [each for each in self.live if self.table.snapshot_by_id(each) is not None]
        target = self.random.choice(earlier)
        if not self._crashes():
            self.table.manage_snapshots().set_current_snapshot(target).commit()

    def _commit(self, act, rows: Counter) -> None:
        """Commit, beside another writer at times, or crash before the commit is one."""
        if self._crashes():
            with pytest.raises(CrashError):
                act(_dying(self.table))
            return
        if self.random.random() < 0.15:
            self._lose_a_race(act)
            return
        act(self.table)
        self._note(rows)

    def _lose_a_race(self, act) -> None:
        """Another writer appends between this one's planning and its commit; this one gives up."""
        stale = self.catalog.load_table(self.table.name())
        new = self._new_rows()
        rows = self.current() + new
        self.table.append(_arrow(new))
        self._note(rows)
        stale.metadata.properties["commit.retry.num-retries"] = "0"
        with contextlib.suppress(CommitFailedException, ValidationException):
            act(stale)
        self.table.refresh()
        assert self.current() == rows

    def _note(self, rows: Counter) -> None:
        self.live[self.table.current_snapshot().snapshot_id] = +rows

    def _new_rows(self) -> Counter:
        rows: Counter = Counter()
        for _ in range(self.random.randint(1, 3)):
            self.last_id += self.random.randint(0, 1)  # the same row comes twice at times
            rows[self.last_id, self.random.randint(0, 1)] += 1
        return rows

    def _crashes(self) -> bool:
        return self.random.random() < 0.1


def _dying(table):
    """Return the table of a process that dies when its files are written, before the commit."""

    class Dying:
        def commit_table(self, *_):
            raise CrashError

        def __getattr__(self, name):
            return getattr(table.catalog, name)

    copy = table.catalog.load_table(table.name())
    copy.catalog = Dying()
    return _Died(copy)


class _Died:
    """Raises where there was nothing to be committed, so that every death is one."""

    def __init__(self, table):
        self._table = table

    def __getattr__(self, name):
        def act(*arguments, **options):
            getattr(self._table, name)(*arguments, **options)
            raise CrashError

        return act


def expect(error: DataError, *parts: str) -> None:
    assert any(part in str(error) for part in parts), error


def _arrow(rows: Counter) -> pa.Table:
    listed = sorted(rows.elements())
    return pa.table(
        {"id": [row[0] for row in listed], "value": [row[1] for row in listed]}, schema=COLUMNS
    )


@dataclass
class Consumer:
    """Trains on what is new: its rows and its watermark are moved by one registration."""

    uri: str
    connection: duckdb.DuckDBPyConnection
    folder: Path
    random: Random
    rows: Counter = field(default_factory=Counter)
    watermark: str = ""
    full_reads: int = 0
    increments: int = 0

    def run(self, between) -> None:
        """Read what is new and keep it; `between` happens between any two steps."""
        try:
            pinned = pin(self.uri, since=self.watermark)
        except DataError as error:
            expect(error, FULL_READ)
            pinned = pin(self.uri)
        between()
        try:
            rows = self._read(pinned.uri)
        except DataError as error:
            if "since=" not in pinned.uri:
                expect(error, EXPIRED)  # since it was pinned
                return
            expect(error, FULL_READ, EXPIRED)
            pinned = pin(self.uri)
            rows = self._read(pinned.uri)
        between()
        self._crash()
        is_increment = bool(pinned.lineage.snapshot_from)
        if pinned.is_empty_increment:
            assert not rows
        # One step, as a registered version carries both.
        self.rows = self.rows + rows if is_increment else rows
        self.watermark = pinned.lineage.snapshot_to
        self.increments += is_increment
        self.full_reads += not is_increment
        self._crash()

    def _read(self, uri: str) -> Counter:
        table = IcebergTable(parse_address(uri)).attach(self.connection, self.folder)
        found = self.connection.execute(f"SELECT id, value FROM {table.relation}").fetchall()
        self._crash()
        return Counter(found)

    def _crash(self) -> None:
        if self.random.random() < 0.1:
            raise CrashError


@pytest.fixture(scope="module")
def stage():
    """A catalog in memory and a connection, for all histories: a table each."""
    folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
    (folder / "scratch").mkdir()
    catalog = SqlCatalog("penstock", uri=f"sqlite:///{folder}/catalog.db", warehouse=str(folder))
    catalog.create_namespace("main")
    with duckdb.connect(config={"threads": 1}) as connection:
        yield catalog, folder, connection
    catalog.close()
    shutil.rmtree(folder)


def play(stage, seed: int) -> Counter:
    """Play one history; return how often the consumer read what."""
    catalog, folder, connection = stage
    random = Random(seed)
    history = History(catalog, folder, f"rows_{seed}", random)
    consumer = Consumer(history.uri, connection, folder / "scratch", random)
    try:
        return _play(history, consumer, random)
    except AssertionError as error:
        raise AssertionError(f"history {seed}") from error
    finally:
        shutil.rmtree(folder / "main" / history.name)


def _play(history: History, consumer: Consumer, random: Random) -> Counter:
    def between() -> None:
        if random.random() < 0.15:
            history.step()

    for _ in range(random.randint(2, 4)):
        for _ in range(random.randint(0, 2)):
            history.step()
        try:
            consumer.run(between)
        except CrashError:
            consumer = replace(consumer)  # a new process has what was registered, and no more
        if consumer.watermark:
            assert consumer.rows == history.live[int(consumer.watermark)]
    while consumer.watermark != str(history.table.current_snapshot().snapshot_id):
        try:
            consumer.run(lambda: None)
        except CrashError:
            continue
    assert consumer.rows == history.current()
    return Counter(increments=consumer.increments, full=consumer.full_reads)


@pytest.mark.parametrize(
    "seeds",
    [
        range(40),
        pytest.param(range(1_000, 1_500), marks=pytest.mark.slow),
        pytest.param(range(1_500, 2_000), marks=pytest.mark.slow),
    ],
    ids=["40 histories", "500 histories", "500 others"],
)
def test_increments_add_up_to_the_live_rows_without_gap_or_duplicate(stage, seeds):
    read = sum((play(stage, seed) for seed in seeds), Counter())
    assert read["increments"] > len(seeds)  # not all is read anew each time
    assert read["full"] > len(seeds)
