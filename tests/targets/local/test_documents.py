import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.targets.local.documents import as_text, canonical, objects

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_the_canonical_form_holds_the_whole_value(value: object) -> None:
    assert json.loads(canonical(value)) == value


@given(st.dictionaries(st.text(), json_values))
def test_the_canonical_form_does_not_depend_on_the_order_of_members(value: dict) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_a_lone_surrogate_has_a_canonical_form() -> None:
    value = json.loads('"\\ud800"')
    assert json.loads(canonical(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        (3, "3"),
        (0.25, "0.25"),
        (True, "true"),
        (None, "null"),
        ({"b": [1], "a": "x"}, '{"a": "x", "b": [1]}'),
    ],
)
def test_a_value_in_a_string_is_its_json(value: object, text: str) -> None:
    assert as_text(value) == text


def test_objects_are_found_outermost_first() -> None:
    inner: dict[str, object] = {"b": 1}
    outer = {"a": [inner, 2], "c": {"d": {}}}
    assert list(objects([outer])) == [outer, inner, {"d": {}}, {}]
