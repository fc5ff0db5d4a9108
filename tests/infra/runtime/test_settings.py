"""Variables of a function's environment."""

import pytest

from infra.runtime.errors import SettingsError
from infra.runtime.settings import Reader


def problems(reader: Reader) -> str:
    with pytest.raises(SettingsError) as caught:
        reader.check()
    return str(caught.value)


def test_what_is_there_is_read() -> None:
    reader = Reader(
        {
            "TEXT": " x ",
            "PLACE": "s3://bucket/releases/",
            "TEXTS": '{"fraud":"s3://rows"}',
            "LISTS": '{"fraud":["s3://a","s3://b"]}',
            "LIST": '["a","b"]',
        }
    )
    assert reader.text("TEXT") == "x"
    assert reader.optional("OTHER", "so") == "so"
    assert reader.place("PLACE") == "s3://bucket/releases"
    assert reader.texts("TEXTS") == {"fraud": "s3://rows"}
    assert reader.lists("LISTS") == {"fraud": ("s3://a", "s3://b")}
    assert reader.list("LIST") == ("a", "b")
    reader.check()


def test_a_list_is_one_of_texts_and_holds_something() -> None:
    reader = Reader({"EMPTY": "[]", "NUMBERS": "[1]", "TEXT": "a"})
    for name in ("EMPTY", "NUMBERS", "TEXT", "MISSING"):
        reader.list(name)
    assert problems(reader).splitlines() == [
        "EMPTY is empty.",
        "NUMBERS is no JSON list of texts.",
        "TEXT is no JSON list of texts.",
        "MISSING is not set.",
    ]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    reader = Reader({"PLACE": "bucket", "EMPTY": "s3://", "TEXTS": "{", "LISTS": '{"a":"b"}'})
    reader.text("TEXT")
    reader.place("MISSING")
    reader.place("PLACE")
    reader.place("EMPTY")
    reader.texts("TEXTS")
    reader.lists("LISTS")
    assert problems(reader).splitlines() == [
        "TEXT is not set.",
        "MISSING is not set.",
        "PLACE is no address s3://BUCKET.",
        "EMPTY is no address s3://BUCKET.",
        "TEXTS is no JSON object.",
        "LISTS holds a value that is no list of texts.",
    ]
