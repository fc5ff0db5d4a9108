from datetime import date, timedelta
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.preprocessing.windows import Days, choose_windows
from penstock.data.digest import content_digest
from penstock.errors import DataError, RequestError, UseCaseError
from penstock.use_case import load_use_case


def test_the_default_windows_count_back_from_the_last_day(shop):
    result = shop.prepare(shop.save(shop.rows(days=12)))
    spans = {
        split: (found["first_day"], found["last_day"], found["rows"])
        for split, found in result.summary["splits"].items()
    }
    assert spans == {
        "train": ("2024-01-02", "2024-01-04", 18),
        "validation": ("2024-01-07", "2024-01-08", 12),
        "test": ("2024-01-11", "2024-01-12", 12),
    }


def test_a_split_carries_key_time_entity_target_day_and_features(shop):
    result = shop.prepare(shop.save(shop.rows()))
    assert list(result.train) == [
        "id", "at", "who", "bad", "event_day", "known_compromised", "amount", "twice",
    ]  # fmt: skip
    assert result.train["at"].dtype == "datetime64[us]"
    assert result.train["twice"].dtype == "float64"
    assert list(result.train["twice"]) == list(result.train["amount"] * 2)


def test_rows_out_of_order_give_the_same_bytes(shop):
    rows = shop.rows()
    shop.prepare(shop.save(rows))
    ordered = content_digest(shop.folder / "out")
    shop.prepare(shop.save(rows.sample(frac=1, random_state=3)))
    assert content_digest(shop.folder / "out") == ordered


def test_days_begin_at_midnight_of_the_zone(shop):
    shop.settings["zone"] = "America/New_York"
    rows = shop.rows()
    rows["at"] = rows["at"].dt.tz_localize("America/New_York").dt.tz_convert("Asia/Tokyo")
    aware = shop.prepare(shop.save(rows))
    rows["at"] = rows["at"].dt.tz_convert("America/New_York").dt.tz_localize(None)
    naive = shop.prepare(shop.save(rows))
    rows["at"] = rows["at"].astype(str) + "-05:00"
    text = shop.prepare(shop.save(rows, "rows.csv"))
    for result in (aware, naive, text):
        assert str(result.train["at"].min()) == "2024-01-02 05:00:00"
        assert str(result.train["event_day"].min()) == "2024-01-02"
        assert result.summary["splits"]["train"]["rows"] == 18


def test_an_entity_is_known_once_the_delay_has_passed(shop):
    rows = shop.rows()
    rows["bad"] = 0
    rows.loc[rows.id % 6 == 0, ["who", "bad"]] = ["x", 1]
    rows.loc[(rows.id % 6 == 1), "who"] = "early"
    rows.loc[rows.id == 6 * 8 + 1, "bad"] = 1  # 9 January: known from the 12th on
    older = rows.id == 6 * 6 + 2  # 7 January: before the days that count
    rows.loc[older, ["who", "bad"]] = ["older", 1]
    rows.loc[rows.id.isin([62, 68]), "who"] = "older"
    rows.loc[(rows.id >= 60) & (rows.id % 6 == 5), "bad"] = 1
    test = shop.prepare(shop.save(rows)).test
    known = test[test.known_compromised].groupby("who").event_day.agg(lambda d: sorted(map(str, d)))
    assert known.to_dict() == {
        "x": ["2024-01-11", "2024-01-12"],
        "early": ["2024-01-12"],
    }


def test_windows_that_the_data_do_not_reach_are_refused(shop):
    file = shop.save(shop.rows(days=8))
    with pytest.raises(DataError) as error:
        shop.prepare(file)
    assert str(error.value) == (
        f"{file}: the train window 2023-12-29…2023-12-31 is not within the days of the data, "
        "2024-01-01…2024-01-08. "
        "Give other days, shorten the windows of `split`, or give more data."
    )


def test_a_single_class_is_refused_split_by_split(shop):
    rows = shop.rows()
    rows["bad"] = (rows["at"] < "2024-01-06").astype(int)
    file = shop.save(rows)
    with pytest.raises(DataError) as error:
        shop.prepare(file)
    mend = "Give longer windows or more data."
    assert str(error.value) == (
        f"{file}: the train split of 18 rows holds only the class '1' of bad. {mend}\n"
        f"{file}: the validation split of 12 rows holds only the class '0' of bad. {mend}\n"
        f"{file}: the test split of 12 rows holds only the class '0' of bad. {mend}"
    )
    assert not (shop.folder / "out" / "train").exists()


def test_training_days_too_near_to_the_test_are_refused(shop):
    file = shop.save(shop.rows())
    with pytest.raises(RequestError) as error:
        shop.prepare(file, train_end="2024-01-05")
    assert str(error.value) == (
        "training until 2024-01-05 leaves less than the label delay of 2 days: validation begins "
        "on 2024-01-07. Set train_end=2024-01-04 or earlier, or validation_days=0 to train without "
        "validation."
    )
    with pytest.raises(RequestError) as error:
        shop.prepare(file, train_end="5.1.2024")
    assert str(error.value) == "train_end '5.1.2024' is not a day. Write it as 2018-07-25."


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT * FROM source", "shop/features.sql: the answer lacks the column 'twice'. "
         "Add it to the SELECT."),
        ("SELECT *, 1 AS twice FROM source WHERE id > 20",
         "shop/features.sql: the query answers 27 rows for 42 rows of source. Answer exactly one "
         "row for each row: no filter, no join that repeats rows."),
        ("SELECT *,\n  nothing AS twice FROM source",
         'shop/features.sql:2: the query cannot be run: Binder Error: Referenced column "nothing" '
         "not found in FROM clause! Mend the SQL."),
    ],
)  # fmt: skip
def test_wrong_feature_sql_is_the_use_cases_fault(shop, sql, message):
    shop.sql = sql
    with pytest.raises(UseCaseError) as error:
        shop.prepare(shop.save(shop.rows()))
    assert str(error.value) == message


days = st.dates(date(2020, 1, 1), date(2022, 1, 1))


@settings(max_examples=300, deadline=None)
@given(
    last=days,
    validation=st.integers(0, 20),
    asked=st.dictionaries(
        st.sampled_from(["train_start", "train_end", "test_start", "test_end"]),
        days.map(str),
        max_size=4,
    ),
)
def test_no_window_meets_a_label_younger_than_the_delay(last, validation, asked):
    fraud = load_use_case("fraud")
    try:
        windows = choose_windows(fraud, last, validation_days=validation, **asked)
    except RequestError:
        return
    delay = timedelta(days=fraud.label_delay_days)
    chosen = [days for days in (windows.train, windows.validation, windows.test) if days]
    for earlier, later in pairwise(chosen):
        assert later.first - earlier.last > delay


def test_a_window_without_days_is_empty():
    assert not Days(date(2020, 1, 2), date(2020, 1, 1))
    assert pd.Timestamp(Days(date(2020, 1, 1), date(2020, 1, 1)).bounds("UTC")[1]).day == 2
