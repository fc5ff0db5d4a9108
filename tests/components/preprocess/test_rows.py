import pandas as pd
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from penstock.errors import DataError


def test_good_rows_all_stay_and_the_quarantine_is_empty(shop):
    result = shop.prepare(shop.save(shop.rows()))
    assert result.rows == 72
    assert len(result.quarantine) == 0
    assert list(result.quarantine) == ["reason", "id", "at", "who", "amount", "kind", "bad"]
    assert result.summary["reasons"] == {}


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("amount", None, "amount is missing"),
        ("amount", float("inf"), "amount is not a number"),
        ("amount", -1.0, "amount is below 0"),
        ("amount", 101.0, "amount is above 100"),
        ("kind", "c", "kind is none of a, b"),
        ("bad", 2, "bad is none of 0, 1"),
        ("who", None, "who is missing"),
        ("id", 1, "the key is that of another row"),
    ],
)
def test_a_bad_row_goes_to_quarantine_with_its_reason(shop, column, value, reason):
    rows = shop.rows()
    rows.loc[7, column] = value
    result = shop.prepare(shop.save(rows))
    assert list(result.quarantine["reason"]) == [reason]
    assert result.summary["rows_quarantined"] == 1
    assert result.summary["reasons"] == {reason: 1}


def test_a_row_with_two_faults_has_both_reasons(shop):
    rows = shop.rows()
    rows.loc[7, ["amount", "kind"]] = [-1.0, "c"]
    result = shop.prepare(shop.save(rows))
    assert list(result.quarantine["reason"]) == ["amount is below 0; kind is none of a, b"]
    assert result.quarantine.loc[0, "amount"] == "-1.0"
    assert result.summary["rows_quarantined"] == 1


def test_text_in_a_csv_is_judged_by_type_and_a_broken_line_is_kept(shop):
    rows = shop.rows().astype({"amount": object, "at": str, "id": object})
    rows.loc[3, "amount"] = "ten"
    rows.loc[4, "id"] = "4.5"
    rows.loc[5, "at"] = "yesterday"
    file = shop.save(rows, "rows.csv")
    with file.open("a") as stream:
        stream.write("99,2024-01-01\n")
    result = shop.prepare(file)
    assert sorted(result.quarantine["reason"]) == [
        "amount is not a number",
        "at is not a time",
        "id is not a whole number",
        "the line is not CSV: missing columns",
    ]
    assert result.rows == 73
    assert "99,2024-01-01" in set(result.quarantine["line_text"].dropna())


def test_too_many_bad_rows_stop_the_run_and_are_counted_by_reason(shop):
    shop.settings["share"] = "0.05"
    rows = shop.rows()
    rows.loc[0:3, "amount"] = -1.0
    rows.loc[2:4, "kind"] = "c"
    file = shop.save(rows)
    with pytest.raises(DataError) as error:
        shop.prepare(file)
    assert str(error.value) == (
        f"{file}: 5 of 72 rows (6.94%) are bad, more than the 5.00% that the use case bears: "
        "amount is below 0 (4), kind is none of a, b (3). "
        "Mend the source, or raise quarantine.max_share."
    )
    assert not (shop.folder / "out" / "train").exists()


def test_missing_and_impossible_columns_are_all_named(shop):
    rows = shop.rows().drop(columns=["who", "kind"]).assign(at=1)
    file = shop.save(rows)
    with pytest.raises(DataError) as error:
        shop.prepare(file)
    assert str(error.value) == (
        f"{file}: column 'at' is of type integer, not timestamp. "
        "Mend the source, or the column's type in the use case.\n"
        f"{file}: column 'who' is missing. The source has: id, at, amount, bad."
    )


def test_a_nullable_column_may_be_missing(shop):
    result = shop.prepare(shop.save(shop.rows().drop(columns=["kind"])))
    assert len(result.quarantine) == 0


def test_unknown_columns_are_ignored_unless_refused(shop):
    file = shop.save(shop.rows().assign(extra=1))
    shop.prepare(file)
    shop.settings["unknown"] = "refuse"
    with pytest.raises(DataError) as error:
        shop.prepare(file)
    assert str(error.value) == (
        f"{file}: column 'extra' is unknown to the use case. "
        "Declare it, or set quarantine.unknown_columns to ignore."
    )


def test_no_rows_are_an_error(shop):
    file = shop.save(shop.rows().iloc[:0])
    with pytest.raises(DataError) as error:
        shop.prepare(file)
    assert str(error.value) == f"{file}: the source holds no row. Give data."


def prepared(shop, rows, **asked):
    """Prepare rows, unless their faults took a whole class out of a split."""
    try:
        return shop.prepare(shop.save(rows), **asked)
    except DataError as error:
        if " of bad. Give longer windows" in str(error):
            reject()
        raise


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    first=st.integers(0, 2**61),
    step=st.sampled_from([1, 2, 7, 9, 10**9, 2**55]),
    repeated=st.sets(st.integers(1, 71), max_size=3),
)
def test_a_repeated_key_is_found_wherever_the_keys_lie(new_shop, first, step, repeated):
    shop = new_shop()
    shop.settings["share"] = "1.0"
    rows = shop.rows()
    rows["id"] = [first + step * number for number in range(72)]
    for row in repeated:
        rows.loc[row, "id"] = first
    result = prepared(shop, rows)
    assert len(result.quarantine) == len(repeated)
    assert set(result.quarantine["reason"]) <= {"the key is that of another row"}


faults = st.lists(
    st.tuples(
        st.integers(0, 71),
        st.sampled_from(
            [("amount", None), ("amount", -5.0), ("kind", "z"), ("bad", 7), ("id", 1), ("id", 2)]
        ),
    ),
    max_size=12,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(faults=faults)
def test_quarantined_and_kept_rows_are_all_rows(new_shop, faults):
    shop = new_shop()
    shop.settings["share"] = "1.0"
    rows = shop.rows()
    for row, (column, value) in faults:
        rows.loc[row, column] = value
    bad = rows[rows.amount.isna() | (rows.amount < 0) | (rows.kind == "z") | (rows.bad == 7)]
    good = rows.drop(bad.index)
    expected = len(bad) + int(good.duplicated("id").sum())
    result = prepared(shop, rows, validation_days=0, train_start="2024-01-01")
    assert len(result.quarantine) == expected
    assert result.summary["rows_quarantined"] == expected
    least = good.sort_values(list(good)).drop_duplicates("id")
    days = [*range(1, 9), 11, 12]  # of January: training, and the test after the label delay
    expected_rows = least[least["at"].dt.day.isin(days)]
    kept = pd.concat([result.train, result.test])
    assert sorted(zip(kept["id"], kept["at"], strict=True)) == sorted(
        zip(expected_rows["id"], expected_rows["at"], strict=True)
    )
