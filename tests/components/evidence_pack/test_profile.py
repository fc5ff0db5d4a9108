import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from components.evidence_pack.profile import distribution_of, plain_scores, profile_of
from components.training.rows import Rows
from penstock.evidence.canonical import canonical_json


@given(st.lists(st.floats(allow_infinity=False), max_size=60).map(np.array))
def test_every_value_is_in_exactly_one_bin_or_missing(values):
    values = values.astype(float)
    found = distribution_of(values)
    assert found.rows == len(values)
    assert found.missing == np.isnan(values).sum()
    assert len(found.counts) == len(found.edges) + 1 <= 10
    assert list(found.edges) == sorted(set(found.edges))


def test_deciles_hold_a_tenth_each():
    found = distribution_of(np.random.default_rng(0).permutation(1000.0 * np.arange(1000)))
    assert len(found.counts) == 10
    assert max(found.counts) - min(found.counts) <= 2


def test_a_column_of_one_value_has_one_cut_and_a_column_of_none_has_none():
    assert distribution_of(np.full(5, 2.0)).to_json() == {
        "edges": [2.0], "counts": [0, 5], "missing": 0,
    }  # fmt: skip
    assert distribution_of(np.full(5, np.nan)).to_json() == {
        "edges": [], "counts": [0], "missing": 5,
    }  # fmt: skip


def test_scores_of_several_classes_count_by_the_greatest():
    scores = np.array([[0.2, 0.8], [0.6, 0.4]])
    assert plain_scores(scores).tolist() == [0.8, 0.6]
    assert plain_scores(scores[:, 0]).tolist() == [0.2, 0.6]


def test_a_profile_of_many_features_keeps_two_hundred_and_the_same_bytes(tmp_path):
    random = np.random.default_rng(4)
    names = tuple(f"f{index}" for index in range(230))
    table = pa.table({name: random.normal(size=300) for name in names})
    pq.write_table(table, tmp_path / "rows.parquet")
    rows = Rows((tmp_path / "rows.parquet",))
    profile = profile_of(rows, names, random.random(50))
    assert (len(profile["features"]), profile["features_left_out"], profile["rows"]) == (
        200, 30, 300,
    )  # fmt: skip
    assert list(profile["features"]) == list(names[:200])
    written = canonical_json(profile)
    assert len(written) < 100_000
    again = profile_of(rows, names, np.random.default_rng(4).random(50))
    assert again["features"] == profile["features"]
    assert canonical_json(profile) == written


def test_integers_booleans_and_nulls_are_profiled_as_numbers(tmp_path):
    table = pa.table({"i": pa.array([1, None, 3]), "b": pa.array([True, False, None])})
    pq.write_table(table, tmp_path / "rows.parquet")
    rows = Rows((tmp_path / "rows.parquet",))
    found = profile_of(rows, ("i", "b"), np.array([0.1]))["features"]
    assert (found["i"]["missing"], sum(found["i"]["counts"])) == (1, 2)
    assert (found["b"]["missing"], sum(found["b"]["counts"])) == (1, 2)
