"""`pipeline run` on this machine: compile, execute, show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import click

from penstock.cli import executor
from penstock.cli.boundary import FAILED, WORKED, InterruptedWorkError
from penstock.cli.compilation import compile_definition, lower_text, read_text
from penstock.cli.compile_cache import remember_rows, remembered_rows
from penstock.cli.inputs import Inputs
from penstock.cli.models.resuming import check_resumed
from penstock.cli.run_request import RunRequest, absolute_source, artifact_root
from penstock.cli.run_view.opening import open_view
from penstock.cli.run_view.progress import Progress
from penstock.cli.run_view.summary import Summary, summarise
from penstock.cli.run_view.summary_text import summary_text
from penstock.cli.settings import ScalarValue, declared_types, read_settings
from penstock.errors import DefinitionError, Problem
from penstock.targets.local.result import RunResult, RunStatus


@dataclass(frozen=True, slots=True)
class Prepared:
    """A definition and what to run it with."""

    name: str
    definition: Mapping[str, Any]
    assets: Mapping[str, bytes] = field(default_factory=dict)
    source_uri: str = ""
    notes: tuple[str, ...] = ()
    key: str = ""
    definition_json: str = ""


def run_here(request: RunRequest) -> int:
    """Run or resume, show it, and return the exit code."""
    code, summary = run_once(request)
    if request.json:
        click.echo(json.dumps(summary.to_json(), indent=2))
    return code


def run_once(request: RunRequest) -> tuple[int, Summary]:
    """Run or resume and, unless it is for machines, show it; return the exit code and the end."""
    progress = Progress()
    silent = request.json or request.quiet
    with open_view(progress, silent) as view:
        try:
            if request.resume:
                check_resumed(request)
                result = executor.go_on(request, view)
            else:
                result = _start(request, view, silent)
        except KeyboardInterrupt:
            raise InterruptedWorkError(_interrupted(progress)) from None
    summary = summarise(result, progress, f"pipeline run --resume {result.execution_id}")
    if not request.json:
        click.echo(("" if silent else "\n") + summary_text(summary), nl=False)
    code = WORKED if result.status in (RunStatus.SUCCEEDED, RunStatus.PAUSED) else FAILED
    return code, summary


def _start(request: RunRequest, view: Any, silent: bool) -> RunResult:
    if request.artifacts:
        artifact_root(request.artifacts)
    if request.definition is None:
        # The server loads its libraries while this process compiles.
        executor.warm_up(request.name)
    prepared = _prepare(request)
    types = declared_types(prepared.definition)
    if request.name is not None and "model" in types:
        from penstock.cli.models.settings import as_approved

        approved, note = as_approved(request)
        if note:
            if not silent:
                click.echo(f"note: {note}", err=True)
            request = replace(approved, compiled=None)
            prepared = _prepare(request)
    # A SageMaker definition declares scalars alone.
    settings = cast(dict[str, ScalarValue], read_settings(request.settings, types))
    if not silent and request.name is None:  # Those of the project are told where it is compiled.
        for note in prepared.notes:
            click.echo(f"note: {note}", err=True)
    found = _inputs(request, prepared, types, settings)
    if not silent:
        for line in found.notes:
            click.echo(f"note: {line}", err=True)
    settings |= found.settings
    if request.name is not None:
        from penstock.cli.candidate import candidate_settings

        known = candidate_settings(request, prepared.definition, prepared.definition_json, settings)
        settings |= {
            name: value for name, value in known.items() if name in types.keys() - settings
        }
    return executor.start(
        request,
        prepared.definition,
        prepared.assets,
        settings,
        pipeline=prepared.name,
        listener=view,
    )


def _prepare(request: RunRequest) -> Prepared:
    if request.definition is not None:
        text = read_text(request.definition)
        try:
            definition = json.loads(text)
        except json.JSONDecodeError as error:
            raise DefinitionError(
                Problem(
                    f"a SageMaker definition is JSON, and this is not: {error.msg}.",
                    f"{request.definition}:{error.lineno}",
                    "Look at it with `pipeline check`.",
                )
            ) from None
        if not isinstance(definition, dict):
            raise DefinitionError(
                Problem(
                    "a SageMaker definition is a JSON object.",
                    request.definition,
                    "Look at it with `pipeline check`.",
                )
            )
        name = Path(request.definition).stem
        return Prepared(name, definition, executor.assets_beside(request.definition))
    if request.from_ir is not None:
        compiled = lower_text(read_text(request.from_ir), request.from_ir)
    else:
        compiled = request.compiled or compile_definition(str(request.name), request.use_case)
    return Prepared(
        compiled.name,
        json.loads(compiled.definition_json),
        compiled.assets,
        compiled.source_uri,
        compiled.notes,
        compiled.key,
        compiled.definition_json,
    )


def _inputs(
    request: RunRequest,
    prepared: Prepared,
    types: Mapping[str, str],
    given: Mapping[str, ScalarValue],
) -> Inputs:
    """Return the settings that follow from the request, and what people should know of them."""
    from penstock.cli.run_inputs import settle_inputs

    if request.name is None:
        from penstock.cli.models.deciding import check_decider

        check_decider(request, types, given)
        if request.source is None:
            return Inputs()
        if "source" not in types:
            raise DefinitionError(
                Problem("the pipeline has no parameter `source`.", "--source", "Leave it out.")
            )
        return Inputs({"source": absolute_source(request.source)})
    asked = (request.source, request.window, request.as_of, request.date, request.model)
    plain = not any(asked) and "model" not in types
    rows = remembered_rows(prepared.key) if prepared.key and plain else None
    if rows is not None and "source" not in given:
        return Inputs({"source": str(rows)})
    found = settle_inputs(request, types, given)
    if plain and prepared.key and found.generated is not None:
        remember_rows(prepared.key, found.generated)
    return found


def _interrupted(progress: Progress) -> str:
    if not progress.execution_id:
        return "interrupted before any step was started; nothing was written."
    done = list(progress.done())
    stopped = [
        step.name for step in progress.steps.values() if step.status in ("running", "stopped")
    ]
    kept = f" ({', '.join(done)})" if done else ""
    cut = f"; stopped: {', '.join(stopped)}" if stopped else ""
    return (
        f"interrupted: {len(done)} of {len(progress.steps)} steps are done{kept}{cut}. "
        f"Go on with: pipeline run --resume {progress.execution_id}"
    )
