"""Model steps: a name for a container and its model data."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.targets.local.documents import Document
from penstock.targets.local.steps.attempt import Attempt, Outcome, local_arn


def run_model(attempt: Attempt) -> Outcome:
    """Run a Model step; there is nothing to wait for."""
    return Outcome(
        properties={
            **attempt.arguments,
            "ModelName": attempt.arguments.get("ModelName") or attempt.job_name,
            "ModelArn": local_arn("model", attempt.job_name),
        }
    )


def model_container(arguments: Document) -> Document:
    """Return the container of a model that is asked; the first of several."""
    containers = arguments.get("Containers")
    first = containers[0] if isinstance(containers, list) and containers else None
    for found in (arguments.get("PrimaryContainer"), first):
        if isinstance(found, Mapping):
            return found
    return {}
