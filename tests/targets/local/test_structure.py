import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.errors import DefinitionError, Problem
from penstock.targets.local.definition import Dependency, Guard, PropertyFile
from penstock.targets.local.structure import near, read_definition

Document = dict[str, Any]


def processing(name: str, **members: Any) -> Document:
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "AppSpecification": {"ImageUri": {"Get": "Parameters.Image"}},
            "ProcessingOutputConfig": {
                "Outputs": [
                    {"OutputName": "parameters", "S3Output": {"S3Uri": "s3://b/parameters"}}
                ]
            },
        },
        "PropertyFiles": [
            {
                "PropertyFileName": "parameters",
                "OutputName": "parameters",
                "FilePath": "parameters.json",
            }
        ],
        **members,
    }


def json_get(step: str, path: str = "score") -> Document:
    return {
        "Std:JsonGet": {
            "PropertyFile": {"Get": f"Steps.{step}.PropertyFiles.parameters"},
            "Path": path,
        }
    }


def gated() -> Document:
    return {
        "Version": "2020-12-01",
        "Parameters": [
            {"Name": "Image", "Type": "String", "DefaultValue": "penstock:0.1.0"},
            {"Name": "Limit", "Type": "Float", "DefaultValue": 0.5, "EnumValues": [0.5, 0.7]},
        ],
        "Steps": [
            processing(
                "Evaluate",
                RetryPolicies=[{"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 2}],
            ),
            {
                "Name": "Gate",
                "Type": "Condition",
                "Arguments": {
                    "Conditions": [
                        {
                            "Type": "GreaterThan",
                            "LeftValue": json_get("Evaluate"),
                            "RightValue": {"Get": "Parameters.Limit"},
                        }
                    ],
                    "IfSteps": [processing("Register")],
                    "ElseSteps": [
                        {
                            "Name": "Refuse",
                            "Type": "Fail",
                            "Arguments": {
                                "ErrorMessage": {
                                    "Std:Join": {
                                        "On": " ",
                                        "Values": ["too low:", json_get("Evaluate")],
                                    }
                                }
                            },
                        }
                    ],
                },
            },
            processing("Tell", DependsOn=[{"Step": "Gate", "Trigger": "Any"}, "Evaluate"]),
        ],
    }


def wrong(*steps: Document, **members: Any) -> list[str]:
    document = {
        "Parameters": [{"Name": "Image", "Type": "String"}],
        "Steps": list(steps),
        **members,
    }
    with pytest.raises(DefinitionError) as caught:
        read_definition(document)
    return str(caught.value).splitlines()


def problems(document: Document) -> tuple[Problem, ...]:
    try:
        read_definition(document)
    except DefinitionError as error:
        return error.problems
    return ()


def test_branches_are_laid_flat_behind_their_condition() -> None:
    definition = read_definition(gated())
    assert list(definition.steps) == ["Evaluate", "Gate", "Register", "Refuse", "Tell"]
    assert definition.steps["Register"].guard == Guard("Gate", True)
    assert definition.steps["Refuse"].guard == Guard("Gate", False)
    assert definition.steps["Tell"].guard is None
    assert set(definition.steps["Gate"].arguments) == {"Conditions"}


def test_edges_come_from_references_branches_and_depends_on() -> None:
    steps = read_definition(gated()).steps
    assert steps["Evaluate"].dependencies == ()
    assert steps["Gate"].dependencies == (Dependency("Evaluate"),)
    assert steps["Register"].dependencies == (Dependency("Gate"),)
    assert steps["Refuse"].dependencies == (Dependency("Gate"), Dependency("Evaluate"))
    assert steps["Tell"].dependencies == (Dependency("Gate", "Any"), Dependency("Evaluate"))


def test_property_files_are_known_by_name() -> None:
    assert read_definition(gated()).steps["Evaluate"].property_files == {
        "parameters": PropertyFile("parameters", "parameters", "parameters.json")
    }


def test_what_follows_a_step_is_found_through_branches() -> None:
    definition = read_definition(gated())
    assert definition.descendants(["Gate"]) == {"Gate", "Register", "Refuse", "Tell"}
    assert definition.descendants(["Tell"]) == {"Tell"}
    assert definition.descendants([]) == frozenset()


def test_a_definition_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "definition.json"
    file.write_text(json.dumps(gated()))
    assert read_definition(file) == read_definition(gated())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (b"", "Expecting value: line 1 column 1 (char 0)"),
        (b"a: 1", "Expecting value: line 1 column 1 (char 0)"),
    ],
)
def test_a_file_that_is_not_json_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "definition.json"
    file.write_bytes(content)
    with pytest.raises(DefinitionError) as caught:
        read_definition(file)
    assert str(caught.value) == (
        f"{file}: the definition is not JSON: {message}. Compile it again."
    )


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_definition(tmp_path / "none.json")
    assert str(caught.value) == (
        f"{tmp_path / 'none.json'}: the definition cannot be read: No such file or directory."
        " Look at the path."
    )


