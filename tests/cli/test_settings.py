"""`--set NAME=VALUE` by the declared types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.cli.settings import declared_types, read_settings
from penstock.errors import RequestError

TYPES = {"seed": "Integer", "rate": "Float", "fast": "Boolean", "name": "String", "x": "Document"}


def test_values_take_their_declared_types() -> None:
    texts = ("seed=7", "rate=1", "fast=True", "name=a=b", 'x={"a": [1]}')
    assert read_settings(texts, TYPES) == {
        "seed": 7,
        "rate": 1.0,
        "fast": True,
        "name": "a=b",
        "x": {"a": [1]},
    }


def test_the_last_value_of_a_name_counts() -> None:
    assert read_settings(("seed=7", "seed=8"), TYPES) == {"seed": 8}


def test_every_wrong_setting_is_listed() -> None:
    texts = ("seed", "=1", "sed=1", "seed=1.5", "rate=nan", "fast=yes", "x={")
    with pytest.raises(RequestError) as caught:
        read_settings(texts, TYPES)
    assert str(caught.value).splitlines() == [
        "--set seed: a setting has the form NAME=VALUE.",
        "--set =1: a setting has the form NAME=VALUE.",
        "--set sed=1: there is no parameter 'sed'. Did you mean 'seed'? "
        "Use one of: fast, name, rate, seed, x.",
        "--set seed=1.5: '1.5' is no whole number.",
        "--set rate=nan: 'nan' is no finite number.",
        "--set fast=yes: 'yes' is neither true nor false.",
        "--set x={: '{' is no JSON.",
    ]


@given(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.text())
def test_what_is_written_is_read_back(seed: int, rate: float, fast: bool, name: str) -> None:
    texts = (f"seed={seed}", f"rate={rate!r}", f"fast={fast}", f"name={name}")
    assert read_settings(texts, TYPES) == {
        "seed": seed,
        "rate": rate,
        "fast": fast,
        "name": name,
    }


def test_the_types_of_a_definition_are_read() -> None:
    definition = {"Parameters": [{"Name": "seed", "Type": "Integer"}, {"Name": "Image"}, 3]}
    assert declared_types(definition) == {"seed": "Integer", "Image": "None"}
    assert declared_types({"Parameters": "wrong"}) == {}
