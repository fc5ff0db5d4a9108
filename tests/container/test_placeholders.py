from typing import Any

import pytest

from penstock.container.failures import AdapterError
from penstock.container.placeholders import resolved

GIVEN: dict[str, Any] = {
    "inputs": {
        "parameterValues": {"text": "a b", "count": 5, "sizes": [1, 2], "none": None},
        "artifacts": {
            "rows": {
                "artifacts": [
                    {"name": "rows", "uri": "/in/rows/data", "metadata": {"n": 2}, "type": {}}
                ]
            }
        },
    },
    "outputs": {
        "parameters": {"sum": {"outputFile": "/out/sum"}},
        "artifacts": {"model": {"artifacts": [{"name": "model", "uri": "/out/model/data"}]}},
        "outputFile": "/out/executor_output.json",
    },
}


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("plain", ["plain"]),
        ("{{$.inputs.parameters['text']}}", ["a b"]),
        ('x={{$.inputs.parameters["count"]}}!', ["x=5!"]),
        ("{{$.inputs.parameters['sizes']}}", ["[1, 2]"]),
        ("{{$.inputs.parameters['missing']}}", [""]),
        ("{{$.inputs.artifacts['rows'].path}}", ["/in/rows/data"]),
        ("{{$.inputs.artifacts['rows'].uri}}", ["/in/rows/data"]),
        ("{{$.inputs.artifacts['rows'].metadata['n']}}", ["2"]),
        ("{{$.inputs.artifacts['rows'].metadata}}", ['{"n": 2}']),
        ("{{$.outputs.artifacts['model'].path}}", ["/out/model/data"]),
        ("{{$.outputs.parameters['sum'].output_file}}", ["/out/sum"]),
        ("{{$.outputs.output_file}}", ["/out/executor_output.json"]),
        ('{"Concat": ["a-", "{{$.inputs.parameters[\'count\']}}"]}', ["a-5"]),
        ('{"IfPresent": {"InputName": "text", "Then": ["--text", "x"]}}', ["--text", "x"]),
        ('{"IfPresent": {"InputName": "none", "Then": "x", "Else": "y"}}', ["y"]),
        ('{"IfPresent": {"InputName": "gone", "Then": "x"}}', []),
        ('{"IfPresent": {"InputName": "rows", "Then": {"Concat": ["a", "b"]}}}', ["ab"]),
        ('{"other": 1}', ['{"other": 1}']),
    ],
)
def test_a_placeholder_is_replaced_as_kfp_does(word: str, found: list[str]) -> None:
    assert resolved([word], GIVEN) == found


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (
            "{{$.outputs.artifacts['gone'].path}}",
            "the placeholder `{{$.outputs.artifacts['gone'].path}}` names nothing that the task "
            "has.",
        ),
        (
            "{{$.magic}}",
            "the command holds the placeholder `{{$.magic}}`, which is unknown here.",
        ),
    ],
)
def test_an_unknown_placeholder_is_refused(word: str, message: str) -> None:
    with pytest.raises(AdapterError) as caught:
        resolved([word], GIVEN)
    assert str(caught.value) == message
