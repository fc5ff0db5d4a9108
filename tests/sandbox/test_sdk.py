"""The SageMaker SDK, a client that nobody here wrote, finds and runs what was upserted."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_definitions import WRITES, definition, processing

from penstock.deployment.origin import Origin
from penstock.deployment.place import open_place
from penstock.deployment.upserting import upsert
from penstock.deployment.wanted import Wanted
from penstock.environments import load_environments


@pytest.mark.slow
def test_the_sdk_describes_starts_and_waits_for_what_was_upserted(
    in_dev: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAGEMAKER_VALIDATE_ROLE", "false")
    telemetry = "sagemaker.core.telemetry.telemetry_logging._send_telemetry_request"
    monkeypatch.setattr(telemetry, lambda *_, **__: None)
    environment = load_environments(in_dev / "environments.yaml").get("dev")
    place = open_place(environment, "arn:aws:iam::111111111111:user/ann", tmp_path)
    wanted = Wanted(
        name="for-the-sdk",
        definition=definition(processing("write", WRITES)),
        assets={},
        role=environment.role,
        parallel=2,
        parameters=environment.parameters,
        origin=Origin("a" * 40),
    )
    assert upsert(wanted, place).done == "created"

    from sagemaker.core.helper.session_helper import Session
    from sagemaker.mlops.workflow.pipeline import Pipeline

    pipeline: Any = Pipeline(name="for-the-sdk", sagemaker_session=Session())
    described = pipeline.describe()
    assert described["PipelineDefinition"] == wanted.definition
    assert described["RoleArn"] == environment.role
    execution = pipeline.start(parameters={"rows": 4})
    execution.wait(delay=1, max_attempts=60)
    assert execution.describe()["PipelineExecutionStatus"] == "Succeeded"
    (step,) = execution.list_steps()
    assert (step["StepName"], step["StepStatus"]) == ("write", "Succeeded")
    changed = replace(wanted, parallel=4)
    assert upsert(changed, place).done == "updated"
    told = pipeline.describe()["ParallelismConfiguration"]
    assert told == {"MaxParallelExecutionSteps": 4}
