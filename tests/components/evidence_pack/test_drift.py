import json
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.evidence_pack.drift import drift_document, shift
from components.evidence_pack.profile import Distribution, distribution_of, profile_of
from components.training.rows import Rows
from penstock.errors import DataError

columns = st.lists(
    st.one_of(st.floats(-1e6, 1e6), st.just(math.nan), st.sampled_from([0.0, 1.0])),
    min_size=1,
    max_size=80,
).map(np.array)
counts = st.lists(st.integers(0, 1000), min_size=3, max_size=3)


@pytest.fixture
def rows(tmp_path):
    def write(name, **columns):
        pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet")
        return Rows((tmp_path / f"{name}.parquet",))

    return write


@given(columns)
def test_the_same_values_did_not_move_at_all(values):
    before = distribution_of(values)
    found = shift(before, distribution_of(values, before.edges))
    assert (found.index, found.distance, found.level) == (0, 0, "stable")
    assert found.rows == found.rows_before == len(values)


@given(columns, st.integers(2, 9))
def test_the_same_values_more_often_did_not_move_at_all(values, times):
    before = distribution_of(values)
    found = shift(before, distribution_of(np.tile(values, times), before.edges))
    assert (found.index, found.distance) == (pytest.approx(0), pytest.approx(0))


@given(counts, counts, st.integers(0, 50), st.integers(0, 50))
def test_then_and_now_may_change_places(old, new, missing, missing_now):
    before = Distribution((1.0, 2.0), tuple(old), missing)
    now = Distribution((1.0, 2.0), tuple(new), missing_now)
    there, back = shift(before, now), shift(now, before)
    assert there.index == pytest.approx(back.index)
    assert there.distance == back.distance
    assert there.index >= 0
    assert 0 <= there.distance <= 1


@given(columns, columns, st.randoms())
@settings(max_examples=50)
def test_the_order_of_rows_is_no_drift(values, others, random):
    before = distribution_of(values)
    mixed = others.copy()
    random.shuffle(mixed)
    there = shift(before, distribution_of(others, before.edges))
    assert there == shift(before, distribution_of(mixed, before.edges))


def test_the_index_is_the_sum_over_bins_by_hand():
    found = shift(Distribution((1.0,), (60, 40), 0), Distribution((1.0,), (30, 70), 0))
    by_hand = (0.3 - 0.6) * math.log(0.3 / 0.6) + (0.7 - 0.4) * math.log(0.7 / 0.4)
    assert found.index == pytest.approx(by_hand)
    assert found.distance == pytest.approx(0.3)
    assert found.level == "shifted"


@pytest.mark.parametrize(
    ("now", "level"), [((50, 50), "stable"), ((35, 65), "stable"), ((34, 66), "moved"),
                       ((27, 73), "moved"), ((26, 74), "shifted")],
)  # fmt: skip
def test_a_tenth_is_moved_and_a_quarter_shifted(now, level):
    found = shift(Distribution((1.0,), (50, 50), 0), Distribution((1.0,), now, 0))
    assert found.level == level


def test_an_empty_bin_counts_as_half_a_row_and_no_index_is_infinite():
    found = shift(Distribution((1.0,), (100, 0), 0), Distribution((1.0,), (0, 100), 0))
    assert found.index == pytest.approx(2 * 0.995 * math.log(200))
    assert found.distance == 1


def test_values_that_went_missing_are_drift_though_the_others_stayed():
    values = np.arange(100.0)
    before = distribution_of(values)
    found = shift(before, distribution_of(np.where(values % 2 == 0, np.nan, values), before.edges))
    assert found.level == "shifted"
    assert found.distance < 0.05


def test_nothing_to_compare_with_is_said():
    found = drift_document(None, Rows(()), ("a",), np.zeros(3), "")
    assert found == {
        "features": {},
        "scores": None,
        "not_compared": [],
        "reason": "there is nothing to compare with",
    }


def test_features_are_compared_by_name_the_farthest_first(rows):
    random = np.random.default_rng(1)
    a, b, scores = random.normal(size=500), random.normal(size=500), random.random(500)
    profile = profile_of(rows("then", a=a, b=b), ("a", "b"), scores)
    now = rows("now", a=a, b=b + 3, c=a)
    found = drift_document(json.loads(json.dumps(profile)), now, ("a", "b", "c"), scores, "")
    assert list(found["features"]) == ["b", "a"]
    assert found["features"]["b"]["level"] == "shifted"
    assert found["features"]["a"] == {
        "psi": 0.0, "distance": 0.0, "level": "stable", "rows_before": 500, "rows": 500,
    }  # fmt: skip
    assert found["scores"]["psi"] == 0
    assert found["not_compared"] == ["c"]
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.parametrize(
    "damaged",
    [
        {"edges": [1.0], "counts": [1], "missing": 0},
        {"edges": [2.0, 1.0], "counts": [1, 1, 1], "missing": 0},
        {"edges": [1.0], "counts": ["many", 1], "missing": 0},
        {"edges": [1.0], "counts": [1, 1]},
        {},
    ],
)
def test_a_damaged_profile_is_refused_and_its_place_named(rows, damaged):
    now = rows("now", a=np.arange(3.0))
    profile = {"features": {"a": damaged}, "scores": {}}
    with pytest.raises(DataError, match="the profile is damaged") as refused:
        drift_document(profile, now, ("a",), np.zeros(3), "pack/profile.json")
    assert refused.value.problems[0].where == "pack/profile.json"
    assert refused.value.problems[0].remedy == "Fetch the evidence again."
