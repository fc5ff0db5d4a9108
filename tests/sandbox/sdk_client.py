"""The SageMaker SDK describes a pipeline, or starts it as well and waits: `… NAME describe|run`."""

import json
import sys
from typing import Any

from sagemaker.core.helper.session_helper import Session
from sagemaker.core.telemetry import telemetry_logging
from sagemaker.mlops.workflow.pipeline import Pipeline


def main(name: str, what: str) -> None:
    """Print what the SDK is told."""
    setattr(telemetry_logging, "_send_telemetry_request", lambda *_, **__: None)  # noqa: B010
    pipeline: Any = Pipeline(name=name, sagemaker_session=Session())
    told: dict[str, Any] = {"described": pipeline.describe()}
    if what == "run":
        execution = pipeline.start(parameters={"rows": 4})
        execution.wait(delay=1, max_attempts=90)
        told["status"] = execution.describe()["PipelineExecutionStatus"]
        told["steps"] = [[each["StepName"], each["StepStatus"]] for each in execution.list_steps()]
    print(json.dumps(told, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
