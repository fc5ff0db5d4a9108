"""Reasons are the strongest contributions in plain words."""

import numpy as np
import pyarrow as pa

from components.decisions.reasons import Contributions, reasons_of

ROWS = pa.record_batch(
    {
        "other": ["x", "y", "z"],
        "heat": pa.array([21.123456, None, 1e9]),
        "errors": pa.array([3.0, 0.0, float("nan")]),
        "age": pa.array([float("inf"), 1234567.0, 2.0]),
    }
)
FEATURES = ["heat", "errors", "age"]


def told(values, count):
    return reasons_of(ROWS, Contributions(FEATURES, np.array(values)), count)


def test_the_strongest_comes_first_whichever_way_it_pulls():
    values = [[0.5, -1.25, 0.1], [2.0, 0.3, -0.3], [-0.01, 0.02, 0.0]]
    assert told(values, 2) == [
        ["errors = 3 (-1.25)", "heat = missing (+2.00)", "errors = missing (+0.02)"],
        ["heat = 21.12 (+0.50)", "errors = 0 (+0.30)", "heat = 1e+09 (-0.01)"],
    ]


def test_what_adds_nothing_is_no_reason():
    values = [[0.0, 0.0, 0.4], [np.nan] * 3, [0.0, 0.0, 0.0]]
    assert told(values, 2) == [["age = inf (+0.40)", None, None], [None] * 3]


def test_more_reasons_than_features_leave_the_rest_empty():
    assert told([[1.0, 2.0, 3.0]] * 3, 5)[3:] == [[None] * 3] * 2


def test_a_model_that_cannot_tell_gives_no_reasons():
    assert reasons_of(ROWS, None, 2) == [[None] * 3] * 2


def test_no_row_has_no_reasons():
    assert reasons_of(ROWS.slice(0, 0), None, 1) == [[]]
