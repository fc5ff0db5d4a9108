import pytest

from penstock.errors import DefinitionError
from penstock.ir.selectors import parse_selector


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ()),
        ('parseJson(string_value)["B_b"]', ("B_b",)),
        ('parseJson(string_value)["a"][0]["b c"]', ("a", 0, "b c")),
        ("parseJson(string_value)", ()),
    ],
)
def test_the_keys_on_the_way_to_a_part_are_read(text: str, path: tuple[str | int, ...]) -> None:
    assert parse_selector(text) == path


def test_another_expression_is_refused() -> None:
    with pytest.raises(DefinitionError) as caught:
        parse_selector("string_value.size()", "task x")
    assert str(caught.value) == (
        "task x: the expression `string_value.size()` picks a part of a value in an unknown way. "
        'Pick it in a component, or as `item["key"]`.'
    )
