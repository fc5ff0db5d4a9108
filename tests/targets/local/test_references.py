from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import StepError
from penstock.targets.local.references import Scope, resolve

SCOPE = Scope(
    parameters={"Root": "s3://bucket", "Rounds": 3, "Share": 0.5, "On": True},
    execution={"PipelineExecutionId": "abc"},
    properties={
        "Train": {
            "ModelArtifacts": {"S3ModelArtifacts": "s3://bucket/model.tar.gz"},
            "FinalMetricDataList": [{"MetricName": "auc", "Value": 0.9}],
        }
    },
    read_property_file=lambda step, name: {"from": f"{step}/{name}", "rows": [1, 2]},
    read_json=lambda uri: {"uri": uri},
)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.text().filter(lambda name: name != "Get" and not name.startswith("Std:")), inner
        )
    ),
    max_leaves=20,
)


def message_of(value: Any, scope: Scope = SCOPE) -> str:
    with pytest.raises(StepError) as caught:
        resolve(value, scope)
    return str(caught.value)


def property_file(path: str) -> dict[str, Any]:
    file = {"Get": "Steps.Evaluate.PropertyFiles.scores"}
    return {"Std:JsonGet": {"PropertyFile": file, "Path": path}}


@given(plain)
def test_a_value_without_references_stays_as_it_is(value: Any) -> None:
    assert resolve(value, SCOPE) == value


@given(plain)
def test_a_reference_is_replaced_wherever_it_stands(value: Any) -> None:
    around = [{"a": [value, {"Get": "Parameters.Rounds"}]}]
    assert resolve(around, SCOPE) == [{"a": [value, 3]}]


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ({"Get": "Parameters.On"}, True),
        ({"Get": "Execution.PipelineExecutionId"}, "abc"),
        ({"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}, "s3://bucket/model.tar.gz"),
        ({"Get": "Steps.Train.FinalMetricDataList['auc'].Value"}, 0.9),
        ({"Get": "Parameters.On", "more": 1}, {"Get": "Parameters.On", "more": 1}),
        (property_file("rows[1]"), 2),
        (property_file("from"), "Evaluate/scores"),
        (
            {"Std:JsonGet": {"S3Uri": {"Get": "Parameters.Root"}, "Path": "uri"}},
            "s3://bucket",
        ),
        ({"Std:Join": {"Values": []}}, ""),
        (
            {
                "Std:Join": {
                    "On": "/",
                    "Values": [
                        {"Get": "Parameters.Root"},
                        {"Get": "Parameters.Rounds"},
                        {"Get": "Parameters.Share"},
                        {"Get": "Parameters.On"},
                        {"Std:Join": {"On": "-", "Values": ["a", property_file("rows")]}},
                    ],
                }
            },
            "s3://bucket/3/0.5/true/a-[1, 2]",
        ),
    ],
)
def test_a_reference_becomes_its_value(value: Any, result: Any) -> None:
    assert resolve(value, SCOPE) == result


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            {"Get": "Execution.TrainingJobName"},
            "Execution.TrainingJobName has no value in this step. Use another execution variable.",
        ),
        (
            {"Get": "Steps.Train.ModelArtifact"},
            "Steps.Train.ModelArtifact has no value: `ModelArtifact` ends before"
            " 'ModelArtifact': there is FinalMetricDataList, ModelArtifacts."
            " Look at what step Train gives.",
        ),
        (
            {"Get": "Steps.Skipped.X"},
            "Steps.Skipped.X has no value: `X` ends before 'X': there is nothing."
            " Look at what step Skipped gives.",
        ),
        (
            property_file("auc"),
            "property file scores of Evaluate: `auc` ends before 'auc': there is from, rows.",
        ),
        (
            {"Std:JsonGet": {"S3Uri": "s3://b/k.json", "Path": "auc"}},
            "s3://b/k.json: `auc` ends before 'auc': there is uri.",
        ),
    ],
)
def test_a_reference_that_leads_nowhere_is_told(value: Any, message: str) -> None:
    assert message_of(value) == message


def test_before_a_run_no_file_can_be_read() -> None:
    scope = Scope({}, {})
    assert message_of(property_file("auc"), scope) == (
        "the property file scores of step Evaluate cannot be read before the step has run."
        " Read it in a later step."
    )
    assert message_of({"Std:JsonGet": {"S3Uri": "s3://b/k", "Path": "auc"}}, scope) == (
        "s3://b/k cannot be read before the run. Read it in a step."
    )
