from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import RequestError
from penstock.targets.local.definition import Definition, Parameter
from penstock.targets.local.parameters import bind_parameters

TYPES = {"String": str, "Integer": int, "Float": float, "Boolean": bool}
values = st.booleans() | st.integers() | st.floats() | st.text()


def definition(*parameters: Parameter) -> Definition:
    return Definition({parameter.name: parameter for parameter in parameters}, {}, {})


def wrong(given_values: dict[str, Any], *parameters: Parameter) -> list[str]:
    with pytest.raises(RequestError) as caught:
        bind_parameters(definition(*parameters), given_values)
    return str(caught.value).splitlines()


def test_a_given_value_stands_before_the_default() -> None:
    rounds, name = Parameter("rounds", "Integer", 3), Parameter("name", "String", "")
    assert bind_parameters(definition(rounds, name), {"rounds": 5}) == {"rounds": 5, "name": ""}


@given(st.sampled_from(sorted(TYPES)), values)
def test_a_bound_value_has_the_type_of_its_parameter(kind: str, value: Any) -> None:
    parameter = Parameter("p", kind)
    fits = type(value) is TYPES[kind] or (kind == "Float" and type(value) is int)
    if fits:
        bound = bind_parameters(definition(parameter), {"p": value})["p"]
        assert type(bound) is TYPES[kind]
    else:
        assert (
            wrong({"p": value}, parameter)
            == (f"parameters: parameter p is {value!r}. It must be of type {kind}.").splitlines()
        )


def test_every_wrong_value_is_told_at_once() -> None:
    assert wrong(
        {"round": 5, "share": 10**400, "kind": "c", "note": {"a": 1}, "on": 1},
        Parameter("rounds", "Integer"),
        Parameter("share", "Float"),
        Parameter("kind", "String", "a", ("a", "b")),
        Parameter("note", "String"),
        Parameter("on", "Boolean"),
    ) == [
        "parameters: the pipeline has no parameter round. Did you mean rounds?",
        "parameters: parameter rounds has no value and no default. Give one of type Integer.",
        f"parameters: parameter share is {10**400}. It must be of type Float.",
        "parameters: parameter kind is 'c'. Use one of: a, b.",
        "parameters: parameter note is {'a': 1}. It must be of type String.",
        "parameters: parameter on is 1. It must be of type Boolean.",
    ]


def test_a_default_of_another_type_is_told() -> None:
    assert wrong({}, Parameter("p", "String", [])) == [
        "parameters: parameter p is []. It must be of type String."
    ]
