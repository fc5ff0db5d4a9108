"""What one execution costs, from what earlier ones took and a pinned table of prices."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from statistics import median
from typing import Any

from penstock.deployment.differences.definitions import steps_of
from penstock.deployment.prices import USD_AN_HOUR
from penstock.executions.service import Service

_EXECUTIONS = 3
"""So many of the newest that succeeded say how long a step takes."""

_LOOKED_AT = 20
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class StepCost:
    """One job.

    Attributes:
        step: Its name.
        instances: Such as `1 x ml.m5.large`; empty where a parameter decides.
        seconds: The median of what it took; None: it never ran there.
        usd: For one run; None: the duration or the price is not known.
    """

    step: str
    instances: str
    seconds: float | None
    usd: float | None


def durations(service: Service, name: str) -> Mapping[str, float]:
    """Return how long each step of a pipeline took of late, in seconds.

    Args:
        service: Of its account.
        name: Of the pipeline.

    Steps from the cache took none of their time, so they do not count.
    """
    found: dict[str, list[float]] = {}
    latest = islice(service.executions(name, at_once=_LOOKED_AT), _LOOKED_AT)
    succeeded = [each for each in latest if each.state == "Succeeded"]
    now = datetime.now(UTC)
    for execution in succeeded[:_EXECUTIONS]:
        for step in service.snapshot(execution.arn).steps:
            seconds = step.seconds(now)
            if step.state == "Succeeded" and not step.reused and seconds is not None:
                found.setdefault(step.name, []).append(seconds)
    return {name: median(seconds) for name, seconds in found.items()}


def estimate(definition: str, took: Mapping[str, float]) -> Sequence[StepCost]:
    """Return what each job of a definition costs.

    Args:
        definition: Its text.
        took: Seconds by step.
    """
    found = []
    for name, step in steps_of(json.loads(definition)).items():
        kind, count = _instances(step.get("Arguments"))
        if not count:
            continue
        seconds = took.get(name)
        price = USD_AN_HOUR.get(kind)
        usd = None if seconds is None or price is None else seconds / _HOUR * price * count
        found.append(StepCost(name, f"{count} x {kind}" if kind else "", seconds, usd))
    return found


def _instances(arguments: Any) -> tuple[str, int]:
    """Return type and number of a job's machines; zero machines: it is no job."""
    if not isinstance(arguments, Mapping):
        return "", 0
    places: tuple[Any, ...] = (
        arguments.get("ResourceConfig"),
        arguments.get("TransformResources"),
        _within(arguments.get("ProcessingResources")),
    )
    for place in places:
        if isinstance(place, Mapping):
            kind, count = place.get("InstanceType"), place.get("InstanceCount")
            return kind if isinstance(kind, str) else "", count if isinstance(count, int) else 1
    return "", 0


def _within(resources: Any) -> Any:
    return resources.get("ClusterConfig") if isinstance(resources, Mapping) else None
