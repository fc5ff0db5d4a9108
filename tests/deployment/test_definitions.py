"""Two definitions compared: exactly what differs, in words people use."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.deployment.differences.cache import runs_anew
from penstock.deployment.differences.change import Change
from penstock.deployment.differences.definitions import compare
from penstock.deployment.differences.settings import is_other_pin, pins, settings_changes
from penstock.deployment.differences.values import value_text


def processing(name, *arguments, inputs=(), enabled=True):
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "AppSpecification": {
                "ImageUri": {"Get": "Parameters.Image"},
                "ContainerArguments": list(arguments),
            },
            "ProcessingInputs": [
                {"InputName": source, "S3Input": {"S3Uri": {"Get": f"Steps.{source}.Out['x']"}}}
                for source in inputs
            ],
        },
        "CacheConfig": {"Enabled": enabled},
    }


def text(*steps, **rest):
    return json.dumps({"Version": "2020-12-01", "Steps": list(steps), **rest})


def step_changes(before, after, known=None):
    return {
        (step.name, step.kind): [(each.path, each.before, each.after) for each in step.changes]
        for step in compare(before, after, known or {}).steps
    }


def test_steps_that_come_and_go_are_named():
    before, after = text(processing("a"), processing("b")), text(processing("b"), processing("c"))
    assert step_changes(before, after) == {("c", "added"): [], ("a", "removed"): []}


def test_an_argument_after_an_option_is_found_at_its_place():
    before = text(processing("a", "--x", "1", "--y", "2"))
    after = text(processing("a", "--x", "1", "--z", "0", "--y", "3"))
    assert step_changes(before, after) == {
        ("a", "changed"): [
            ("AppSpecification.ContainerArguments[2]", "nothing", '"--z"'),
            ("AppSpecification.ContainerArguments[3]", "nothing", '"0"'),
            ("AppSpecification.ContainerArguments[3]", '"2"', '"3"'),
        ]
    }


def test_members_of_a_list_are_found_by_their_name_not_by_their_place():
    before = text(processing("a", inputs=["one", "two"]))
    after = text(processing("a", inputs=["two", "three"]))
    assert step_changes(before, after) == {
        ("a", "changed"): [
            ("ProcessingInputs[one].S3Input.S3Uri", "Steps.one.Out['x']", "nothing"),
            ("ProcessingInputs[three].S3Input.S3Uri", "nothing", "Steps.three.Out['x']"),
        ]
    }


def test_steps_of_branches_are_compared_each_by_itself():
    def branch(*inner, limit=1):
        condition = {"Type": "GreaterThan", "LeftValue": limit, "RightValue": 0}
        arguments = {"Conditions": [condition], "IfSteps": list(inner), "ElseSteps": []}
        return text({"Name": "c", "Type": "Condition", "Arguments": arguments})

    assert step_changes(branch(processing("a", "1")), branch(processing("a", "2"))) == {
        ("a", "changed"): [("AppSpecification.ContainerArguments[0]", '"1"', '"2"')]
    }
    assert step_changes(branch(limit=1), branch(limit=2)) == {
        ("c", "changed"): [("Conditions[0].LeftValue", "1", "2")]
    }
    moved = step_changes(
        text(processing("a"), json.loads(branch())["Steps"][0]), branch(processing("a"))
    )
    assert moved == {("a", "changed"): [("Within", "nothing", '"c, if it holds"')]}


def test_parameters_are_told_with_their_defaults():
    before = text(Parameters=[{"Name": "Auc", "Type": "Float", "DefaultValue": 0.7}])
    after = text(
        Parameters=[
            {"Name": "Auc", "Type": "Float", "DefaultValue": 0.8},
            {"Name": "Seed", "Type": "Integer"},
        ]
    )
    assert compare(before, after, {}).parameters == [
        Change("Auc.default", "0.7", "0.8"),
        Change("Seed.type", "nothing", '"Integer"'),
    ]


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("a", {"Get": "Parameters.Image"}, "penstock@sha256:1"),
        ("a", {"Get": "Parameters.seed"}, "Parameters.seed"),
        (
            "a",
            {"Std:Join": {"On": "/", "Values": ["s3://b", {"Get": "Execution.PipelineName"}, "x"]}},
            "s3://b/Execution.PipelineName/x",
        ),
        (
            "a",
            {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.e.PropertyFiles.M"}, "Path": "auc"}},
            "Steps.e.PropertyFiles.M.auc",
        ),
        ("Environment.DB_PASSWORD", "hunter2", "(hidden)"),
        ("Environment.apiKey", "hunter2", "(hidden)"),
        ("HyperParameters.tokenizer", "words", '"words"'),
        ("a", "postgresql://ann:hunter2@db/x", '"postgresql://(hidden)@db/x"'),
        ("a", ["AKIAIOSFODNN7EXAMPLE"], '["(hidden)"]'),
        ("a", None, "nothing"),
        ("a", {"b": [1, True]}, "{b: [1, true]}"),
    ],
)
def test_values_are_one_line_with_references_by_name_and_secrets_hidden(path, value, shown):
    assert value_text(path, value, {"Image": "penstock@sha256:1"}) == shown


def test_two_different_secrets_are_told_to_differ():
    def with_password(password):
        return text({"Name": "a", "Arguments": {"Environment": {"PASSWORD": password}}})

    assert step_changes(with_password("one"), with_password("two")) == {
        ("a", "changed"): [("Environment.PASSWORD", "(hidden)", "(hidden) (another one)")]
    }


SCALARS = st.one_of(st.booleans(), st.integers(-5, 5), st.text(max_size=3))
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b", "Name", "Get", "InputName"]), inner, max_size=3),
    ),
    max_leaves=12,
)


@given(TREES)
def test_equal_definitions_differ_in_nothing(tree):
    whole = text({"Name": "s", "Type": "T", "Arguments": {"x": tree}})
    assert not compare(whole, json.dumps(json.loads(whole), indent=1), {})


@settings(max_examples=400)
@given(TREES, TREES)
def test_different_arguments_always_give_a_change_of_that_step_alone(one, other):
    def whole(tree):
        return text({"Name": "s", "Arguments": {"x": {"value": tree}}}, processing("t"))

    if json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True):
        return
    assert [step.name for step in compare(whole(one), whole(other), {}).steps] == ["s"]


@pytest.mark.parametrize("broken", ["", "{", "[]", "1", '{"Steps": 3}', '{"Steps": [1]}'])
def test_what_cannot_be_read_counts_as_nothing(broken):
    assert [
        (each.name, each.kind) for each in compare(broken, text(processing("a")), {}).steps
    ] == [("a", "added")]


def test_what_runs_anew_is_told_with_its_reason():
    before = [
        processing("a", "1"),
        processing("b", inputs=["a"]),
        processing("c"),
        processing("never", enabled=False),
    ]
    after = copy.deepcopy(before)
    after[0]["Arguments"]["AppSpecification"]["ContainerArguments"] = ["2"]
    after.append(processing("new"))
    assert runs_anew(text(*before), text(*after), {}) == {
        "a": "changed",
        "b": "reads a",
        "never": "is never cached",
        "new": "is new",
    }
    assert runs_anew("", text(*after), {}) == {}
    assert runs_anew(text(*before[:3]), text(*before[:3]), {"Image": "x"}) == {
        "a": "the parameter Image changed",
        "b": "the parameter Image changed",
        "c": "the parameter Image changed",
    }


def test_an_output_or_a_tag_that_changed_leaves_the_cache_valid():
    other = processing("a")
    other["Arguments"]["ProcessingOutputConfig"] = {"Outputs": []}
    assert runs_anew(text(processing("a")), text(other), {}) == {}


def test_the_settings_behind_a_pin_are_compared():
    one, other = "1" * 64, "2" * 64
    assert pins(text(processing("a", f"use_case=fraud@sha256:{one}"))) == {"fraud": one}
    assert is_other_pin(Change("x", f'"fraud@sha256:{one}"', f'"fraud@sha256:{other}"'))
    assert not is_other_pin(Change("x", f'"fraud@sha256:{one}"', f'"wine@sha256:{one}"'))
    before = {"use_case.yaml": "a: 1\nb: [x, y]\n", "features.sql": "SELECT a\nFROM t\n"}
    after = {"use_case.yaml": "b: [x, z]\na: 1\n", "features.sql": "SELECT a, b\nFROM t\n"}
    assert settings_changes(before, after) == [
        Change("b", '["x", "y"]', '["x", "z"]'),
        Change("features.sql:1", "SELECT a", "SELECT a, b"),
    ]
    assert settings_changes({"use_case.yaml": "a: 1"}, {"use_case.yaml": "a:  1"}) == [
        Change("use_case.yaml", "written otherwise", "the same settings")
    ]
