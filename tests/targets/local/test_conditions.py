import contextlib
import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import StepError
from penstock.targets.local.conditions import holds

COMPARISONS = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
numbers = st.integers() | st.floats(allow_nan=False)
pairs = st.tuples(numbers, numbers) | st.tuples(st.text(), st.text())
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Type",
                    "LeftValue",
                    "RightValue",
                    "Condition",
                    "Conditions",
                    "QueryValue",
                    "Values",
                ]
            )
            | st.text(max_size=2),
            inner | st.sampled_from([*COMPARISONS, "In", "Not", "Or"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


def comparison(kind: str, left: Any, right: Any) -> dict[str, Any]:
    return {"Type": kind, "LeftValue": left, "RightValue": right}


def message_of(condition: Any) -> str:
    with pytest.raises(StepError) as caught:
        holds(condition)
    return str(caught.value)


@given(st.sampled_from(sorted(COMPARISONS)), pairs)
def test_a_comparison_is_the_one_of_its_name(kind: str, sides: tuple[Any, Any]) -> None:
    assert holds(comparison(kind, *sides)) is COMPARISONS[kind](*sides)


@given(st.booleans(), st.booleans())
def test_booleans_can_be_equal(left: bool, right: bool) -> None:
    assert holds(comparison("Equals", left, right)) is (left == right)


@given(st.sampled_from(sorted(COMPARISONS)), pairs)
def test_not_turns_a_condition_round(kind: str, sides: tuple[Any, Any]) -> None:
    condition = comparison(kind, *sides)
    assert holds({"Type": "Not", "Condition": condition}) is not holds(condition)


@given(st.lists(st.booleans()))
def test_or_holds_when_one_member_holds(outcomes: list[bool]) -> None:
    members = [comparison("Equals", outcome, True) for outcome in outcomes]
    assert holds({"Type": "Or", "Conditions": members}) is any(outcomes)


@given(numbers, st.lists(numbers))
def test_in_holds_when_the_value_is_among_the_others(query: float, values: list[float]) -> None:
    assert holds({"Type": "In", "QueryValue": query, "Values": values}) is (query in values)


@given(json_values)
def test_any_json_value_is_judged_or_refused(value: Any) -> None:
    with contextlib.suppress(StepError):
        assert holds(value) in (True, False)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            comparison("GreaterThan", "0.9", 0.8),
            "GreaterThan compares '0.9' (String) with 0.8 (number). Give both sides the same type.",
        ),
        (
            comparison("Equals", True, 1),
            "Equals compares True (Boolean) with 1 (number). Give both sides the same type.",
        ),
        (
            comparison("LessThan", None, None),
            "LessThan compares None with None, and a NoneType has no order."
            " Compare numbers or Strings, or use Equals.",
        ),
        (
            comparison("LessThan", {}, {}),
            "LessThan compares {} with {}, and a dict has no order."
            " Compare numbers or Strings, or use Equals.",
        ),
        (
            {"Type": "In", "QueryValue": 1, "Values": [1, "1"]},
            "Equals compares 1 (number) with '1' (String). Give both sides the same type.",
        ),
        (
            {"Type": "And"},
            "conditions of type And are unknown. Use: Equals, GreaterThan, GreaterThanOrEqualTo,"
            " In, LessThan, LessThanOrEqualTo, Not, Or.",
        ),
        (
            {"Type": "Equals", "LeftValue": 1},
            "a condition of type Equals has no RightValue that can be read."
            " Compile the definition again.",
        ),
        (
            {"Type": "Or", "Conditions": {}},
            "a condition of type Or has no Conditions that can be read."
            " Compile the definition again.",
        ),
        (
            {"Type": "Not", "Condition": {"Type": "Or", "Conditions": [7]}},
            "7 is no condition. Give it a Type.",
        ),
    ],
)
def test_what_cannot_be_judged_is_refused(condition: Any, message: str) -> None:
    assert message_of(condition) == message


def test_a_member_that_cannot_be_compared_is_not_hidden_by_one_that_holds() -> None:
    members = [comparison("Equals", 1, 1), comparison("Equals", 1, "1")]
    assert message_of({"Type": "Or", "Conditions": members}) == (
        "Equals compares 1 (number) with '1' (String). Give both sides the same type."
    )
