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
        }
    )
    assert reader.text("TEXT") == "x"
    assert reader.optional("OTHER", "so") == "so"
    assert reader.place("PLACE") == "s3://bucket/releases"
    assert reader.texts("TEXTS") == {"fraud": "s3://rows"}
    assert reader.lists("LISTS") == {"fraud": ("s3://a", "s3://b")}
    reader.check()


def test_everything_that_is_wrong_is_told_at_once() -> None:
    wrong = {"PLACE": "bucket", "EMPTY": "s3://", "TEXTS": "{", "LISTS": '{"a":"b"}', "ALL": "[]"}
    reader = Reader(wrong)
    reader.text("TEXT")
    reader.place("MISSING")
    reader.place("PLACE")
    reader.place("EMPTY")
    reader.texts("TEXTS")
    reader.lists("LISTS")
    reader.several("ALL")
    assert problems(reader).splitlines() == [
        "TEXT is not set.",
        "MISSING is not set.",
        "PLACE is no address s3://BUCKET.",
        "EMPTY is no address s3://BUCKET.",
        "TEXTS is no JSON object.",
        "LISTS holds a value that is no list of texts.",
        "ALL is no JSON list of texts.",
    ]
