"""`pipeline run` of several pipelines or several days, one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import click

from penstock.cli.boundary import WORKED
from penstock.cli.run_request import RunRequest
from penstock.cli.run_view.summary import Summary
from penstock.errors import Problem, RequestError

_MOST_DAYS = 3_660


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

    Raises:
        RequestError: The options contradict one another.
    """
    from penstock.cli.local_run import run_once

    _check(request, series)
    summaries: list[Summary] = []
    code = WORKED
    for each in _requests(request, series):
        if summaries and not request.json:
            click.echo("")
        if not (request.json or request.quiet):
            click.echo(f"run {each.name}{f' for {each.date}' if each.date else ''}")
        code, summary = run_once(each)
        summaries.append(summary)
        if code != WORKED:
            _say_left(request, series, each)
            break
    if request.json:
        click.echo(json.dumps([summary.to_json() for summary in summaries], indent=2))
    return code


def _requests(request: RunRequest, series: Series) -> Iterator[RunRequest]:
    if series.first is None:
        yield request
        for name in series.then:
            # Options of the first pipeline are not those of the next.
            yield replace(request, name=name, window=None, from_step=None, settings=(), as_of=None)
        return
    from penstock.cli.done_days import done_days

    days = list(_days(series))
    done = set() if series.again else done_days(request)
    for day in days:
        if day in done:
            if not (request.json or request.quiet):
                click.echo(f"{day} is done with this model; --again decides it anew.")
            continue
        yield replace(request, date=str(day))


def _days(series: Series) -> Iterator[date]:
    day = date.fromisoformat(str(series.first))
    last = date.fromisoformat(series.last or str(series.first))
    while day <= last:
        yield day
        day += timedelta(days=1)


def _say_left(request: RunRequest, series: Series, failed: RunRequest) -> None:
    if request.json:
        return
    if series.first is not None:
        click.echo(
            f"{failed.date} failed, so the days after it were not decided. Go on with the same "
            "command: days that are done are passed.",
            err=True,
        )
        return
    order = [request.name, *series.then]
    left = order[order.index(failed.name) + 1 :]
    if left:
        click.echo(f"{failed.name} failed, so {', '.join(map(str, left))} was not run.", err=True)


def _check(request: RunRequest, series: Series) -> None:
    from penstock.cli.project_pipelines import require_pipeline

    problems = []
    if request.name is None:
        what = "several runs need the name of a pipeline of the project."
        problems.append(Problem(what, remedy="See: pipeline run --help"))
    if series.then and series.first:
        what = "--then and --from exclude each other."
        problems.append(Problem(what, remedy="Run one after the other."))
    if series.last and not series.first:
        problems.append(Problem("--to needs the first day.", remedy="Add --from DAY."))
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