def test_a_file_nested_without_end_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "definition.json"
    for content in ("[" * 100_000, '{"Steps": ' + "[" * 960 + "]" * 960 + "}"):
        file.write_text(content)
        with pytest.raises(DefinitionError):
            read_definition(file)
    file.write_text("[" * 100_000)
    with pytest.raises(DefinitionError) as caught:
        read_definition(file)
    assert str(caught.value) == (f"{file}: the definition is nested too deeply. Compile it again.")


@pytest.mark.parametrize("source", [None, [], "text", 3, {}, {"Steps": {}}])
def test_what_is_no_definition_is_refused(source: Any) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_definition(source)
    assert str(caught.value) == (
        "definition: this is no pipeline definition: it has no list `Steps`."
        " Give the JSON that `pipeline compile --target sagemaker` writes."
    )


def test_a_definition_without_steps_is_refused() -> None:
    assert wrong() == ["definition: the definition has no steps. Give it one at least."]


def test_every_fault_of_the_shape_is_told_at_once() -> None:
    assert wrong(
        {"Type": "Fail"},
        processing("../out"),
        processing("A", Arguments=[1], DependsOn="B", RetryPolicies={"MaxAttempts": 1}),
        processing("B", DependsOn=[7], PropertyFiles=[{"OutputName": "x"}, 3]),
        processing("C", RetryPolicies=[{"ExceptionType": "Step.THROTTLING"}]),
        {"Name": "Gate", "Type": "Condition", "Arguments": {"IfSteps": {"a": 1}, "ElseSteps": [3]}},
        Parameters=[
            3,
            {"Name": "p", "Type": ["String"]},
            {"Name": "q", "Type": "List", "EnumValues": 3},
            {"Name": "q", "Type": "String"},
        ],
    ) == [
        "definition: a parameter has no name. Give it a Name.",
        "definition: parameter p has the unknown type ['String']."
        " Use one of: String, Integer, Float, Boolean.",
        "definition: parameter q has the unknown type List."
        " Use one of: String, Integer, Float, Boolean.",
        "definition: the EnumValues of parameter q are no list. Make them one.",
        "definition: two parameters are called q. Rename one of them.",
        "definition: a step has no name. Give it a Name.",
        "step ../out: this is no name for a step."
        " Use 1 to 64 letters, digits, hyphens and underscores.",
        "step A: its Arguments are no object. Make them one.",
        "step A: its DependsOn is no list. Make it one.",
        "step A: its RetryPolicies is no list. Make it one.",
        "step B: its DependsOn holds 7, which names no step."
        " Give the name of a step, or an object with Step and Trigger.",
        "step B: a property file has no PropertyFileName and no FilePath. Give each a text.",
        "step B: a property file has no PropertyFileName and no OutputName and no FilePath."
        " Give each a text.",
        "step C: {'ExceptionType': 'Step.THROTTLING'} is no retry policy."
        " Give a list ExceptionType and numbers: IntervalSeconds, BackoffRate, MaxAttempts or"
        " ExpireAfterMin.",
        "step Gate: it has no list of Conditions. Give it one at least.",
        "step Gate: its IfSteps are no list. Make them one.",
        "step Gate: a step has no name. Give it a Name.",
    ]


