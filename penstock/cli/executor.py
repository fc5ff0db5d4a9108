"""The calls that the command line makes to the local executor, which they load only then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from penstock.cli.run_request import RunRequest
from penstock.cli.settings import Value
from penstock.targets.local.events import Event
from penstock.targets.local.result import RunResult

Listener = Callable[[Event], None]


def warm_up() -> None:
    """Start the warm server, or find it running; it loads its libraries on its own."""
    from penstock.targets.local.server import ensure_running

    ensure_running()


def start(
    request: RunRequest,
    definition: Mapping[str, Any],
    assets: Mapping[str, bytes],
    settings: Mapping[str, Value],
    root: str,
    listener: Listener,
) -> RunResult:
    """Run a definition from its beginning."""
    from penstock.targets.local import execute

    return execute(
        definition,
        parameters=settings,
        assets=assets,
        artifacts=root,
        registry=request.registry,
        images=request.images,
        cache=request.cache,
        from_step=request.from_step,
        listener=listener,
    )


def go_on(request: RunRequest, execution_id: str | None, listener: Listener) -> RunResult:
    """Resume a run; without a name, the latest that did not end well."""
    from penstock.targets.local import resume

    return resume(execution_id, images=request.images, registry=request.registry, listener=listener)


def assets_beside(definition_file: str) -> dict[str, bytes]:
    """Return the code assets that `pipeline compile --output` wrote beside a definition."""
    folder = Path(f"{definition_file}.assets")
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
