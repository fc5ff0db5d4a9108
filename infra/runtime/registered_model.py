"""Which model an execution has registered, as its steps tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from infra.runtime.errors import Refused


def steps_of(client: Any, execution: str) -> Sequence[Mapping[str, Any]]:
    """Return the steps of an execution that have started."""
    pages = client.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=execution
    )
    return [each for page in pages for each in page["PipelineExecutionSteps"]]


def registered_by(steps: Sequence[Mapping[str, Any]], execution: str) -> str:
    """Return the ARN of the one version that an execution registered.

    Raises:
        Refused: There is none, or there are several.
    """
    told = [((each.get("Metadata") or {}).get("RegisterModel") or {}).get("Arn") for each in steps]
    found = [str(each) for each in told if each]
    if len(found) != 1:
        raise Refused(
            f"it registered {len(found)} models; a delivery promotes exactly one.",
            execution,
            "Look at the pipeline's register step.",
        )
    return found[0]
