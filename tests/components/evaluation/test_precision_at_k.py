import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.evaluation.precision_at_k import PrecisionAtK


def slowly(positive, scores, groups, days, k, exclude_found):
    """The protocol word by word: one dictionary a day."""
    found, shares = set(), []
    for day in sorted(set(days)):
        best, hit = {}, {}
        for y, s, group, d in zip(positive, scores, groups, days, strict=True):
            if d == day and group not in found:
                best[group] = max(best.get(group, -1.0), s)
                hit[group] = max(hit.get(group, 0), y)
        top = sorted(best, key=lambda group: (-best[group], group))[:k]
        if not top:
            continue
        shares.append(sum(hit[group] for group in top) / len(top))
        if exclude_found:
            found |= {group for group in top if hit[group]}
    return float(np.mean(shares))


@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 150),
    k=st.integers(1, 12),
    levels=st.sampled_from([2, 5, 10_000]),
    exclude_found=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_it_equals_the_protocol_word_by_word(seed, rows, k, levels, exclude_found):
    random = np.random.default_rng(seed)
    positive = random.integers(0, 2, rows).astype(float)
    scores = random.integers(0, levels, rows) / levels
    raw = random.integers(0, 25, rows)
    order = {value: code for code, value in enumerate(dict.fromkeys(raw.tolist()))}
    groups = np.array([order[value] for value in raw.tolist()])
    days = np.sort(random.integers(0, 4, rows))
    metric = PrecisionAtK(
        "p", positive, scores, groups=groups, periods=days, k=k, exclude_found=exclude_found
    )
    expected = slowly(positive, scores, groups.tolist(), days.tolist(), k, exclude_found)
    assert metric(np.ones(rows)) == {"p": pytest.approx(expected)}


def test_a_group_found_on_one_day_makes_room_on_the_next():
    positive = np.array([1.0, 0, 1, 0, 1, 0])
    scores = np.array([0.9, 0.1, 0.9, 0.1, 0.5, 0.2])
    groups, days = np.array([0, 1, 0, 1, 2, 3]), np.array([1, 1, 2, 2, 2, 2])
    given_ = {"groups": groups, "periods": days, "k": 1}
    assert PrecisionAtK("p", positive, scores, **given_)(np.ones(6)) == {"p": 1.0}
    without_first = PrecisionAtK("p", positive, scores, **given_)
    assert without_first(np.array([0, 1, 0, 1, 0, 1.0])) == {"p": 0.0}


def test_a_group_drawn_twice_stands_twice():
    positive, scores = np.array([1.0, 0, 0]), np.array([0.9, 0.8, 0.7])
    metric = PrecisionAtK(
        "p", positive, scores, groups=np.arange(3), periods=np.zeros(3, dtype=int), k=3
    )
    assert metric(np.array([2.0, 1, 0])) == {"p": pytest.approx(2 / 3)}
    assert metric(np.array([0.0, 0, 0]))["p"] != metric(np.ones(3))["p"]
