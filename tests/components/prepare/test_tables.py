"""Decisions out of several tables: who is due, what their features see, what is refused."""

import pandas as pd
import pytest

from penstock.errors import DataError, UseCaseError

FEATURES = ["heat_1d", "heat_3d", "readings_3d", "faults_3d"]
AUTUMN, SPRING = "2024-10-20", "2024-03-24"
"""First days of the tables, a week before the clocks change."""


@pytest.mark.parametrize("store", ["files", "sqlite"])
@pytest.mark.parametrize(
    ("first", "day", "starts"),
    [
        (SPRING, "2024-03-31", "2024-03-30 23:00"),
        (SPRING, "2024-04-01", "2024-03-31 22:00"),
        (AUTUMN, "2024-10-27", "2024-10-26 22:00"),
        (AUTUMN, "2024-10-28", "2024-10-27 23:00"),
    ],
)
def test_a_morning_sees_to_the_last_bit_what_training_saw(plant, store, first, day, starts):
    tables = plant.tables(first, 12)
    source = getattr(plant, store)(tables)
    trained = plant.preprocess(
        source,
        train_start=str(pd.Timestamp(day).date() - pd.Timedelta(days=2))[:10],
        train_end=day,
        test_start=str(pd.Timestamp(day) + pd.Timedelta(days=1))[:10],
        test_end=str(pd.Timestamp(day) + pd.Timedelta(days=2))[:10],
    ).table("train")
    seen = trained[trained.event_day.astype(str) == day].reset_index(drop=True)
    due = plant.prepare(source, day).table("rows")
    assert len(due) == 4
    assert set(due.decided_at) == {pd.Timestamp(starts)}
    columns = ["machine", "kind", "decided_at", *FEATURES]
    pd.testing.assert_frame_equal(due[columns], seen[columns], check_exact=True)


def test_nothing_from_the_decisions_moment_on_is_visible(plant):
    tables = plant.tables(SPRING, 9)
    calm = plant.prepare(plant.files(tables), "2024-03-31").bytes("rows")
    moment = pd.Timestamp("2024-03-31", tz="Europe/Zurich").tz_convert("UTC")
    for name in ("readings", "faults"):
        rows = tables[name]
        tables[name] = rows[rows["happened"] < moment]
    assert plant.prepare(plant.files(tables), "2024-03-31").bytes("rows") == calm
    burning = pd.DataFrame({"machine": ["m0"], "happened": [moment], "heat": [999.0]})
    tables["readings"] = pd.concat([tables["readings"], burning])
    tables["faults"] = pd.concat([tables["faults"], burning[["machine", "happened"]]])
    assert plant.prepare(plant.files(tables), "2024-03-31").bytes("rows") == calm


def test_sql_that_would_look_ahead_finds_nothing(plant):
    plant.features_sql = plant.features_sql.replace(" AND r.happened < decided_at", "").replace(
        " AND f.happened < decided_at", ""
    )
    assert "< decided_at" not in plant.features_sql
    tables = plant.tables(SPRING, 9)
    moment = pd.Timestamp("2024-03-31", tz="Europe/Zurich").tz_convert("UTC")
    burning = pd.DataFrame({"machine": ["m0"], "happened": [moment], "heat": [999.0]})
    tables["readings"] = pd.concat([tables["readings"], burning]).drop_duplicates(
        ["machine", "happened"], keep="last"
    )
    ahead = plant.prepare(plant.files(tables), "2024-03-31").bytes("rows")
    for name in ("readings", "faults"):
        rows = tables[name]
        tables[name] = rows[rows["happened"] < moment]
    assert plant.prepare(plant.files(tables), "2024-03-31").bytes("rows") == ahead


def test_a_reading_just_before_the_moment_is_seen(plant):
    tables = plant.tables(SPRING, 7)
    before = plant.prepare(plant.files(tables), "2024-03-31").table("rows")
    moment = pd.Timestamp("2024-03-31", tz="Europe/Zurich").tz_convert("UTC")
    late = {"machine": ["m0"], "happened": [moment - pd.Timedelta(microseconds=1)], "heat": [1.0]}
    tables["readings"] = pd.concat([tables["readings"], pd.DataFrame(late)])
    after = plant.prepare(plant.files(tables), "2024-03-31").table("rows")
    assert list(after.readings_3d - before.readings_3d) == [1, 0, 0, 0]


