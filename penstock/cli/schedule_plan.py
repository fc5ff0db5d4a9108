"""What the settings say of an environment's schedules, beside what is there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from penstock.errors import Problem, RequestError

if TYPE_CHECKING:
    from penstock.environments import Environment
    from penstock.schedules import Change, Document, Label, Scope, Start
    from penstock.schedules.service import Service


@dataclass(frozen=True, slots=True)
class Planned:
    """One start that the settings ask for.

    Attributes:
        start: When, and with what.
        name: Of the pipeline in the account.
        schedule: Name of its schedule; empty: it would be too long.
        document: The schedule as it shall be; None where it cannot be.
        problems: Why it cannot be.
    """

    start: Start
    name: str
    schedule: str
    document: Document | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done in one environment.

    Attributes:
        environment: Of it.
        group: Of its schedules.
        planned: What the settings ask for.
        following: Pipelines that start after others, as `(use case, pipeline, others)`: no schedule
            starts them.
        existing: What is there.
        changes: What differs.
    """

    environment: Environment
    group: str
    planned: Sequence[Planned]
    following: Sequence[tuple[str, str, Sequence[str]]]
    existing: Sequence[Document]
    changes: Sequence[Change]

    @property
    def problems(self) -> list[Problem]:
        """Everything that stands against applying it."""
        return [problem for each in self.planned for problem in each.problems]

    @property
    def pending(self) -> list[Change]:
        """The changes that do something."""
        return [each for each in self.changes if each.action != "keep"]


def plan_schedules(
    environment: Environment,
    service: Service,
    scope: Scope,
    settings: Mapping[str, Mapping[str, str]],
) -> Plan:
    """Compare the settings with what is there.

    Args:
        environment: Where.
        service: Of its group.
        scope: Which are meant.
        settings: Values by pipeline and parameter that are set from now on; empty: taken back.

    Raises:
        RequestError: There is no such use case or pipeline.
        ServiceError: The account cannot be asked.
    """
    from penstock.schedules import difference, group_name, is_delivered

    existing = service.schedules()
    starts, following = _asked_for(scope, existing, settings, environment.parameters.keys())
    delivered = {each["Name"] for each in existing if is_delivered(each["Target"]["Arn"])}
    planned = [_planned(environment, service, each, delivered) for each in starts]
    wanted = [each.document for each in planned if each.document is not None]
    meant = {each.schedule for each in planned}
    # What cannot be as asked for stays as it is.
    changes = [
        each
        for each in difference(wanted, existing, scope)
        if each.action != "remove" or each.name not in meant | delivered
    ]
    return Plan(environment, group_name(environment.name), planned, following, existing, changes)


def apply_plan(plan: Plan, service: Service) -> Iterator[Change]:
    """Do what differs, one schedule after the other, and yield each as it is done.

    Every schedule is either as it was or as it shall be; a call that was stopped is repeated.

    Raises:
        RequestError: A schedule cannot be as the settings ask; nothing was done.
        ServiceError: The service refused one; those that were yielded are done.
    """
    if plan.problems:
        raise RequestError(plan.problems)
    if any(each.action == "create" for each in plan.pending):
        service.make_group(plan.environment.tags)
    for change in plan.pending:
        if change.action == "remove":
            service.remove(change.name)
        else:
            service.write(change.document, new=change.action == "create")
        yield change


def switch(existing: Sequence[Document], scope: Scope, *, paused: bool) -> list[Document]:
    """Return the schedules that pausing or resuming changes, as they shall be.

    Raises:
        RequestError: None is meant.
    """
    from penstock.schedules import label_of
    from penstock.schedules.wanted import OFF, ON

    meant = [
        (each, label)
        for each in existing
        if (label := label_of(each.get("Description", ""))) and scope.holds(label)
    ]
    if not meant:
        of = f" of {scope}" if str(scope) else ""
        what = f"there is no schedule{of}."
        raise RequestError(Problem(what, remedy="Run: pipeline schedule apply."))
    state = OFF if paused else ON
    return [
        {**document, "Description": str(replace(label, paused=paused)), "State": state}
        for document, label in meant
        if label.paused != paused or document.get("State") != state
    ]


