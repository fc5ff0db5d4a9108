from hypothesis import given
from hypothesis import strategies as st

from serving.console.views.interval import interval

_NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-9)


@given(ends=st.tuples(_NUMBERS, _NUMBERS, _NUMBERS), bound=_NUMBERS)
def test_everything_is_on_the_line_in_its_order(
    ends: tuple[float, float, float], bound: float
) -> None:
    low, at, high = sorted(ends)
    drawn = interval(at, low, high, bound)
    marks = [drawn.zero, drawn.low, drawn.at, drawn.high]
    assert all(0 <= mark.at <= 100 for mark in marks)
    assert drawn.low.at <= drawn.at.at <= drawn.high.at
    assert (drawn.bound is None) == (bound == 0)
    if drawn.bound is not None:
        apart = drawn.bound.at - drawn.zero.at
        assert apart >= 0 if bound > 0 else apart <= 0
    assert 15 <= drawn.zero.at <= 85
    assert drawn.bad_until <= drawn.good_from


def test_the_drawing_says_where_recommendation_begins() -> None:
    better = interval(0.02, 0.01, 0.03, 0.005)
    assert better.low.at > better.good_from > better.zero.at
    tolerated = interval(-0.001, -0.004, 0.002, -0.005)
    assert tolerated.zero.at > tolerated.low.at > tolerated.good_from
    plain = interval(0.02, 0.01, 0.03, 0)
    assert plain.good_from == plain.bad_until == plain.zero.at
