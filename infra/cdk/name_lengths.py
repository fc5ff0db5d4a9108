"""Whether what is named after a use case fits the services' limits, and is one's own.

Sources: "Quotas" of CodePipeline (names of 100 characters), IAM (roles of 64), CloudFormation
(stacks of 128), EventBridge (rules of 64), EventBridge Scheduler (schedules of 64), CloudWatch
(alarms of 255); SageMaker's API reference (pipelines of 256).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from infra.cdk.inputs import Inputs, Pipeline, UseCaseFacts
from infra.cdk.naming import Names, delivery_of, stack_of, title_of, to_prod_of
from penstock.errors import Problem
from penstock.schedules.naming import LONGEST_NAME, PREFIX


@dataclass(frozen=True, slots=True)
class _Named:
    kind: str
    service: str
    most: int
    name: str

    @property
    def excess(self) -> int:
        return len(self.name) - self.most


def names_too_long(inputs: Inputs) -> Iterator[Problem]:
    """Yield a problem for each use case some name of which is too long: the one that is so most."""
    for use_case in inputs.use_cases.values():
        named = [
            *_in_tooling(inputs.tooling, use_case.group),
            *(
                each
                for names in inputs.workloads()
                for each in _in_workload(names, use_case, inputs.pipelines_of(use_case.name))
            ),
        ]
        worst = max(named, key=lambda each: each.excess)
        if worst.excess > 0:
            yield Problem(
                f"the {worst.kind} {worst.name} would have {len(worst.name)} characters; "
                f"{worst.service} takes {worst.most}.",
                f"use_cases/{use_case.name}/use_case.yaml",
                f"Shorten its name, or set a `model_group` shorter than {use_case.group} by "
                f"{worst.excess}.",
            )


def names_alike(inputs: Inputs) -> Iterator[Problem]:
    """Yield a problem for each use case whose group differs from another's in signs that IAM, or
    the names of resources in templates, leave out: case, `-` and `_`.
    """
    seen: dict[str, UseCaseFacts] = {}
    for use_case in inputs.use_cases.values():
        other = seen.setdefault(title_of(use_case.group).casefold(), use_case)
        if other is not use_case and other.group != use_case.group:
            yield Problem(
                f"its group {use_case.group} is too much like {other.group} of {other.name}: the "
                "resources of both would have one name.",
                f"use_cases/{use_case.name}/use_case.yaml",
                "Set a `model_group` that differs in more than case, - and _.",
            )


def _in_tooling(names: Names, group: str) -> Iterator[_Named]:
    for pipeline in (delivery_of(group), to_prod_of(group)):
        yield _Named("pipeline", "CodePipeline", 100, pipeline)
        yield _Named("alarm", "CloudWatch", 255, f"{pipeline}-fails")
    for role in ("delivery", "to-prod"):
        yield _Named("role", "IAM", 64, names.of(f"{role}-{group}"))
    yield _Named("rule", "EventBridge", 64, names.of(f"passed-{group}"))


def _in_workload(
    names: Names, use_case: UseCaseFacts, pipelines: list[Pipeline]
) -> Iterator[_Named]:
    group = use_case.group
    yield _Named("stack", "CloudFormation", 128, names.stack(stack_of(group)))
    yield _Named("role", "IAM", 64, names.of(stack_of(group)))
    for rule in ("failed", "trials"):
        yield _Named("rule", "EventBridge", 64, names.of(f"{rule}-{group}"))
    for each in pipelines:
        name = names.pipeline(each.name)
        yield _Named("pipeline", "SageMaker", 256, name)
        yield _Named("alarm", "CloudWatch", 255, names.of(f"{each.name}-fails"))
        start = use_case.starts.get(each.kind)
        if start is not None and start.expression:
            yield _Named("schedule", "EventBridge Scheduler", LONGEST_NAME, f"{PREFIX}{name}")
        elif start is not None and names.environment.kind == "prod":
            yield _Named("rule", "EventBridge", 64, names.of(f"after-{each.name}"))
