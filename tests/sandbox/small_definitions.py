"""Small definitions whose jobs are a line of Python."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

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
FAILS = "import sys; print('about to fail', file=sys.stderr); sys.exit(3)"
WAITS = "import time; print('waiting', flush=True); time.sleep(60)"
