"""A wait for people becomes a Callback step."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from penstock.errors import PortabilityError
from penstock.ir import read_ir
from penstock.targets.sagemaker.lowering import Lowered, lower
from penstock.targets.sagemaker.validation import check_definition, errors_of


def _steps(lowered: Lowered) -> dict[str, Any]:
    return {step["Name"]: step for step in lowered.definition["Steps"]}


def test_a_wait_is_a_callback_step_that_tells_the_queue_what_to_decide(
    lowered: Callable[[str], Lowered],
) -> None:
    found = lowered("awaited")
    steps = _steps(found)
    assert steps["wait-for-approval"] == {
        "Name": "wait-for-approval",
        "Type": "Callback",
        "SqsQueueUrl": {"Get": "Parameters.ApprovalQueue"},
        "Arguments": {
            "group": "words",
            "evidence": {
                "Std:Join": {
                    "On": "",
                    "Values": [
                        {
                            "Std:JsonGet": {
                                "PropertyFile": {"Get": "Steps.evaluate.PropertyFiles.parameters"},
                                "Path": "verdict",
                            }
                        }
                    ],
                }
            },
            "stage": {"Get": "Parameters.stage"},
        },
        "OutputParameters": [],
    }
    assert steps["weigh"]["DependsOn"] == ["wait-for-approval"]
    assert {
        "Name": "ApprovalQueue",
        "Type": "String",
        "DefaultValue": "https://sqs.eu-west-1.amazonaws.com/000000000000/penstock-approvals",
    } in found.definition["Parameters"]


def test_only_a_pipeline_that_waits_names_the_queue(lowered: Callable[[str], Lowered]) -> None:
    names = [each["Name"] for each in lowered("gated").definition["Parameters"]]
    assert "ApprovalQueue" not in names


def test_a_definition_that_waits_passes_the_check(lowered: Callable[[str], Lowered]) -> None:
    findings = check_definition(json.loads(lowered("awaited").definition_json), "awaited")
    assert errors_of(findings) == []


def test_a_wait_without_evidence_is_refused(compiled_text: Callable[[str], str]) -> None:
    documents = [each for each in yaml.safe_load_all(compiled_text("awaited")) if each]
    for holder in (documents[0]["root"]["dag"]["tasks"]["wait-for-approval"]["inputs"],):
        del holder["parameters"]["evidence"]
    del documents[0]["components"]["comp-wait-for-approval"]["inputDefinitions"]["parameters"][
        "evidence"
    ]
    with pytest.raises(PortabilityError) as caught:
        lower(read_ir(yaml.safe_dump_all(documents), "awaited.yaml"))
    assert "an approval needs the inputs `group`, `evidence` and `stage`." in str(caught.value)
