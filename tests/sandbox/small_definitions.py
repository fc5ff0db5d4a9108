"""Small definitions whose jobs are a line of Python."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

SMALL_MACHINE = {"ml.t3.medium": 192 << 20}
"""An instance type whose memory a test can fill."""

ROLE = "arn:aws:iam::111111111111:role/penstock-execution"
PARAMETERS = [
    {"Name": "Image", "Type": "String", "DefaultValue": "penstock:0.1.0"},
    {"Name": "Role", "Type": "String", "DefaultValue": ROLE},
    {"Name": "ArtifactRoot", "Type": "String", "DefaultValue": "s3://penstock-dev-artifacts"},
    {"Name": "CodeRoot", "Type": "String", "DefaultValue": "s3://penstock-dev-artifacts/code"},
    {"Name": "rows", "Type": "Integer", "DefaultValue": 3},
]
_CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30}


def processing(
    name: str, code: str, *, after: tuple[str, ...] = (), reads: str = "", **further: Any
) -> dict[str, Any]:
    """Return a Processing step that runs a line of Python and writes below `out`."""
    root = {"Get": "Parameters.ArtifactRoot"}
    run = {"Get": "Execution.PipelineExecutionId"}
    uri = {"Std:Join": {"On": "/", "Values": [root, run, name, "out"]}}
    inputs = []
    if reads:
        source = f"Steps.{reads}.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"
        inputs = [
            {
                "InputName": "in",
                "S3Input": {
                    "S3Uri": {"Get": source},
                    "LocalPath": "/opt/ml/processing/in",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ]
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "ProcessingResources": {"ClusterConfig": _CLUSTER},
            "AppSpecification": {
                "ImageUri": {"Get": "Parameters.Image"},
                "ContainerEntrypoint": ["python3", "-c", code],
            },
            "RoleArn": {"Get": "Parameters.Role"},
            "ProcessingInputs": inputs,
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": "out",
                        "S3Output": {
                            "S3Uri": uri,
                            "LocalPath": "/opt/ml/processing/out",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                ]
            },
        },
        **({"DependsOn": list(after)} if after else {}),
        **further,
    }


def definition(*steps: Mapping[str, Any], parameters: list[dict[str, Any]] | None = None) -> str:
    """Return the text of a definition."""
    document = {"Version": "2020-12-01", "Parameters": parameters or PARAMETERS, "Steps": steps}
    return json.dumps(document)


WRITES = (
    "import os, pathlib; print('writing'); "
    "root = pathlib.Path(os.environ['PENSTOCK_ML_ROOT']); "
    "(root / 'processing/out/data').write_text('hello')"
)
READS = (
    "import os, pathlib; root = pathlib.Path(os.environ['PENSTOCK_ML_ROOT']); "
    "print('read', (root / 'processing/in/data').read_text())"
)
ASKS_WHO = (
    "import boto3, os, pathlib; "
    "root = pathlib.Path(os.environ['PENSTOCK_ML_ROOT']); "
    "who = boto3.client('sts').get_caller_identity()['Arn']; "
    "(root / 'processing/out/data').write_text(who)"
)
FAILS = "import sys; print('about to fail', file=sys.stderr); sys.exit(3)"
WAITS = "import time; print('waiting', flush=True); time.sleep(60)"


def create(sagemaker: Any, *steps: Mapping[str, Any], **further: Any) -> str:
    """Create a pipeline of these steps under a name of its own, and return the name."""
    name = f"test-{secrets.token_hex(4)}"
    text = definition(*steps, **further)
    sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=text, RoleArn=ROLE)
    return name


def start(sagemaker: Any, name: str, **further: Any) -> str:
    """Start an execution and return its ARN."""
    answer = sagemaker.start_pipeline_execution(PipelineName=name, **further)
    return str(answer["PipelineExecutionArn"])


def wait(sagemaker: Any, arn: str) -> Any:
    """Return what is told of an execution once it is over."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        if found["PipelineExecutionStatus"] not in ("Executing", "Stopping"):
            return found
        time.sleep(0.05)
    raise AssertionError(found)
