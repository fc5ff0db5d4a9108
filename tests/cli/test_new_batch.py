import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from penstock.cli.new_batch import NewBatch, default_source, new_batch
from penstock.data.batches import open_store
from penstock.data.sources import open_source
from penstock.errors import DataError, UseCaseError
from penstock.use_case import UseCase, load_use_case

SETTINGS = """\
name: {name}
task: binary
source:
  generator:
    function: {name}_data:generate
    load_days: 5
    batch_days: 3
    store: {store}
    table: events
key: [id]
target: y
time_column: at
columns:
  id: {{type: integer{column}}}
  at: {{type: timestamp}}
  y: {{type: integer}}
features: [id]
metric: roc_auc
candidates: {{}}
"""
CODE = """\
from datetime import date, datetime, timedelta
import pyarrow as pa
from pyarrow import parquet

def generate(folder, *, first_day, days, start=date(2024, 2, 27)):
    for number in range(first_day, first_day + days):
        day = start + timedelta(days=number)
        at = datetime(day.year, day.month, day.day, 12)
        rows = {"id": [2 * number, 2 * number + 1], "at": [at, at], "y": [0, 1]}
        parquet.write_table(pa.table(rows), folder / f"{day}.parquet")
    return 2 * days
"""


@pytest.fixture
def use_case(tmp_path, monkeypatch):
    def make(name: str, store: str = "iceberg", column: str = "") -> UseCase:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "use_case.yaml").write_text(
            SETTINGS.format(name=name, store=store, column=column)
        )
        (folder / f"{name}_data.py").write_text(CODE)
        monkeypatch.syspath_prepend(folder)
        monkeypatch.delitem(sys.modules, f"{name}_data", raising=False)
        return load_use_case(str(folder))

    return make


def rows_of(source: str, scratch: Path, columns: str = "*") -> list[tuple]:
    connection = duckdb.connect()
    table = open_source(source).attach(connection, scratch)
    return connection.execute(f"SELECT {columns} FROM {table.relation} ORDER BY ALL").fetchall()


STORES = ("files", "iceberg", "sqlite")


@pytest.mark.parametrize(
    ("store", "address"),
    [
        ("files", "{home}/data/shop/events"),
        ("iceberg", "iceberg+sqlite://{home}/data/shop/warehouse#shop.events"),
        ("sqlite", "sqlite:///{home}/data/shop/shop.db#events"),
    ],
)
def test_generated_rows_have_a_place_on_this_machine(use_case, tmp_path, store, address):
    found = default_source(use_case("shop", store), tmp_path / "home")
    assert found == address.format(home=tmp_path / "home")


def test_several_tables_share_one_place(tmp_path):
    assert default_source(load_use_case("maintenance"), tmp_path) == (
        f"sqlite:///{tmp_path}/data/maintenance/maintenance.db"
    )
    assert default_source(load_use_case("fraud"), tmp_path) == (
        f"iceberg+sqlite://{tmp_path}/data/fraud/warehouse#fraud.transactions"
    )


@pytest.mark.parametrize("store", STORES)
def test_the_first_load_is_one_batch_and_then_each_day_is_one(use_case, tmp_path, store):
    home = tmp_path / "home"
    grown = use_case(f"grown_{store}", store)
    source = default_source(grown, home)
    assert new_batch(grown, home=home) == NewBatch(
        source, date(2024, 2, 27), date(2024, 3, 2), ("2024-02-27--2024-03-02",), 10
    )
    assert new_batch(grown, home=home) == NewBatch(
        source,
        date(2024, 3, 3),
        date(2024, 3, 5),
        ("2024-03-03", "2024-03-04", "2024-03-05"),
        6,
    )
    assert new_batch(grown, home=home, days=1).batches == ("2024-03-06",)
    assert [row[0] for row in rows_of(source, tmp_path, "id")] == list(range(18))
    assert [each.name for each in (home / "data").iterdir()] == [grown.name]


@pytest.mark.parametrize("store", STORES)
def test_a_call_after_a_killed_one_goes_on_where_that_one_was_stopped(
    use_case, tmp_path, monkeypatch, store
):
    home = tmp_path / "home"
    grown = use_case(f"killed_{store}", store)
    source = default_source(grown, home)
    new_batch(grown, home=home)
    kind = type(open_store(source.partition("#")[0]))
    append = kind.append

    def killed(self, batch, tables):
        if batch == "2024-03-05":
            raise KeyboardInterrupt
        return append(self, batch, tables)

    with monkeypatch.context() as patched:
        patched.setattr(kind, "append", killed)
        with pytest.raises(KeyboardInterrupt):
            new_batch(grown, home=home)
    assert new_batch(grown, home=home, days=1).batches == ("2024-03-05",)
    assert [row[0] for row in rows_of(source, tmp_path, "id")] == list(range(16))


def test_another_store_is_named_by_its_address(use_case, tmp_path, postgres_database):
    elsewhere = use_case("elsewhere")
    source = f"{postgres_database}#events"
    assert new_batch(elsewhere, source, home=tmp_path).source == source
    new_batch(elsewhere, source, home=tmp_path, days=1)
    assert [row[0] for row in rows_of(source, tmp_path, "id")] == list(range(12))


def test_columns_have_their_names_in_the_store(use_case, tmp_path):
    renamed = use_case("renamed", column=", column: number")
    found = new_batch(renamed, home=tmp_path)
    assert rows_of(found.source, tmp_path, "number")[:2] == [(0,), (1,)]


def test_a_store_of_other_days_is_refused(use_case, tmp_path, monkeypatch):
    moved = use_case("moved")
    source = new_batch(moved, home=tmp_path).source
    defaults = sys.modules["moved_data"].generate.__kwdefaults__
    monkeypatch.setitem(defaults, "start", date(2024, 2, 1))
    with pytest.raises(DataError) as error:
        new_batch(moved, home=tmp_path)
    assert str(error.value) == (
        f"{source}: the store holds the days 2024-02-27 to 2024-03-02, but the generator went on "
        "with 2024-02-06. Give source.generator the settings of the first load back, or name "
        "another store."
    )


def test_a_store_of_other_batches_is_refused(use_case, tmp_path):
    foreign = use_case("foreign")
    source = default_source(foreign, tmp_path)
    file = tmp_path / "rows.parquet"
    duckdb.execute(f"COPY (SELECT 1 AS id) TO '{file}'")
    open_store(source.partition("#")[0]).append("week 7", {"foreign.events": [file]})
    with pytest.raises(DataError) as error:
        new_batch(foreign, home=tmp_path)
    assert str(error.value) == (
        f"{source}: the batch 'week 7' is none of generated days. Name another store."
    )


def test_an_address_without_a_table_is_refused(use_case, tmp_path):
    with pytest.raises(DataError) as error:
        new_batch(use_case("bare"), f"sqlite:///{tmp_path}/a.db", home=tmp_path)
    assert str(error.value) == (
        f"sqlite:///{tmp_path}/a.db: the address names no table. Write it after `#`."
    )


def test_a_use_case_without_days_has_no_batches(tmp_path):
    with pytest.raises(UseCaseError) as error:
        new_batch(load_use_case("wine"), home=tmp_path)
    assert str(error.value).endswith(
        "use_cases/wine/use_case.yaml: the generator writes everything at once, no batch follows. "
        "Set source.generator.load_days."
    )
