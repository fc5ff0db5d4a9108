import os
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from penstock.use_case import load_use_case

FRAUD = load_use_case("fraud")
START = datetime(2024, 1, 1)


def features_of(rows: pd.DataFrame) -> pd.DataFrame:
    connection = duckdb.connect()
    connection.register("source", rows)
    found = connection.execute(FRAUD.features_sql).df()
    return found.set_index("TRANSACTION_ID").sort_index()


def obvious(rows: pd.DataFrame) -> pd.DataFrame:
    """Each window by looking at every other row."""
    answer = []
    for row in rows.itertuples():
        now = row.TX_DATETIME
        found = {
            "TRANSACTION_ID": row.TRANSACTION_ID,
            "TX_DURING_WEEKEND": int(now.weekday() >= 5),
            "TX_DURING_NIGHT": int(now.hour <= 6),
        }
        for days in (1, 7, 30):
            mine = [
                other.TX_AMOUNT
                for other in rows.itertuples()
                if other.CUSTOMER_ID == row.CUSTOMER_ID
                and now - timedelta(days=days) < other.TX_DATETIME <= now
            ]
            found[f"CUSTOMER_ID_NB_TX_{days}DAY_WINDOW"] = len(mine)
            found[f"CUSTOMER_ID_AVG_AMOUNT_{days}DAY_WINDOW"] = sum(mine) / len(mine)
            labels = [
                other.TX_FRAUD
                for other in rows.itertuples()
                if other.TERMINAL_ID == row.TERMINAL_ID
                and now - timedelta(days=days + 7) < other.TX_DATETIME <= now - timedelta(days=7)
            ]
            risk = sum(labels) / len(labels) if labels else 0.0
            found[f"TERMINAL_ID_NB_TX_{days}DAY_WINDOW"] = len(labels)
            found[f"TERMINAL_ID_RISK_{days}DAY_WINDOW"] = risk
        answer.append(found)
    return pd.DataFrame(answer).set_index("TRANSACTION_ID").sort_index()


moments = st.builds(
    lambda day, second: day * 86_400 + second,
    st.sampled_from([0, 1, 7, 8, 14, 30, 37, 38]) | st.integers(0, 40),
    st.sampled_from([0, 0, 1]) | st.integers(0, 86_399),
)
payments = st.lists(
    st.tuples(moments, st.integers(0, 1), st.integers(0, 1), st.integers(0, 10**6), st.booleans()),
    min_size=1,
    max_size=25,
)


def frame(payments: list[tuple[int, int, int, int, bool]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "TRANSACTION_ID": range(len(payments)),
            "TX_DATETIME": pd.Series(
                [START + timedelta(seconds=second) for second, *_ in payments],
                dtype="datetime64[us]",
            ),
            "CUSTOMER_ID": [customer for _, customer, *_ in payments],
            "TERMINAL_ID": [terminal for _, _, terminal, *_ in payments],
            "TX_AMOUNT": [cents / 100 for *_, cents, _ in payments],
            "TX_FRAUD": [int(fraud) for *_, fraud in payments],
        }
    )


EDGES = [
    (day * 86_400 + second, 0, 0, 100 * day + second, day % 2 == 0)
    for day in (0, 1, 7, 8, 14, 30, 37, 38)
    for second in (0, 1)
]


@settings(max_examples=40, deadline=None)
@given(payments)
@example(EDGES)
def test_the_sql_equals_the_obvious_computation(payments):
    rows = frame(payments)
    expected = obvious(rows)
    found = features_of(rows)[list(expected)]
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=0, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(payments, st.integers(0, 47))
def test_a_label_younger_than_the_delay_is_never_seen(payments, day):
    rows = frame(payments)
    now = START + timedelta(days=day)
    other = rows.copy()
    young = now - timedelta(days=7) < other.TX_DATETIME
    other.loc[young, "TX_FRAUD"] = 1 - other.loc[young, "TX_FRAUD"]
    before = (now >= rows.TX_DATETIME).to_numpy()
    first, second = features_of(rows), features_of(other)
    pd.testing.assert_frame_equal(first[FRAUD.features][before], second[FRAUD.features][before])


@settings(max_examples=20, deadline=None)
@given(payments)
def test_the_history_that_the_settings_name_is_enough(payments):
    rows = frame(payments)
    now = START + timedelta(days=37)
    late = (now <= rows.TX_DATETIME).to_numpy()
    recent = rows[now - timedelta(days=FRAUD.history_days) <= rows.TX_DATETIME]
    whole = features_of(rows)[FRAUD.features][late]
    pd.testing.assert_frame_equal(whole, features_of(recent)[FRAUD.features].loc[whole.index])


def fraud_data() -> Path | None:
    named = os.environ.get("PENSTOCK_DATA")
    places = [Path(named) / "fraud"] if named else []
    places.append(Path(__file__).resolve().parents[3] / "shared/data/fraud")
    return next((place for place in places if place.is_dir()), None)


@pytest.mark.slow
def test_the_sql_equals_the_handbooks_own_columns():
    data = fraud_data()
    if data is None:
        pytest.skip("the handbook's data are not here; name their folder in PENSTOCK_DATA")
    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW given AS SELECT * FROM read_parquet('{data}/*.parquet')")
    raw = ", ".join(
        "CAST(TX_DATETIME AS TIMESTAMP) AS TX_DATETIME" if each == "TX_DATETIME" else each
        for each in FRAUD.columns
    )
    connection.execute(f"CREATE VIEW source AS SELECT {raw} FROM given")
    connection.execute(f"CREATE TABLE computed AS {FRAUD.features_sql}")
    differ = " OR ".join(f'abs(c."{f}" - g."{f}") > 1e-9' for f in FRAUD.features)
    rows, different, same_second = connection.execute(
        f"""
        SELECT count(*), count(*) FILTER (WHERE {differ}),
            count(*) FILTER (WHERE ({differ}) AND twins > 1)
        FROM (
            SELECT *, count(*) OVER (PARTITION BY CUSTOMER_ID, TX_DATETIME) AS twins FROM computed
        ) AS c JOIN given AS g USING (TRANSACTION_ID)
        WHERE c.TX_DATETIME >= '2018-07-08'
        """
    ).fetchone()
    assert (rows, different, same_second) == (525_970, 6, 6)