@pytest.mark.parametrize("store", ["files", "sqlite"])
def test_only_the_days_that_features_look_back_on_are_read(plant, store):
    plant.settings["zone"] = "UTC"
    answer = plant.prepare(getattr(plant, store)(plant.tables(SPRING, 12)), "2024-04-03")
    assert answer["data_time_from"] == "2024-03-31T03:00:00Z"
    assert answer["data_time_to"] == "2024-04-02T23:00:00Z"
    assert answer["data_rows"] == 4 + 4 * 18 + 8
    assert answer.summary["rows_read"] == answer["data_rows"]


def test_the_age_of_the_data_is_told_of_each_machine(plant):
    tables = plant.tables(SPRING, 8)
    readings = tables["readings"]
    silent = (readings.machine == "m1") & (readings["happened"] >= "2024-03-30 12:00Z")
    tables["readings"] = readings[~silent]
    tables["faults"] = tables["faults"].iloc[:0]
    new = pd.DataFrame({"machine": ["new"], "kind": ["oven"]})
    tables["machines"] = pd.concat([tables["machines"], new])
    answer = plant.prepare(plant.files(tables), "2024-04-01")
    due = answer.table("rows").set_index("machine")
    assert answer["due"] == 5
    assert due.data_age_hours.drop("new").to_dict() == {"m0": 3.0, "m1": 35.0, "m2": 3.0, "m3": 3.0}
    assert due.loc["new", ["data_age_hours", "heat_1d", "heat_3d"]].isna().all()
    assert list(due.loc["new", ["readings_3d", "faults_3d"]]) == [0, 0]


def test_without_a_date_the_day_after_the_newest_row_is_due(plant):
    answer = plant.prepare(plant.files(plant.tables(SPRING, 5)))
    assert (answer["day"], answer["run"], answer["due"]) == ("2024-03-29", "plant/2024-03-29", 4)


def test_late_rows_change_nothing_and_repeated_ones_are_kept_aside(plant):
    tables = plant.tables(SPRING, 5)
    ordered = plant.prepare(plant.files(tables))
    late = {name: rows.sample(frac=1, random_state=3) for name, rows in tables.items()}
    late["readings"] = pd.concat([late["readings"], tables["readings"].tail(2)])
    answer = plant.prepare(plant.files(late))
    assert answer.bytes("rows") == ordered.bytes("rows")
    assert answer["data_digest"] == ordered["data_digest"]
    assert answer.summary["reasons"] == {"readings: the key is that of another row": 2}
    aside = answer.table("quarantine")
    assert list(aside["table"]) == ["readings", "readings"]
    assert set(aside["reason"]) == {"the key is that of another row"}


def test_columns_and_tables_bear_the_stores_names(plant):
    tables = plant.tables(SPRING, 5)
    expected = plant.prepare(plant.files(tables)).bytes("rows")
    plant.settings |= {"readings": "Telemetry Of All", "machine": "machine_id"}
    renamed = tables["readings"].rename(columns={"machine": "machine_id"}).assign(extra=1)
    tables = {"machines": tables["machines"], "faults": tables["faults"]}
    tables["Telemetry Of All"] = renamed
    answer = plant.prepare(plant.files(tables, "renamed"))
    assert answer.bytes("rows") == expected
    assert answer["data_table"].startswith("machines Telemetry Of All faults@")


def test_days_on_which_nothing_is_known_are_refused_with_those_there_are(plant):
    source = plant.files(plant.tables(SPRING, 5))
    with pytest.raises(DataError) as error:
        plant.prepare(source, "2024-06-01")
    assert str(error.value) == (
        f"{source}: nothing happened in the 3 days before 2024-06-01: readings, faults hold no "
        "row; there are rows of 2024-03-24…2024-03-28. "
        "Give another day, or append a batch (pipeline data new-batch)."
    )
    assert not (plant.folder / "due" / "rows").exists()


def test_columns_that_a_table_lacks_or_has_otherwise_are_told_with_the_table(plant):
    tables = plant.tables(SPRING, 5)
    tables["readings"] = tables["readings"].rename(columns={"heat": "warmth"})
    source = plant.files(tables)
    with pytest.raises(DataError) as error:
        plant.prepare(source, "2024-03-28")
    assert str(error.value) == (
        f"{source} (readings): column 'heat' is missing. The source has: machine, happened, warmth."
    )
    tables["readings"] = tables["readings"].assign(heat=pd.Timestamp("2024-01-01"))
    with pytest.raises(DataError) as error:
        plant.prepare(plant.files(tables), "2024-03-28")
    assert str(error.value) == (
        f"{source} (readings): column 'heat' is of type timestamp, not float. "
        "Mend the source, or the column's type in the use case."
    )


