"""Training on what was appended since a snapshot; older rows are history for features alone."""

from pathlib import Path

import pandas as pd
import pytest

from penstock.data.batches import open_store
from penstock.data.lineage import table_label
from penstock.data.pinning import pin
from penstock.errors import DataError

LOOKS_BACK = """\
SELECT *, amount * 2 + count(*) OVER (PARTITION BY who ORDER BY "at"
    RANGE BETWEEN INTERVAL 48 HOURS PRECEDING AND CURRENT ROW) AS twice
FROM source
"""


class Lake:
    """An Iceberg table that rows are appended to."""

    def __init__(self, shop) -> None:
        self.shop = shop
        self.store = f"iceberg+sqlite://{shop.folder / 'lake'}"
        self.address = f"{self.store}#shop.sales"

    def append(self, batch: str, rows: pd.DataFrame) -> str:
        """Append rows; return the snapshot."""
        file = self.shop.save(rows, f"{batch}.parquet")
        open_store(self.store).append(batch, {"shop.sales": [Path(file)]})
        return pin(self.address).lineage.snapshot_to

    def since(self, snapshot: str) -> str:
        return pin(self.address, since=snapshot).uri


@pytest.fixture
def lake(shop):
    shop.sql = LOOKS_BACK
    shop.settings["more"] = "history_days: 2"
    return Lake(shop)


def test_only_appended_rows_are_split_and_their_features_see_what_was_before(shop, lake):
    rows = shop.rows(days=24)
    old, new = rows[rows["at"] < "2024-01-13"], rows[rows["at"] >= "2024-01-13"]
    first = lake.append("old", old)
    second = lake.append("new", new)
    grown = shop.prepare(lake.since(first))
    whole = shop.prepare(lake.address)
    for split in ("train", "validation", "test"):
        found = getattr(grown, split)
        assert found["at"].min() >= pd.Timestamp("2024-01-13")
        pd.testing.assert_frame_equal(found, getattr(whole, split), check_exact=True)
    assert grown.rows == len(new)
    seen = grown.outputs
    assert (seen.data_snapshot_from, seen.data_snapshot_to) == (first, second)
    assert seen.data_rows == len(new)
    assert (seen.data_time_from, seen.data_time_to) == (
        "2024-01-13T00:00:00Z",
        "2024-01-24T20:00:00Z",
    )
    assert seen.data_table == table_label(lake.address)
    assert seen.data_digest != whole.outputs.data_digest


def test_late_rows_of_an_increment_count_and_history_within_its_days_does_not(shop, lake):
    rows = shop.rows(days=24)
    late = (rows["at"] < "2024-01-13") & (rows.id % 6 == 2)
    early = (rows["at"] >= "2024-01-13") & (rows.id % 6 == 4)
    is_new = ((rows["at"] >= "2024-01-13") & ~early) | late
    first = lake.append("old", rows[~is_new])
    lake.append("new", rows[is_new])
    grown = shop.prepare(lake.since(first))
    kept = set(pd.concat([grown.train, grown.validation, grown.test]).id)
    assert kept <= set(rows[is_new].id)
    days = grown.train.event_day.astype(str)
    assert (days.min(), days.max(), len(grown.train)) == ("2024-01-14", "2024-01-16", 15)


def test_a_row_that_comes_again_is_new_and_hides_its_former_self(shop, lake):
    rows = shop.rows(days=24)
    new = rows[rows["at"] >= "2024-01-13"]
    again = rows[rows["at"] < "2024-01-13"].tail(3).assign(amount=50.0)
    first = lake.append("old", rows[rows["at"] < "2024-01-13"])
    lake.append("new", pd.concat([again, new]))
    grown = shop.prepare(lake.since(first))
    assert grown.rows == len(new) + 3
    assert grown.summary["rows_quarantined"] == 0


def test_who_was_known_before_an_increment_stays_known(shop, lake):
    shop.settings["more"] = "history_days: 0"
    rows = shop.rows(days=24)
    rows["bad"] = (rows.id % 6 == 0).astype(int)
    rows["who"] = "w" + rows.id.astype(str)
    rows.loc[(rows["at"] >= "2024-01-11") & (rows["at"] < "2024-01-12"), ["who", "bad"]] = ["x", 1]
    rows.loc[rows.id == 6 * 13 + 1, "who"] = "x"  # 14 January: the first day that trains
    first = lake.append("old", rows[rows["at"] < "2024-01-14 02:00"])
    lake.append("new", rows[rows["at"] >= "2024-01-14 02:00"])
    grown, whole = shop.prepare(lake.since(first)), shop.prepare(lake.address)
    known = grown.train[grown.train.known_compromised]
    assert list(known.who) == ["x"]
    assert list(whole.train[whole.train.known_compromised].who) == ["x"]


def test_an_increment_without_rows_offers_a_batch_and_all_rows(shop, lake):
    first = lake.append("old", shop.rows(days=12))
    source = f"{lake.store}?snapshot={first}&since={first}#shop.sales"
    with pytest.raises(DataError) as error:
        shop.prepare(source)
    assert str(error.value) == (
        f"{source}: nothing was appended since snapshot {first}. "
        "Append a batch (pipeline data new-batch), or take all rows with --window all."
    )


def test_an_increment_of_too_few_days_says_how_many_there_are_and_are_needed(shop, lake):
    rows = shop.rows(days=24)
    first = lake.append("old", rows[rows["at"] < "2024-01-20"])
    lake.append("new", rows[rows["at"] >= "2024-01-20"])
    source = lake.since(first)
    with pytest.raises(DataError) as error:
        shop.prepare(source)
    assert str(error.value) == (
        f"{source}: 5 days were appended since snapshot {first}, 2024-01-20…2024-01-24; training, "
        "validation and test need 11, 2024-01-14…2024-01-24. "
        "Wait for more (pipeline data new-batch), or take all rows with --window all."
    )
    for split in ("train", "validation", "test"):
        assert not (shop.folder / "out" / split).exists()
