"""Which execution is meant: its ARN, its id, or the name of a pipeline for its latest one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from penstock.errors import Problem, RequestError
from penstock.executions.execution import Execution
from penstock.executions.service import Pipeline, Service

_ARN = re.compile(
    r"arn:aws[a-z-]*:sagemaker:([a-z0-9-]+):([0-9]{12}):pipeline/[^/]+/execution/[^/]+"
)
_ID = re.compile(r"[a-z0-9]{12}")


def find_execution(service: Service, named: str, account: str) -> Execution:
    """Return the execution that is meant.

    Args:
        service: Where to look.
        named: An ARN, an id, NAME/ID, or the name of a pipeline.
        account: Of the service.

    Raises:
        RequestError: There is none; what there is is told.
    """
    arn = _ARN.fullmatch(named)
    if arn is not None:
        if arn[1] != service.region or arn[2] != account:
            what = f"this execution is in account {arn[2]}, {arn[1]}."
            remedy = f"Name the environment of it; this one is {account}, {service.region}."
            raise RequestError(Problem(what, named, remedy))
        return _required(service.execution(named), named, service)
    pipeline, slash, execution_id = named.partition("/")
    if slash:
        found = (each for each in service.executions(pipeline) if each.execution_id == execution_id)
        return _required(next(found, None), named, service)
    latest = next(service.executions(named, at_once=1), None)
    if latest is not None:
        return latest
    pipelines = service.pipelines()
    if named in [each.name for each in pipelines]:
        what = f"the pipeline {named} has no execution."
        raise RequestError(Problem(what, "EXECUTION", f"Start one: pipeline start {named}"))
    if _ID.fullmatch(named):
        for each in _latest_first(pipelines):
            for execution in service.executions(each.name):
                if execution.execution_id == named:
                    return execution
    raise RequestError(_unknown(named, pipelines))


def no_such_pipeline(name: str, pipelines: Sequence[Pipeline]) -> Problem:
    """Return the problem of a pipeline that is not there."""
    names = [each.name for each in pipelines]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    there = f"There are: {', '.join(names)}." if names else "There is none."
    return Problem(f"there is no pipeline {name}.", "NAME", f"{hint}{there}")


def _required(found: Execution | None, named: str, service: Service) -> Execution:
    if found is None:
        what = f"there is no execution {named} in {service.region}."
        raise RequestError(Problem(what, "EXECUTION", "List them: pipeline status --env ENV"))
    return found


def _latest_first(pipelines: Sequence[Pipeline]) -> list[Pipeline]:
    run = [each for each in pipelines if each.last_run is not None]
    return sorted(run, key=lambda each: str(each.last_run), reverse=True)


def _unknown(named: str, pipelines: Sequence[Pipeline]) -> Problem:
    problem = no_such_pipeline(named, pipelines)
    what = f"{named} is neither a pipeline nor an execution there."
    return Problem(what, "EXECUTION", problem.remedy)
