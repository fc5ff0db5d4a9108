"""Which rows a training may use: rolling windows, unknown labels, listed segments."""

import pandas as pd
import pytest

from penstock.errors import DataError, RequestError

LOOKS_BACK = 'SELECT *, count(*) OVER (PARTITION BY who ORDER BY "at") AS twice FROM source'


def spans(result) -> dict:
    return {
        split: (found["first_day"], found["last_day"])
        for split, found in result.summary["splits"].items()
        if found["rows"]
    }


def test_a_rolling_window_ends_with_the_newest_row_and_features_still_look_back(shop):
    shop.sql = LOOKS_BACK
    source = shop.save(shop.rows(days=30))
    rolling = shop.prepare(source, window="12d", train_start="2024-01-20")
    whole = shop.prepare(source, window="all", train_start="2024-01-20")
    assert rolling.summary["window"] == "rolling"
    pd.testing.assert_frame_equal(rolling.train, whole.train)
    assert rolling.train.twice.min() > 20


def test_a_window_too_short_for_the_split_says_so(shop):
    source = shop.save(shop.rows(days=30))
    with pytest.raises(DataError) as error:
        shop.prepare(source, window="10d")
    assert str(error.value) == (
        f"{source}: the train window 2024-01-20…2024-01-22 is not within the last 10 days of the "
        "data, 2024-01-21…2024-01-30. Give other days, shorten the windows of `split`, or take "
        "more of them (--window all)."
    )


def test_a_window_of_each_entity_ends_with_its_newest_row(shop):
    rows = shop.rows(days=30)
    gone = (rows.who == "w1") & (rows["at"] >= "2024-01-23")
    source = shop.save(rows[~gone])
    asked = {"train_start": "2024-01-18", "train_end": "2024-01-22", "validation_days": 0}
    shop.settings["more"] = "source: {window: {rows: rolling, days: 10, per: entity}}"
    each = shop.prepare(source, **asked)
    assert set(each.train[each.train["at"] < "2024-01-20"].who) == {"w1"}
    assert each.train.who.nunique() == 5
    shop.settings["more"] = "source: {window: {rows: rolling, days: 10}}"
    with pytest.raises(DataError, match="the last 10 days of the data, 2024-01-21…2024-01-30"):
        shop.prepare(source, **asked)


@pytest.mark.parametrize("window", ["7", "d", "0d", "-3d", "7D", "100000d", "week"])
def test_a_window_that_is_none_is_refused(shop, window):
    with pytest.raises(RequestError) as error:
        shop.prepare(shop.save(shop.rows()), window=window)
    assert str(error.value) == (
        f"the window {window!r} is unknown. Use all, incremental, or days such as 28d."
    )


def test_without_a_snapshot_to_begin_with_an_increment_is_everything(shop):
    source = shop.save(shop.rows())
    assert spans(shop.prepare(source, window="incremental")) == spans(shop.prepare(source))


def nullable(shop) -> None:
    """Let the target be unknown."""
    shop.settings["target"] = ", nullable: true"


def test_days_are_counted_from_the_newest_known_label_and_unknown_ones_left_out(shop):
    nullable(shop)
    rows = shop.rows(days=16).astype({"bad": "Int64"})
    rows.loc[rows["at"] >= "2024-01-13", "bad"] = None
    rows.loc[rows.id == 20, "bad"] = None  # 4 January
    result = shop.prepare(shop.save(rows))
    assert spans(result) == {
        "train": ("2024-01-02", "2024-01-04"),
        "validation": ("2024-01-07", "2024-01-08"),
        "test": ("2024-01-11", "2024-01-12"),
    }
    assert len(result.train) == 17
    assert 20 not in set(result.train.id)
    assert result.summary["rows_quarantined"] == 0


def test_data_without_any_label_cannot_train(shop):
    nullable(shop)
    source = shop.save(shop.rows().astype({"bad": "Int64"}).assign(bad=pd.NA))
    with pytest.raises(DataError) as error:
        shop.prepare(source)
    assert str(error.value).startswith(f"{source}: ")


SEGMENTS = "segment: kind\nsegments: {{names: [{names}], minimum_rows: 1, minimum_positives: 0}}"


def test_rows_of_segments_that_are_not_listed_are_left_out_and_counted(shop):
    rows = shop.rows()
    rows["kind"] = ["a" if number % 2 else "b" for number in rows.id]
    shop.sql = "SELECT * REPLACE (upper(kind) AS kind), amount * 2 AS twice FROM source"
    shop.settings["more"] = SEGMENTS.format(names="A")
    result = shop.prepare(shop.save(rows))
    assert (result.train.id % 2 == 1).all()
    assert result.summary["rows_of_segments_not_listed"] == 21
    assert result.summary["splits"]["train"]["rows"] == 9


def test_a_listed_segment_without_rows_is_refused_with_those_that_are_near(shop):
    rows = shop.rows()
    rows["kind"] = ["a" if number % 2 else "b" for number in rows.id]
    shop.sql = "SELECT * REPLACE ('type ' || kind AS kind), amount * 2 AS twice FROM source"
    shop.settings["more"] = SEGMENTS.format(names="type a, Type b, nothing")
    with pytest.raises(DataError) as error:
        shop.prepare(shop.save(rows))
    assert str(error.value) == (
        "shop: segments.names: the segment 'Type b' is no value of kind. "
        "Did you mean type b?\n"
        "shop: segments.names: the segment 'nothing' is no value of kind. "
        "The values are: type a, type b."
    )
