"""The filters of Transform jobs, by the examples of the service's own documentation."""

from __future__ import annotations

import pytest

from penstock.errors import StepError
from penstock.targets.local.steps.json_path import read_path

ROW = ["id", "a", "b", "c", "d", "e", "f"]


@pytest.mark.parametrize(
    ("path", "value", "selected"),
    [
        ("$", ROW, ROW),
        ("$[1:]", ROW, ROW[1:]),
        ("$[:2]", ROW, ["id", "a"]),
        ("$[0,5:]", ROW, ["id", "e", "f"]),
        ("$[0,-1]", ROW, ["id", "f"]),
        ("$[-1]", ROW, "f"),
        ("$[-2:]", ROW, ["e", "f"]),
        ("$.features", {"id": 1, "features": [1, 2]}, [1, 2]),
        ("$.features[1:]", {"id": 1, "features": [1, 2]}, [2]),
        ("$['a','b']", {"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 2}),
        ("$['a']", {"a": 1, "b": 2}, 1),
        ("$.SageMakerOutput", {"id": 1, "SageMakerOutput": 0.5}, 0.5),
        ("$['id','SageMakerOutput']", {"id": 1, "x": 2, "SageMakerOutput": 0.5},
         {"id": 1, "SageMakerOutput": 0.5}),
    ],
)  # fmt: skip
def test_a_path_selects_what_the_service_documents(path, value, selected):
    assert read_path(path, "x").select(value) == selected


@pytest.mark.parametrize(
    "path", ["", "a", "$[", "$[a]", "$..a", "$[1,'a']", "$[]", "$[1,]", "$.a b", "$[1:2:3]"]
)
def test_what_the_service_does_not_read_is_refused(path):
    with pytest.raises(StepError) as refused:
        read_path(path, "DataProcessing.InputFilter")
    assert str(refused.value) == (
        f"DataProcessing.InputFilter: {path!r} is no JSONPath that the service reads. "
        "Write it like $, $[1:], $[0,-1], $.features or $['id','SageMakerOutput']."
    )


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        ("$[7]", ROW, "there is no place 7 among 7"),
        ("$[0,9:]", ROW, "there is no place 9 among 7"),
        ("$.b", {"a": 1}, "there is no 'b'"),
        ("$.a", [1], "[1] has no members"),
        ("$[0]", {"a": 1}, '{"a": 1} is no list'),
    ],
)
def test_what_is_not_there_is_told(path, value, why):
    with pytest.raises(LookupError) as caught:
        read_path(path, "x").select(value)
    assert caught.value.args[0] == why
