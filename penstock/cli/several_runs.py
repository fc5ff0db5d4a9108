"""`pipeline run` of several pipelines or several days, one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import click

from penstock.cli.boundary import WORKED, InterruptedWorkError
from penstock.cli.compilation import compile_definition
from penstock.cli.compile_cache import CompiledDefinition
from penstock.cli.run_request import RunRequest
from penstock.cli.run_view.summary import Summary
from penstock.cli.settings import declared_types
from penstock.errors import PenstockError, Problem, RequestError

_MOST_DAYS = 3_660
_SAME_COMMAND = "Go on with the same command: days that are done are passed."


@dataclass(frozen=True, slots=True)
class Series:
    """What follows what.

    Attributes:
        then: Pipelines after the first.
        first: First day of a back-fill, or None.
        last: Its last day; None: the first alone.
        again: Whether days that are done are done again.
    """

    then: Sequence[str]
    first: str | None
    last: str | None
    again: bool


def run_series(request: RunRequest, series: Series) -> int:
    """Run one after the other until one fails; return its exit code.

    Every pipeline is compiled once, before the first one starts.

    Raises:
        RequestError: The options contradict one another, or a back-fill has no model.
    """
    _check(request, series)
    names = (str(request.name), *series.then)
    compiled = {name: compile_definition(name, request.use_case) for name in dict.fromkeys(names)}
    if series.first is None:
        return _run_all(list(_chain(request, names, compiled)), request)
    return _run_all(list(_back_fill(request, series, compiled[names[0]])), request)


def _run_all(requests: Sequence[RunRequest], asked: RunRequest) -> int:
    from penstock.cli.local_run import run_once

    summaries: list[Summary] = []
    code = WORKED
    for number, each in enumerate(requests):
        left = requests[number + 1 :]
        if not (asked.json or asked.quiet):
            gap = "\n" if summaries else ""
            click.echo(f"{gap}run {each.name}{f' for {each.date}' if each.date else ''}")
        try:
            code, summary = run_once(each)
        except InterruptedWorkError as error:
            raise InterruptedWorkError(f"{error}{_after(left)}") from None
        except PenstockError:
            _say_left(each, left, asked)
            raise
        summaries.append(summary)
        if code != WORKED:
            _say_left(each, left, asked)
            break
    if asked.json:
        click.echo(json.dumps([summary.to_json() for summary in summaries], indent=2))
    return code


def _chain(
    request: RunRequest, names: Sequence[str], compiled: Mapping[str, CompiledDefinition]
) -> Iterator[RunRequest]:
    """Yield a request a pipeline; what only some pipelines know, these alone are given."""
    types = {
        name: declared_types(json.loads(each.definition_json)) for name, each in compiled.items()
    }
    known = {parameter for declared in types.values() for parameter in declared}
    for number, name in enumerate(names):
        # What no pipeline knows stays with the first one, which refuses it.
        others = (known if number == 0 else {"window", "day", "model"}) - types[name].keys()
        each = replace(
            request,
            name=name,
            compiled=compiled[name],
            window=None if "window" in others else request.window,
            date=None if "day" in others else request.date,
            model=None if "model" in others else request.model,
            trial=request.trial and "model" not in others,
        )
        if number:
            # What says more than which rows, days and models belongs to the first pipeline.
            each = replace(each, settings=(), as_of=None, from_step=None, reference=None)
        yield each


def _back_fill(
    request: RunRequest, series: Series, compiled: CompiledDefinition
) -> Iterator[RunRequest]:
    """Yield a request a day that is not done, all with the same model and definition."""
    definition = json.loads(compiled.definition_json)
    if "day" not in declared_types(definition):
        what = f"the pipeline {request.name} decides for no days."
        raise RequestError(Problem(what, "--from", "Leave it out, or run inference."))
    from penstock.cli.done_days import done_days, with_model

    request = replace(with_model(request, definition), compiled=compiled)
    done = set() if series.again else done_days(request, definition)
    for day in _days(series):
        if day not in done:
            yield replace(request, date=str(day))
        elif not (request.json or request.quiet):
            click.echo(f"{day} is done with this model; --again decides it anew.")


def _days(series: Series) -> Iterator[date]:
    day = date.fromisoformat(str(series.first))
    last = date.fromisoformat(series.last or str(series.first))
    while day <= last:
        yield day
        day += timedelta(days=1)


def _say_left(failed: RunRequest, left: Sequence[RunRequest], asked: RunRequest) -> None:
    """Say what was not run after a failure."""
    if asked.json or not left:
        return
    if left[0].name == failed.name:
        what = f"{failed.date} failed, so the days after it were not decided. {_SAME_COMMAND}"
    else:
        names = ", ".join(str(each.name) for each in left)
        what = f"{failed.name} failed, so {names} was not run."
    click.echo(what, err=True)


def _after(left: Sequence[RunRequest]) -> str:
    """Return how to go on after an interruption, once the interrupted run is resumed."""
    if not left:
        return ""
    if left[0].date:
        return f". {_SAME_COMMAND}"
    names = " --then ".join(str(each.name) for each in left)
    return f", then: pipeline run {names} --use-case {left[0].use_case}"


def _check(request: RunRequest, series: Series) -> None:
    from penstock.cli.project_pipelines import require_pipeline

    problems = []
    if request.name is None:
        what = "several runs need the name of a pipeline of the project."
        problems.append(Problem(what, remedy="See: pipeline run --help"))
    if series.then and series.first:
        what = "--then and --from exclude each other."
        problems.append(Problem(what, remedy="Run one after the other."))
    for option in ("--to", "--again"):
        given = series.last if option == "--to" else series.again
        if given and not series.first:
            problems.append(Problem(f"{option} needs the first day.", remedy="Add --from DAY."))
    if series.first and request.date:
        problems.append(Problem("--date and --from exclude each other.", remedy="Give one."))
    for option, text in (("--from", series.first), ("--to", series.last)):
        try:
            date.fromisoformat(text or "2000-01-01")
        except ValueError:
            what = f"{text!r} is not a day."
            problems.append(Problem(what, option, "Write it as 2018-08-15."))
    if not problems and series.first:
        days = sum(1 for _ in zip(range(_MOST_DAYS + 1), _days(series), strict=False))
        if days == 0:
            what = f"{series.first} is after {series.last}."
            problems.append(Problem(what, "--from", "Swap them."))
        elif days > _MOST_DAYS:
            what = f"more than {_MOST_DAYS} days are asked for."
            problems.append(Problem(what, "--from", "Give fewer."))
    if problems:
        raise RequestError(problems)
    for name in (request.name, *series.then):
        require_pipeline(str(name))