@pytest.mark.parametrize("day", ["", "2024-03-28"])
def test_a_table_that_is_not_there_is_told(plant, day):
    tables = plant.tables(SPRING, 5)
    source = plant.files(tables)
    plant.settings["readings"] = "telemetry"
    with pytest.raises(DataError) as error:
        plant.prepare(source, day)
    assert str(error.value) == (
        f"{source}/telemetry: the source does not exist. Give a file, folder or glob."
    )


def test_rows_of_other_days_than_asked_for_are_refused(plant):
    plant.rows_sql = (
        "SELECT machine, kind, happened AS decided_at, 1 AS fails FROM readings JOIN machines"
    )
    plant.rows_sql += " USING (machine)"
    source = plant.files(plant.tables(SPRING, 5))
    with pytest.raises(UseCaseError) as error:
        plant.prepare(source, "2024-03-28")
    assert str(error.value) == (
        "plant/rows.sql: 72 rows are not of the days 2024-03-28…2024-03-28 that are asked for, one "
        "of 2024-03-24 23:00:00 UTC. Take decided_at from the view `days`."
    )


def test_rows_sql_that_cannot_run_or_answers_nothing_is_the_use_cases_fault(plant):
    source = plant.files(plant.tables(SPRING, 5))
    plant.rows_sql = "SELECT machine,\n  nothing FROM machines"
    with pytest.raises(UseCaseError) as error:
        plant.prepare(source, "2024-03-28")
    assert str(error.value).startswith(
        "plant/rows.sql:2: the query cannot be run: Binder Error: Referenced column"
    )
    plant.rows_sql = "SELECT machine, kind, starts AS decided_at, 1 AS fails FROM machines, days"
    plant.rows_sql += " WHERE kind = 'none'"
    with pytest.raises(DataError) as none:
        plant.prepare(source, "2024-03-28")
    assert str(none.value) == (
        "plant/rows.sql: rows.sql answers no good row for 2024-03-28. See its joins and filters."
    )


def test_rows_of_segments_that_are_not_listed_are_left_out_and_counted(plant):
    plant.settings["more"] = "segments: {names: [press], minimum_rows: 1}"
    source = plant.files(plant.tables(SPRING, 5))
    answer = plant.prepare(source)
    assert list(answer.table("rows").machine) == ["m0", "m2"]
    assert answer["due"] == 2
    assert answer.summary["rows_of_segments_not_listed"] == 2
    plant.settings["more"] = "segments: {names: [Press], minimum_rows: 1}"
    with pytest.raises(DataError) as error:
        plant.prepare(source)
    assert str(error.value) == (
        f"{source}: the 4 rows of 2024-03-29 are of no listed segment: their kind is oven, press. "
        "List them in the segments of plant, or mend the source."
    )


def test_rows_whose_label_is_not_known_yet_neither_train_nor_test(plant):
    tables = plant.tables(SPRING, 10)
    moment = pd.Timestamp("2024-04-02 10:00", tz="Europe/Zurich").tz_convert("UTC")
    for name in ("readings", "faults"):
        tables[name] = tables[name][tables[name]["happened"] < moment]
    answer = plant.preprocess(plant.files(tables))
    spans = {
        split: (found["first_day"], found["last_day"])
        for split, found in answer.summary["splits"].items()
        if found["rows"]
    }
    assert spans == {"train": ("2024-03-28", "2024-03-30"), "test": ("2024-03-31", "2024-04-01")}
    assert answer.table("train").fails.notna().all()


def test_bad_rows_of_training_are_told_by_table(plant):
    tables = plant.tables(SPRING, 10)
    tables["readings"].loc[5, "heat"] = -1.0
    answer = plant.preprocess(plant.files(tables))
    assert answer.summary["reasons"] == {"readings: heat is below 0": 1}
    aside = answer.table("quarantine")
    assert list(aside[["table", "reason", "machine", "heat"]].iloc[0]) == [
        "readings", "heat is below 0", "m1", "-1.0",
    ]  # fmt: skip


def test_bad_answers_of_rows_sql_are_kept_aside_and_told(plant):
    plant.settings["share"] = "0.5"
    plant.rows_sql = f"SELECT * REPLACE (nullif(kind, 'oven') AS kind) FROM ({plant.rows_sql})"
    answer = plant.prepare(plant.files(plant.tables(SPRING, 5)))
    assert answer["due"] == 2
    assert answer.summary["reasons"] == {"rows.sql: kind is missing": 2}
    assert answer.summary["rows_quarantined"] == 2
    aside = answer.table("quarantine")
    assert list(aside["table"]) == ["rows.sql", "rows.sql"]
    assert list(aside["machine"]) == ["m1", "m3"]
