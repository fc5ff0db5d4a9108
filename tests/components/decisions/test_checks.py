"""Predictions that are not sound go no further; every broken check is told with its numbers."""

import json
import math
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.check_predictions import check_predictions
from components.decisions.checks import check
from penstock.contract import outputs_in
from penstock.errors import DataError

REMEDY = "Nothing was published; see the model and the data of this run."


def problems(use_case, predictions, due):
    with pytest.raises(DataError) as raised:
        check(Path(predictions.path), use_case, due)
    return [str(problem) for problem in raised.value.problems]


def test_sound_predictions_are_handed_on_as_they_came(make_use_case, write_predictions, tmp_path):
    make_use_case()
    given_rows = write_predictions([0.9, 0.1, 0.2, 0.7])
    with outputs_in(tmp_path / "out"):
        checked = check_predictions(str(tmp_path / "machines"), given_rows, 4)
    assert Path(checked.sound.path).read_bytes() == Path(given_rows.path).read_bytes()
    summary = json.loads(Path(checked.summary.path).read_text())
    quantiles = summary.pop("score_quantiles")
    assert summary == {
        "format": "penstock.predictions/1",
        "use_case": "machines",
        "rows": 4,
        "decisions": {"visit": 2, "wait": 2},
        "groups": {"north": {"visit": 1, "wait": 1}, "south": {"visit": 1, "wait": 1}},
    }
    assert quantiles == pytest.approx(
        {"0.0": 0.1, "0.25": 0.175, "0.5": 0.45, "0.75": 0.75, "0.95": 0.87, "1.0": 0.9}
    )


def test_every_broken_check_is_told_at_once(make_use_case, write_predictions):
    rows = write_predictions(
        [0.5, None, -0.25, 1.5, math.inf, math.nan],
        machine=["a", "a", "a", "b", "c", None],
    )
    assert problems(make_use_case(), rows, 7) == [
        f"machines: 7 decisions are due, but there are 6 predictions. {REMEDY}",
        f"machines: 1 predictions lack their key (machine). {REMEDY}",
        f"machines: 2 predictions repeat the key of another (machine). {REMEDY}",
        f"machines: 2 of 6 scores are missing (33.33%), more than the 0.00% allowed. {REMEDY}",
        f"machines: 1 scores are not finite. {REMEDY}",
        f"machines: 1 scores are below 0, the least is -0.25. {REMEDY}",
        f"machines: 2 scores are above 1, the greatest is inf. {REMEDY}",
    ]


def test_columns_that_are_missing_or_of_another_type_are_told(make_use_case, write_predictions):
    assert problems(
        make_use_case(), write_predictions([0.5], machine=None, score=["high"], decision=None), 1
    ) == [
        f"machines: the predictions lack the column 'machine'. {REMEDY}",
        f"machines: the predictions lack the column 'decision'. {REMEDY}",
        f"machines: the column 'score' is of type VARCHAR, not DOUBLE. {REMEDY}",
    ]


def test_a_regression_has_the_bounds_that_it_is_given(make_use_case, write_predictions):
    check(Path(write_predictions([-5.0, 300.0]).path), make_use_case("regression"), 2)
    bounded = make_use_case("regression", "  checks: {minimum: 0, maximum: 250}")
    assert problems(bounded, write_predictions([-5.0, 300.0]), 2) == [
        f"machines: 1 scores are below 0, the least is -5. {REMEDY}",
        f"machines: 1 scores are above 250, the greatest is 300. {REMEDY}",
    ]


def test_a_damaged_file_is_told(make_use_case, write_predictions):
    rows = write_predictions([0.5])
    Path(rows.path).write_bytes(b"PAR1 half")
    with pytest.raises(DataError, match=r"predictions\.parquet: the predictions cannot be read: "):
        check(Path(rows.path), make_use_case(), 1)


SCORES = st.one_of(
    st.none(), st.floats(0, 1), st.sampled_from([-0.5, 1.5, math.inf, -math.inf, math.nan])
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scores=st.lists(SCORES, min_size=1, max_size=8),
    keys=st.lists(st.sampled_from("abcdefgh"), min_size=8, max_size=8),
    share=st.sampled_from([0.0, 0.25, 1.0]),
    off=st.sampled_from([0, 0, 0, 1]),
)
def test_the_check_passes_exactly_what_is_sound(
    make_use_case, write_predictions, scores, keys, share, off
):
    use_case = make_use_case(more=f"  checks: {{max_null_share: {share}}}")
    rows = write_predictions(scores, machine=keys[: len(scores)])
    missing = [score for score in scores if score is None or math.isnan(score)]
    known = [score for score in scores if score is not None and not math.isnan(score)]
    sound = (
        not off
        and len(set(keys[: len(scores)])) == len(scores)
        and len(missing) <= share * len(scores)
        and all(0 <= score <= 1 for score in known)
    )
    if sound:
        check(Path(rows.path), use_case, len(scores))
    else:
        assert problems(use_case, rows, len(scores) + off)
    assert pq.read_metadata(rows.path).num_rows == len(scores)


def test_rows_of_segments_that_no_model_serves_hold_up_no_other(make_use_case, write_predictions):
    use_case = make_use_case()
    check(Path(write_predictions([0.5, None], model=["own", "none"]).path), use_case, 2)
    assert problems(use_case, write_predictions([0.5, None], model=["own", "own"]), 2) == [
        "machines: 1 of 2 scores are missing (50.00%), more than the 0.00% allowed. " + REMEDY
    ]