def _asked_for(
    scope: Scope,
    existing: Sequence[Document],
    settings: Mapping[str, Mapping[str, str]],
    own: Collection[str],
) -> tuple[list[Start], list[tuple[str, str, Sequence[str]]]]:
    from penstock.schedules import Start, label_of
    from penstock.use_case import load_use_case, use_case_names
    from penstock.use_case.cron import daily

    labels: dict[tuple[str, str], tuple[Label, Document]] = {}
    for document in existing:
        if label := label_of(document.get("Description", "")):
            labels[label.use_case, label.pipeline] = (label, document)
    starts: list[Start] = []
    following: list[tuple[str, str, Sequence[str]]] = []
    known: set[str] = set()
    for reference in [scope.use_case] if scope.use_case else use_case_names():
        use_case = load_use_case(reference)
        known |= use_case.schedule.keys()
        for pipeline, schedule in use_case.schedule.items():
            if scope.pipeline not in ("", pipeline):
                continue
            if schedule.depends_on:
                following.append((use_case.name, pipeline, schedule.depends_on))
                continue
            there = labels.get((use_case.name, pipeline))
            starts.append(
                Start(
                    use_case.name,
                    pipeline,
                    schedule.cron or daily(schedule.at),
                    use_case.time_zone,
                    _values(there[1] if there else None, settings.get(pipeline, {}), own),
                    paused=there[0].paused if there else False,
                )
            )
    if scope.pipeline and not starts and not following:
        what = f"no use case that is meant schedules {scope.pipeline!r}."
        raise RequestError(Problem(what, "--pipeline", _one_of(known)))
    unknown = sorted(settings.keys() - {each.pipeline for each in starts})
    if unknown:
        raise RequestError(
            [
                Problem(f"no schedule that is meant starts {each!r}.", "--set", _one_of(known))
                for each in unknown
            ]
        )
    return starts, following


def _values(
    there: Document | None, settings: Mapping[str, str], own: Collection[str]
) -> dict[str, str]:
    """Return what people set: before, unless it is set otherwise now.

    Args:
        there: The schedule as it is.
        settings: Set now; empty: taken back.
        own: What an earlier application wrote for the environment.
    """
    from penstock.schedules import parameters_of

    before = parameters_of(there) if there else {}
    before = {name: value for name, value in before.items() if name not in own}
    return {name: value for name, value in {**before, **settings}.items() if value}


def _planned(
    environment: Environment, service: Service, start: Start, delivered: Collection[str]
) -> Planned:
    from penstock.cli.compilation import compile_definition
    from penstock.schedules import schedule_name, unfit_parameters, wanted_schedule

    name = compile_definition(start.pipeline, start.use_case).name
    try:
        schedule = schedule_name(name)
    except RequestError as error:
        return Planned(start, name, "", None, error.problems)
    if schedule in delivered:
        what = f"the schedule {schedule} was delivered by CDK."
        remedy = "Change the use case and deliver a release; pause and resume work here."
        return Planned(start, name, schedule, None, (Problem(what, remedy=remedy),))
    target = service.target(name)
    if target is None:
        what = f"there is no pipeline {name} in {environment.account}, {environment.region}."
        remedy = (
            f"Run: pipeline upsert {start.pipeline} --use-case {start.use_case} "
            f"--env {environment.name}."
        )
        return Planned(start, name, schedule, None, (Problem(what, remedy=remedy),))
    problems = tuple(unfit_parameters(environment, start, target))
    document = None if problems else wanted_schedule(environment, start, target)
    return Planned(start, name, schedule, document, problems)


def _one_of(known: set[str]) -> str:
    return f"Use one of: {', '.join(sorted(known))}." if known else "The settings schedule nothing."
