"""What processing and training jobs have in common: retries, caching, tags."""

from __future__ import annotations

from typing import Any

from penstock.ir.pipeline import Retry
from penstock.targets.sagemaker.plan import Plan
from penstock.targets.sagemaker.settings import Settings
from penstock.targets.sagemaker.steps import Step
from penstock.targets.sagemaker.value_queries import all_steps

FAULTS_OF_THE_STEP = ("Step.SERVICE_FAULT", "Step.THROTTLING")
FAULTS_OF_THE_JOB = (
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.RESOURCE_LIMIT",
)
_MOST_ATTEMPTS = 20


def step_frame(plan: Plan, step: Step, kind: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return a job's step: its name and arguments, its order, caching and retries."""
    settings = plan.settings[step.path]
    frame: dict[str, Any] = {
        "Name": plan.names[step.path],
        "Type": kind,
        "Arguments": arguments,
    }
    dependencies = depends_on(plan, not_implied(plan, step.after, reads(step)), step.after_any)
    if dependencies:
        frame["DependsOn"] = dependencies
    if step.task.cached:
        frame["CacheConfig"] = {"Enabled": True, "ExpireAfter": settings.cache_expire_after}
    if step.task.retry is not None and step.task.retry.max_attempts > 0:
        frame["RetryPolicies"] = retry_policies(step.task.retry)
    return frame


def not_implied(plan: Plan, after: tuple[str, ...], read: tuple[str, ...]) -> tuple[str, ...]:
    """Return the steps that must end before, leaving out those that reading others implies."""
    implied = set(read)
    waiting = [*read, *after]
    seen: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        before = {*reads(plan.step(path)), *plan.step(path).after}
        implied |= before
        waiting.extend(before)
    return tuple(path for path in after if path not in implied)


def reads(step: Step) -> tuple[str, ...]:
    """Return the steps whose outputs a step reads."""
    return all_steps([*step.parameters.values(), *step.artifacts.values()])


def depends_on(plan: Plan, after: tuple[str, ...], after_any: tuple[str, ...]) -> list[Any]:
    """Return the order that no data imply; `Any` waits for the end, however it came about."""
    return [
        *(plan.names[path] for path in after if path not in after_any),
        *({"Step": plan.names[path], "Trigger": "Any"} for path in after_any),
    ]


def retry_policies(retry: Retry) -> list[dict[str, Any]]:
    """Return the policies: SageMaker tries again after faults of its own, never of the code."""
    common = {
        "IntervalSeconds": max(1, round(retry.backoff_seconds)),
        "BackoffRate": max(1.0, float(retry.backoff_factor)),
        "MaxAttempts": min(_MOST_ATTEMPTS, retry.max_attempts),
    }
    return [
        {"ExceptionType": list(FAULTS_OF_THE_STEP), **common},
        {"ExceptionType": list(FAULTS_OF_THE_JOB), **common},
    ]


def tags(settings: Settings) -> list[dict[str, str]]:
    """Return the tags in the service's form."""
    return [{"Key": key, "Value": value} for key, value in settings.tags.items()]
