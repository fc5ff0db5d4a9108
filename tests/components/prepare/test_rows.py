"""The rows of one table that are due on a day."""

import sqlite3
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from penstock.data.lineage import table_label
from penstock.errors import DataError, RequestError

SETTINGS = """\
name: tills
task: binary
time_column: moment
time_zone: {zone}
key: [id]
entity: who
target: bad
columns:
  id: {{type: integer}}
  moment: {{type: timestamp}}
  who: {{type: string}}
  amount: {{type: float, minimum: 0}}
  bad: {{type: integer, allowed: [0, 1]}}
quarantine: {{max_share: 0.2}}
features: [amount, sales_2d, bad_2d]
history_days: 3
split: {{train_days: 5, validation_days: 0, test_days: 2}}
metric: roc_auc
candidates: {{logistic_regression: {{}}}}
inference: {{form: csv}}
"""
FEATURES = """\
SELECT *, count(*) OVER two AS sales_2d, coalesce(sum(bad) OVER earlier, 0) AS bad_2d
FROM source
WINDOW two AS (PARTITION BY who ORDER BY moment
        RANGE BETWEEN INTERVAL 48 HOURS PRECEDING AND CURRENT ROW),
    earlier AS (PARTITION BY who ORDER BY moment
        RANGE BETWEEN INTERVAL 72 HOURS PRECEDING AND INTERVAL 24 HOURS PRECEDING)
"""


