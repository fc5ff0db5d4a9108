"""What a schedule shall be, as the service takes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from penstock.environments import Environment
from penstock.environments.network import NETWORK_PARAMETERS, network_problems
from penstock.errors import Problem
from penstock.executions.parameters import Parameter, value_problems
from penstock.schedules.naming import Label, group_name, schedule_name

Document = Mapping[str, Any]
"""A request of CreateSchedule and UpdateSchedule."""

ON, OFF = "ENABLED", "DISABLED"

_RETRY_SECONDS, _RETRIES = 3600, 5
"""A start that is an hour late is given up: by default Scheduler tries for a day."""

_LONGEST_VALUE, _MOST_PARAMETERS = 1024, 200
"""Of SageMakerPipelineParameters (botocore 1.44.5)."""


@dataclass(frozen=True, slots=True)
class Target:
    """A pipeline of the account.

    Attributes:
        arn: Of it.
        name: Of it.
        parameters: Those of its definition by name; None: it has no default.
        declared: With types and allowed values.
    """

    arn: str
    name: str
    parameters: Mapping[str, object | None]
    declared: Mapping[str, Parameter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Start:
    """When a use case's pipeline starts, and with what.

    Attributes:
        use_case: Name.
        pipeline: Of the use case, such as `training`.
        cron: The six fields.
        time_zone: In which they are read.
        parameters: Values that people set, beyond those of the environment.
        paused: Whether people paused it.
    """

    use_case: str
    pipeline: str
    cron: str
    time_zone: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    paused: bool = False


def wanted_schedule(environment: Environment, start: Start, target: Target) -> Document:
    """Return the schedule that starts a pipeline.

    Raises:
        RequestError: Its name would be too long.
    """
    parameters = _parameters(environment, start, target)
    to: dict[str, Any] = {
        "Arn": target.arn,
        "RoleArn": environment.schedule.role or environment.role,
        "RetryPolicy": {
            "MaximumEventAgeInSeconds": _RETRY_SECONDS,
            "MaximumRetryAttempts": _RETRIES,
        },
        "SageMakerPipelineParameters": {
            "PipelineParameterList": [
                {"Name": name, "Value": parameters[name]} for name in sorted(parameters)
            ]
        },
    }
    if environment.schedule.dead_letters:
        to["DeadLetterConfig"] = {"Arn": environment.schedule.dead_letters}
    return {
        "Name": schedule_name(target.name),
        "GroupName": group_name(environment.name),
        "Description": str(Label(start.use_case, start.pipeline, start.paused)),
        "ScheduleExpression": f"cron({start.cron})",
        "ScheduleExpressionTimezone": start.time_zone,
        "State": ON if environment.schedule.enabled and not start.paused else OFF,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": to,
    }


def unfit_parameters(environment: Environment, start: Start, target: Target) -> Iterator[Problem]:
    """Yield what is wrong with the values that a pipeline would start with."""
    where = f"the schedule of {target.name}"
    given = _parameters(environment, start, target)
    unplaced = network_problems(environment, target.name, target.parameters)
    yield from unplaced
    for name in sorted(start.parameters.keys() - target.parameters.keys()):
        known = ", ".join(sorted(target.parameters.keys() - environment.parameters.keys()))
        yield Problem(
            f"{target.name} has no parameter {name!r}.",
            where,
            f"Use one of: {known}; or take it back: --set {start.pipeline}.{name}=",
        )
    for name in sorted(set(start.parameters) & set(environment.parameters)):
        what = f"the environment says {name}."
        yield Problem(what, where, "Set it in environments.yaml.")
    for name, default in target.parameters.items():
        if default is None and name not in given and not (unplaced and name in NETWORK_PARAMETERS):
            yield Problem(
                f"{target.name} cannot start without {name!r}.",
                where,
                f"Give it: --set {start.pipeline}.{name}=VALUE.",
            )
    for name, value in start.parameters.items():
        if name in target.declared and value:
            yield from value_problems(target.declared[name], value, f"{where}, {name}")
    for name, value in given.items():
        if len(value) > _LONGEST_VALUE:
            what = f"{name} has {len(value)} characters; a schedule takes {_LONGEST_VALUE}."
            yield Problem(what, where, "Shorten it.")
    if len(given) > _MOST_PARAMETERS:
        what = f"{len(given)} values are given; a schedule takes {_MOST_PARAMETERS}."
        yield Problem(what, where, "Give fewer.")


def _parameters(environment: Environment, start: Start, target: Target) -> dict[str, str]:
    """Return what the pipeline starts with; what people set cannot replace the environment's."""
    own = {name: v for name, v in environment.parameters.items() if name in target.parameters}
    return {name: v for name, v in {**start.parameters, **own}.items() if v}
