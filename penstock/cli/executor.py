"""The calls that the command line makes to the local executor, which they load only then."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.cli.project_pipelines import project_folder
from penstock.cli.run_request import LATEST, RunRequest, artifact_root
from penstock.cli.settings import ScalarValue
from penstock.targets.local.events import Event
from penstock.targets.local.result import RunResult

if TYPE_CHECKING:
    from penstock.targets.local.run import Machine

_SECRET = re.compile(r"=env:([A-Za-z_][A-Za-z0-9_]*)")

STAGE = "stage"
"""Label of a run: the stage that it was started for."""

Listener = Callable[[Event], None]


def warm_up(pipeline: str | None) -> None:
    """Start the warm server, or find it running, and let it load what a pipeline's jobs need.

    Not what registers: on two processors that would keep the first jobs waiting, and its turn
    comes while they run.
    """
    from penstock.cli.forecast import forecast
    from penstock.targets.local.server import warm_up

    project = project_folder()
    warm_up(forecast(project, pipeline) if pipeline else (), project=project)


def start(
    request: RunRequest,
    definition: Mapping[str, Any],
    assets: Mapping[str, bytes],
    settings: Mapping[str, ScalarValue],
    *,
    pipeline: str,
    listener: Listener,
) -> RunResult:
    """Run a definition from its beginning, or from the step that the request names."""
    from penstock.targets.local.run import execute

    return execute(
        dict(definition),
        parameters=settings,
        machine=_machine(request.registry),
        pipeline=pipeline,
        artifact_root=request.artifacts and artifact_root(request.artifacts),
        images=request.images,
        registry=request.registry,
        use_cache=request.cache,
        assets=assets,
        from_step=request.from_step,
        reference=request.reference,
        passed=_secrets(settings),
        labels={STAGE: request.stage},
        listener=listener,
    )


def _secrets(settings: Mapping[str, ScalarValue]) -> tuple[str, ...]:
    """Return the variables that addresses among the settings name as places of their secrets."""
    found = [name for value in settings.values() for name in _SECRET.findall(str(value))]
    return tuple(dict.fromkeys(found))


def go_on(request: RunRequest, listener: Listener) -> RunResult:
    """Resume the run that the request names."""
    from penstock.targets.local.run import resume

    return resume(
        None if request.resume == LATEST else request.resume,
        machine=_machine(request.registry),
        images=request.images,
        listener=listener,
    )


def _machine(registry: str | None) -> Machine:
    from penstock.cli.waiting import QUEUE, asking
    from penstock.targets.local.run import Machine

    return Machine(
        project=project_folder(),
        max_parallel=len(os.sched_getaffinity(0)),
        functions={QUEUE: asking(registry)},
    )


def assets_beside(definition_file: str) -> dict[str, bytes]:
    """Return the code assets that `pipeline compile --output` wrote beside a definition."""
    folder = Path(f"{definition_file}.assets")
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