class Tills:
    """The use case in a folder of its own, and its rows."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.zone = folder, "UTC"

    def rows(self, first: str = "2024-03-24", days: int = 12) -> pd.DataFrame:
        start = pd.Timestamp(first, tz=self.zone)
        end = pd.Timestamp(start.date() + pd.Timedelta(days=days), tz=self.zone)
        times = pd.date_range(start, end, freq="3h", inclusive="left").tz_convert("UTC")
        index = pd.Series(range(len(times)))
        return pd.DataFrame(
            {
                "id": index,
                "moment": times.as_unit("us"),
                "who": "w" + (index % 3).astype(str),
                "amount": (index % 10) / 3,
                "bad": (index % 4 == 0).astype("int64"),
            }
        )

    def save(self, rows: pd.DataFrame, name: str = "rows.parquet") -> str:
        file = self.folder / name
        if name.endswith("parquet"):
            rows.to_parquet(file, index=False)
        else:
            rows.to_csv(file, index=False)
        return str(file)

    def run(self, component: str, source: str, **asked: str):
        from components.prepare import prepare
        from components.preprocess import preprocess
        from penstock.contract import outputs_in

        (self.folder / "use_case.yaml").write_text(SETTINGS.format(zone=self.zone))
        (self.folder / "features.sql").write_text(FEATURES)
        with outputs_in(self.folder / component):
            function = prepare if component == "prepare" else preprocess
            return function(str(self.folder), source, **asked)

    def due(self, source: str, day: str = "") -> pd.DataFrame:
        self.run("prepare", source, day=day)
        return pd.read_parquet(self.folder / "prepare" / "rows")


@pytest.fixture
def tills(tmp_path):
    return Tills(tmp_path)


@pytest.mark.parametrize(
    ("first", "day", "rows"),
    [
        ("2024-03-24", "2024-03-30", 8),
        ("2024-03-24", "2024-03-31", 8),
        ("2024-10-20", "2024-10-27", 9),
        ("2024-10-20", "2024-10-28", 8),
    ],
)
def test_a_day_has_to_the_last_bit_the_features_that_training_saw(tills, first, day, rows):
    tills.zone = "Europe/Zurich"
    source = tills.save(tills.rows(first))
    due = tills.due(source, day)
    next_day = str(pd.Timestamp(day).date() + pd.Timedelta(days=1))[:10]
    tills.run(
        "preprocess",
        source,
        train_start=str(pd.Timestamp(day).date() - pd.Timedelta(days=2))[:10],
        train_end=day,
        test_start=next_day,
        test_end=next_day,
    )
    trained = pd.read_parquet(tills.folder / "preprocess" / "train")
    seen = trained[trained.event_day.astype(str) == day].reset_index(drop=True)
    assert abs(len(due) - rows) <= 1
    pd.testing.assert_frame_equal(due, seen[list(due)], check_exact=True)
    assert due.sales_2d.max() > 1


def test_days_have_twenty_three_and_twenty_five_hours(tills):
    tills.zone = "Europe/Zurich"
    for first, hours in (("2024-03-31", 23), ("2024-10-27", 25)):
        start = pd.Timestamp(first, tz=tills.zone).tz_convert("UTC")
        rows = pd.DataFrame({"moment": pd.date_range(start, periods=30, freq="h").as_unit("us")})
        rows = rows.assign(id=range(30), who="w", amount=1.0, bad=0)
        assert len(tills.due(tills.save(rows), first)) == hours


def test_what_comes_after_the_day_is_not_read(tills):
    rows = tills.rows()
    whole = tills.run("prepare", tills.save(rows), day="2024-03-30")
    lines = (tills.folder / "prepare" / "lines").read_bytes()
    known = rows[rows.moment < "2024-03-31 00:00Z"]
    alone = tills.run("prepare", tills.save(known), day="2024-03-30")
    assert (tills.folder / "prepare" / "lines").read_bytes() == lines
    assert alone.data_digest == whole.data_digest
    assert whole.data_rows == 32
    assert (whole.data_time_from, whole.data_time_to) == (
        "2024-03-27T00:00:00Z",
        "2024-03-30T21:00:00Z",
    )


def test_rows_whose_label_nobody_knows_are_due_all_the_same(tills):
    rows = tills.rows().astype({"bad": "Int64"})
    rows.loc[rows.moment >= "2024-04-04 00:00Z", "bad"] = None
    assert len(tills.due(tills.save(rows))) == 8
    without = tills.due(tills.save(rows.drop(columns="bad")))
    assert list(without) == ["id", "moment", "who", "amount", "sales_2d", "bad_2d"]
    assert (without.bad_2d == 0).all()


def test_the_lines_are_the_rows(tills):
    due = tills.due(tills.save(tills.rows()))
    lines = pd.read_csv(
        tills.folder / "prepare" / "lines", header=None, names=list(due), parse_dates=["moment"],
    )  # fmt: skip
    pd.testing.assert_frame_equal(lines, due, check_exact=True, check_dtype=False)


def test_the_newest_rows_day_is_due_without_a_date(tills):
    answer = tills.run("prepare", tills.save(tills.rows()))
    assert (answer.day, answer.due, answer.run) == ("2024-04-04", 8, "tills/2024-04-04")


def test_a_day_without_rows_is_refused_with_the_days_there_are(tills):
    source = tills.save(tills.rows())
    for day in ("2024-04-05", "2024-03-23", "2030-01-01"):
        with pytest.raises(DataError) as error:
            tills.due(source, day)
        assert str(error.value) == (
            f"{source}: no row is of {day}, so nothing is due; there are rows of "
            "2024-03-24…2024-04-04. "
            "Give another day, or append a batch (pipeline data new-batch)."
        )
    with pytest.raises(RequestError) as wrong:
        tills.due(source, "tomorrow")
    assert str(wrong.value) == "day 'tomorrow' is not a day. Write it as 2018-07-25."


@pytest.mark.parametrize("day", ["", "2024-03-30"])
def test_times_that_are_missing_or_none_are_told(tills, day):
    source = tills.save(tills.rows().drop(columns="moment"))
    with pytest.raises(DataError) as error:
        tills.due(source, day)
    assert str(error.value) == (
        f"{source}: column 'moment' is missing. The source has: id, who, amount, bad."
    )
    tills.save(tills.rows().assign(moment=5))
    with pytest.raises(DataError) as error:
        tills.due(source, day)
    assert str(error.value) == (
        f"{source}: column 'moment' is of type integer, not timestamp. "
        "Mend the source, or the column's type in the use case."
    )


def test_a_column_that_a_database_lacks_is_told(tills):
    with sqlite3.connect(tills.folder / "tills.db") as database:
        tills.rows().drop(columns="moment").to_sql("sales", database)
    database.close()
    source = f"sqlite:///{tills.folder / 'tills.db'}#sales"
    with pytest.raises(DataError) as error:
        tills.due(source)
    assert str(error.value) == (
        f"{source}: the table has no column 'moment'. It has: index, id, who, amount, bad."
    )


def test_half_a_parquet_file_is_told(tills):
    source = tills.save(tills.rows())
    whole = Path(source).read_bytes()
    Path(source).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError) as error:
        tills.due(source)
    assert str(error.value) == (
        f"{source}: the source cannot be read as parquet: Invalid Input Error: No magic bytes "
        f"found at end of file '{source}' Write the file again, or set source.format."
    )


@pytest.mark.parametrize("component", ["prepare", "preprocess"])
def test_damage_within_a_parquet_file_is_told_and_nothing_stays(tills, component):
    source = tills.save(tills.rows(days=400))
    metadata = pq.read_metadata(source).row_group(0)
    amounts = next(
        column
        for index in range(metadata.num_columns)
        if (column := metadata.column(index)).path_in_schema == "amount"
    )
    content = bytearray(Path(source).read_bytes())
    start = amounts.dictionary_page_offset or amounts.data_page_offset
    content[start : start + amounts.total_compressed_size] = b"\xff" * amounts.total_compressed_size
    Path(source).write_bytes(content)
    with pytest.raises(DataError) as error:
        tills.run(component, source)
    assert str(error.value).startswith(
        f"{source}: the rows cannot be read, a file of them is damaged: "
    )
    assert str(error.value).endswith(" Write the file again.")
    assert list((tills.folder / component).iterdir()) == []


def test_a_broken_line_of_csv_counts_once(tills):
    folder = tills.folder / "days"
    folder.mkdir()
    rows = tills.rows()
    for name, part in (("a", rows.iloc[:50]), ("b", rows.iloc[50:])):
        part.to_csv(folder / f"{name}.csv", index=False)
        with (folder / f"{name}.csv").open("a") as stream:
            stream.write("99,2024-04-04\n")
    answer = tills.run("prepare", str(folder))
    aside = pd.read_parquet(tills.folder / "prepare" / "quarantine")
    assert list(aside.reason) == ["the line is not CSV: missing columns"] * 2
    assert answer.due == 8


def test_the_rows_have_one_digest_whatever_store_they_lie_in(tills):
    from penstock.data.batches import open_store

    rows = tills.rows().sample(frac=1, random_state=5)
    sources = [tills.save(rows), tills.save(rows, "rows.csv")]
    naive = rows.assign(moment=rows.moment.dt.tz_localize(None).astype(str))
    with sqlite3.connect(tills.folder / "tills.db") as database:
        naive.to_sql("sales", database, index=False)
    database.close()
    sources.append(f"sqlite:///{tills.folder / 'tills.db'}#sales")
    lake = f"iceberg+sqlite://{tills.folder / 'lake'}"
    for batch, part in (("a", rows.iloc[:40]), ("b", rows.iloc[40:])):
        open_store(lake).append(batch, {"tills.sales": [Path(tills.save(part, "p.parquet"))]})
    sources.append(f"{lake}#tills.sales")
    answers = [tills.run("prepare", source) for source in sources]
    assert [answer.data_digest for answer in answers] == [answers[0].data_digest] * 4
    assert {answer.due for answer in answers} == {8}
    assert answers[-1].data_table == table_label(sources[-1])
    assert answers[-1].data_snapshot_to.isdigit()
    trained = [tills.run("preprocess", source) for source in sources]
    assert len({answer.data_digest for answer in trained}) == 1
    assert {answer.data_rows for answer in trained} == {len(rows)}


def test_one_bad_value_in_a_database_changes_no_bit_of_the_others(tills):
    rows = tills.rows().astype({"amount": object})
    rows["moment"] = rows.moment.astype(str)
    for name, last in (("whole", 2.5), ("spoilt", "much")):
        rows.loc[0, "amount"] = last
        with sqlite3.connect(tills.folder / "tills.db") as database:
            rows.to_sql(name, database, index=False, dtype={"amount": "REAL"})
        database.close()
    source = f"sqlite:///{tills.folder / 'tills.db'}"
    whole = tills.due(f"{source}#whole", "2024-03-24").iloc[1:].reset_index(drop=True)
    spoilt = tills.run("prepare", f"{source}#spoilt", day="2024-03-24")
    aside = pd.read_parquet(tills.folder / "prepare" / "quarantine")
    assert (spoilt.due, list(aside.reason)) == (7, ["amount is not a number"])
    due = pd.read_parquet(tills.folder / "prepare" / "rows")
    pd.testing.assert_frame_equal(due[["id", "amount"]], whole[["id", "amount"]], check_exact=True)


@pytest.mark.slow
def test_rows_of_postgresql_have_the_digest_of_the_files(tills, postgres_database):

    from penstock.data.address import parse_address
    from penstock.data.batches import open_store

    rows = tills.rows()
    file = tills.save(rows)
    open_store(postgres_database).append("a", {"sales": [Path(file)]})
    source = str(parse_address(postgres_database).with_table("sales"))
    assert tills.run("prepare", source).data_digest == tills.run("prepare", file).data_digest