def test_every_broken_function_is_told_at_once() -> None:
    environment = {
        "a": {"Get": 3},
        "b": {"Std:Join": ["x"]},
        "c": {"Std:JsonGet": {"Path": "x"}},
        "d": {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.A"}, "Path": "x"}},
        "e": {"Std:JsonGet": {"S3Uri": "s3://b/k"}},
    }
    no_place = (
        "step A: a Std:JsonGet names no place."
        ' Give it `Path` and `PropertyFile`: {"Get": "Steps.STEP.PropertyFiles.NAME"}.'
    )
    assert wrong(processing("A", Arguments={"Environment": environment})) == [
        "step A: a Get holds 3, which is no path. Give it a text.",
        "step A: a Std:Join has no list `Values`. Give it `On` and `Values`, alone.",
        no_place,
        no_place,
        no_place,
    ]


def test_every_reference_to_nothing_is_told_at_once() -> None:
    environment = {
        "a": {"Get": "Parameters.Imag"},
        "b": {"Get": "Execution.PipelineId"},
        "c": {"Get": "Step.A.x"},
        "d": {"Get": "Steps.Evaluat.x"},
        "e": json_get("Evaluate", "a..b"),
        "f": {"Get": "Steps.Evaluate.PropertyFiles.parameter"},
        "g": {"Get": "Steps.Evaluate"},
        "h": {"Std:Split": {}},
    }
    assert wrong(
        processing("Evaluate"), processing("A", Arguments={"Environment": environment})
    ) == [
        "step A: it depends on Evaluat, which is no step of this pipeline. Did you mean Evaluate?",
        "step A: Parameters.Imag refers to no parameter of this pipeline. Did you mean Image?",
        "step A: Execution.PipelineId is no execution variable."
        " Did you mean PipelineArn or PipelineName or PipelineExecutionId?",
        "step A: Step.A.x refers to nothing. Start with Parameters, Steps or Execution.",
        "step A: Steps.Evaluate.PropertyFiles.parameter refers to no property file."
        " Did you mean parameters?",
        "step A: Steps.Evaluate leads nowhere: the path is empty."
        " Name what step Evaluate gives, such as Steps.Evaluate.NAME.",
        "step A: its property file parameters is in the output parameters, which it does not"
        " have. There are none.",
        "step A: a Std:JsonGet leads nowhere: `a..b` is no path: it breaks at `..b`."
        " Write it like metrics.roc_auc.",
        "step A: the function Std:Split is unknown. Use one of: Std:Join, Std:JsonGet.",
    ]


def test_steps_that_cannot_run_here_are_told_at_once() -> None:
    assert wrong(
        processing("A"),
        processing("A"),
        {"Name": "B", "Type": "EMR"},
        processing("C", DependsOn=[{"Step": "A", "Trigger": "Done"}]),
    ) == [
        "step A: two steps have this name. Rename one of them.",
        "step B: steps of type EMR do not run on this machine. It runs: Callback, Condition,"
        " Fail, Lambda, Model, Processing, RegisterModel, Training, Transform.",
        "step C: DependsOn has the unknown trigger Done."
        " Use one of: Any, Completed, Failed, Stopped.",
    ]


def test_every_circle_is_told_at_once() -> None:
    assert wrong(
        processing("A", DependsOn=["B"]),
        processing("B", DependsOn=["C"]),
        processing("C", DependsOn=["A"]),
        processing("D", DependsOn=["D"]),
        processing("E", DependsOn=["D"]),
    ) == [
        "definition: the steps wait for one another: A → B → C → A. Take one of these edges out.",
        "definition: the steps wait for one another: D → D. Take one of these edges out.",
    ]


@pytest.mark.parametrize(
    ("name", "known", "sentence"),
    [
        ("a", [], "There are none."),
        ("trian", ["train", "test"], "Did you mean train?"),
        ("zzz", ["b", "a"], "Use one of: a, b."),
    ],
)
def test_a_name_that_is_unknown_is_answered_with_near_ones(
    name: str, known: list[str], sentence: str
) -> None:
    assert near(name, known) == sentence


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in members:
        yield value, key
        if isinstance(member, dict | list):
            yield from places(member)


@settings(max_examples=300, deadline=None)
@given(
    st.data(),
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=3)
    | st.sampled_from(["Gate", "Condition", "Steps.Gate.Outcome", "Steps..x"])
    | st.lists(st.integers() | st.dictionaries(st.text(max_size=1), st.none()), max_size=2)
    | st.dictionaries(st.sampled_from(["Get", "Std:Join", "Std:JsonGet", "x"]), st.text()),
)
def test_a_definition_with_anything_anywhere_is_read_or_refused(
    data: st.DataObject, anything: Any
) -> None:
    document = copy.deepcopy(gated())
    holder, key = data.draw(st.sampled_from(list(places(document))))
    holder[key] = anything
    assert all(problem.remedy for problem in problems(document))
