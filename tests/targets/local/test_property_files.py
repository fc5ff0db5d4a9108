import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.targets.local.property_files import PathError, look_up, parse_path

names = st.text(min_size=1).filter(lambda text: not set(text) & set(".[]'\"$"))
quoted = st.text().filter(lambda text: "'" not in text)


@st.composite
def paths(draw: st.DrawFn) -> tuple[str, list[str | int]]:
    text, keys = draw(st.sampled_from(["", "$"])), list[str | int]()
    for _ in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["name", "index", "quoted"]))
        if kind == "name":
            name = draw(names)
            text += f".{name}" if text else name
            keys.append(name)
        elif kind == "index":
            index = draw(st.integers(-9, 99))
            text += f"[{index}]"
            keys.append(index)
        else:
            key = draw(quoted)
            text += f"['{key}']"
            keys.append(key)
    return text, keys


@given(paths())
def test_a_path_is_split_into_its_keys(example: tuple[str, list[str | int]]) -> None:
    text, keys = example
    assert parse_path(text) == keys


@given(paths(), st.integers())
def test_a_path_finds_what_was_put_there(example: tuple[str, list[str | int]], value: int) -> None:
    text, keys = example
    content: object = value
    for key in reversed(keys):
        if isinstance(key, int):
            size = key + 1 if key >= 0 else -key
            content = [content if at == key % size else None for at in range(size)]
        else:
            content = {key: content}
    assert look_up(content, text) == value


@given(st.text())
def test_any_text_is_a_path_or_refused(text: str) -> None:
    with contextlib.suppress(PathError):
        assert parse_path(text)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "the path is empty"),
        ("$", "the path is empty"),
        ("a..b", "`a..b` is no path: it breaks at `..b`"),
        ("a.", "`a.` is no path: it breaks at `.`"),
        ("a[", "`a[` is no path: it breaks at `[`"),
        ("a['b]", "`a['b]` is no path: it breaks at `['b]`"),
        ("a[b]", "`a[b]` is no path: it breaks at `[b]`"),
    ],
)
def test_a_broken_path_says_where_it_breaks(path: str, message: str) -> None:
    with pytest.raises(PathError) as caught:
        parse_path(path)
    assert str(caught.value) == message


def test_a_dollar_that_is_part_of_a_name_stays() -> None:
    assert parse_path("$price.now") == ["$price", "now"]
    assert parse_path("$.price") == ["price"]
    assert parse_path("$[0]") == [0]


@pytest.mark.parametrize(
    ("value", "path", "message"),
    [
        ({"a": {"b": 1}}, "a.c", "`a.c` ends before 'c': there is b"),
        ({"a": {}}, "a.c", "`a.c` ends before 'c': there is nothing"),
        ({"a": 1}, "a.c", "`a.c` ends before 'c'"),
        ({"a": [1]}, "a[1]", "`a[1]` ends before [1]"),
        ({"a": [1]}, "a[-2]", "`a[-2]` ends before [-2]"),
        ({"a": {"0": 1}}, "a[0]", "`a[0]` ends before [0]"),
        ({"a": [{"OutputName": "x"}]}, "a['y']", "`a['y']` ends before 'y'"),
    ],
)
def test_a_path_that_leads_nowhere_says_where_it_ends(
    value: object, path: str, message: str
) -> None:
    with pytest.raises(PathError) as caught:
        look_up(value, path)
    assert str(caught.value) == message


def test_a_member_of_a_list_is_found_by_its_name() -> None:
    outputs = [{"OutputName": "train", "S3Output": {"S3Uri": "s3://b/t"}}, {"OutputName": "test"}]
    path = "ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"
    assert look_up({"ProcessingOutputConfig": {"Outputs": outputs}}, path) == "s3://b/t"


@pytest.mark.parametrize("value", [0, False, None, "", [], {}])
def test_what_is_empty_is_found_as_well(value: object) -> None:
    assert look_up({"a": value}, "a") == value
