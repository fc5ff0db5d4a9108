"""A definition of one step that repeats a job: same inputs and code, outputs kept here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from penstock.replay.fetching import relocated
from penstock.replay.record import Record


def local_definition(record: Record, places: Mapping[str, str], outputs: Path) -> dict[str, Any]:
    """Return the definition.

    Nothing of it leads back to the account: inputs are read from their copies, outputs and
    checkpoints go to a folder.

    Args:
        record: Of the step.
        places: Where its inputs are, by their address on S3.
        outputs: The folder.
    """
    arguments = dict(relocated(record.arguments, places))
    if record.type == "Processing":
        configuration = dict(arguments.get("ProcessingOutputConfig") or {})
        configuration.pop("KmsKeyId", None)
        configuration["Outputs"] = [
            _redirected(each, outputs) for each in configuration.get("Outputs") or ()
        ]
        arguments["ProcessingOutputConfig"] = configuration
    else:
        arguments["OutputDataConfig"] = {"S3OutputPath": f"file://{outputs}"}
        if arguments.get("CheckpointConfig"):
            arguments["CheckpointConfig"] = {
                **arguments["CheckpointConfig"],
                "S3Uri": f"file://{outputs / 'checkpoints'}",
            }
    step = {"Name": record.step, "Type": record.type, "Arguments": arguments}
    return {"Version": "2020-12-01", "Parameters": [], "Steps": [step]}


def _redirected(output: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    target = output.get("S3Output")
    if not target:
        return dict(output)
    uri = f"file://{folder / str(output['OutputName'])}"
    return {**output, "S3Output": {**target, "S3Uri": uri}}
