"""Model steps: a name for a container and its model data."""

from __future__ import annotations

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
