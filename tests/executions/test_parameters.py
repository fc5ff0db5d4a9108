import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import RequestError
from penstock.executions.parameters import Settings, declared_parameters, start_parameters

DEFINITION = json.dumps(
    {
        "Version": "2020-12-01",
        "Parameters": [
            {"Name": "Image", "Type": "String", "DefaultValue": "penstock:0.1.0"},
            {"Name": "seed", "Type": "Integer", "DefaultValue": 0},
            {"Name": "share", "Type": "Float", "DefaultValue": 0.5},
            {"Name": "shuffle", "Type": "Boolean", "DefaultValue": True},
            {"Name": "mode", "Type": "String", "EnumValues": ["all", "new"]},
            {"Name": "source", "Type": "String"},
            {"Name": "code", "Type": "String", "DefaultValue": ""},
        ],
        "Steps": [],
    }
)
DECLARED = declared_parameters(DEFINITION)
FIXED = {"Image": "penstock@sha256:0", "CodeRoot": "s3://bucket/code"}


def settings(*given: str) -> Settings:
    return Settings(DECLARED, given, FIXED, frozenset({"code"}))


def test_values_are_sent_as_the_service_takes_them_and_the_environment_gives_its_own() -> None:
    sent = start_parameters(
        settings("seed=007", "share=1e-1", "shuffle=FALSE", "mode=new"),
        {"source": "s3://rows", "mode": "all", "unknown": "x"},
    )
    assert {each["Name"]: each["Value"] for each in sent} == {
        "source": "s3://rows",
        "mode": "new",
        "seed": "7",
        "share": "0.1",
        "shuffle": "false",
        "Image": "penstock@sha256:0",
    }


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(RequestError) as refused:
        start_parameters(
            settings(
                "sed=1",
                "seed=one",
                "share=nan",
                "shuffle=maybe",
                "mode=old",
                "Image=mine",
                "code=mine",
                "seed",
            ),
            {},
        )
    assert [str(problem) for problem in refused.value.problems] == [
        "--set seed: a setting has the form NAME=VALUE.",
        "--set sed=1: the pipeline has no parameter 'sed'. Did you mean seed? "
        "Use one of: mode, seed, share, shuffle, source.",
        "--set seed=one: 'one' is no whole number.",
        "--set share=nan: 'nan' is no finite number.",
        "--set shuffle=maybe: 'maybe' is neither true nor false.",
        "--set mode=old: 'old' is not allowed. Use one of: all, new.",
        "--set Image=mine: Image is what the environment says it is. "
        "Leave it out, or change environments.yaml.",
        "--set code=mine: code is a fact of the evidence, which the command itself tells. "
        "Leave it out.",
        "--set: the parameter source has no value and no default. "
        "Give one of type String: --set source=...",
    ]


def test_what_the_service_cannot_take_is_refused_before_it_is_asked() -> None:
    with pytest.raises(RequestError) as refused:
        start_parameters(settings("mode=all", f"source={'x' * 1025}"), {})
    assert str(refused.value) == (
        "--set source: the value of source has 1,025 characters; SageMaker takes 1,024. "
        "Put it into a file and name the file."
    )
    many = json.dumps(
        {"Parameters": [{"Name": f"p{n}", "Type": "String"} for n in range(201)], "Steps": []}
    )
    with pytest.raises(RequestError) as refused:
        start_parameters(
            Settings(declared_parameters(many), tuple(f"p{n}=x" for n in range(201))), {}
        )
    assert str(refused.value) == (
        "--set: 201 parameters are given; SageMaker takes 200. "
        "Leave those out whose default will do."
    )


@pytest.mark.parametrize("text", ["", "[]", '{"Parameters": 3}', '{"Parameters": [{}]}'])
def test_what_is_no_definition_is_told(text: str) -> None:
    with pytest.raises(RequestError) as refused:
        declared_parameters(text)
    assert str(refused.value) == (
        "what is deployed there is no definition of a pipeline. Deploy it anew: pipeline upsert."
    )


@given(st.integers())
def test_a_whole_number_arrives_as_it_was_meant(number: int) -> None:
    sent = start_parameters(settings(f"seed={number}", "mode=all", "source=s"), {})
    assert int(next(each["Value"] for each in sent if each["Name"] == "seed")) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_arrives_as_it_was_meant(number: float) -> None:
    sent = start_parameters(settings(f"share={number!r}", "mode=all", "source=s"), {})
    assert float(next(each["Value"] for each in sent if each["Name"] == "share")) == number


@given(st.lists(st.text(max_size=20), max_size=5))
def test_whatever_is_given_is_taken_or_told(given: list[str]) -> None:
    with contextlib.suppress(RequestError):
        sent = start_parameters(settings("mode=all", "source=s", *given), {})
        assert all(isinstance(each["Value"], str) for each in sent)
