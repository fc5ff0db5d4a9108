"""Calls a component of this project in this process, through KFP's own executor."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from penstock.container.failures import AdapterError
from penstock.container.layout import Layout

_RUNTIME_VARIABLE = "_KFP_RUNTIME"
_CONTAINER = Path("/opt/ml")


def call_own_component(place: str, executor_input: dict[str, Any], layout: Layout) -> None:
    """Run `components/train.py:train` with KFP's executor input.

    Raises:
        AdapterError: There is no such component.
    """
    with runtime_mode():
        from kfp.dsl import executor

        from penstock.contract import checkpoints_in, image_in

        function = component_at(place)
        checkpoints = layout.checkpoints if layout.checkpoints.is_dir() else None
        with checkpoints_in(checkpoints), image_in(_image(layout)):
            executor.Executor(executor_input, function).execute()


def _image(layout: Layout) -> str:
    """Return the image that the job's request names; on a laptop no image is run."""
    if layout.root != _CONTAINER:
        return ""
    try:
        request = json.loads(layout.job.read_bytes())
        return str(request["AppSpecification"]["ImageUri"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


@contextmanager
def runtime_mode() -> Iterator[None]:
    """Let KFP load what a container needs and not its compiler; leave the environment as it was."""
    before = os.environ.get(_RUNTIME_VARIABLE)
    os.environ[_RUNTIME_VARIABLE] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_RUNTIME_VARIABLE]
        else:
            os.environ[_RUNTIME_VARIABLE] = before


def component_at(place: str) -> Any:
    """Return the component that `components/train.py:train` names.

    Raises:
        AdapterError: There is none.
    """
    path, _, name = place.partition(":")
    module_name = path[: -len(".py")].replace("/", ".")
    make_importable(Path.cwd())
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise
        raise AdapterError(f"the image holds no module `{module_name}`.") from None
    if not hasattr(module, name):
        raise AdapterError(f"`{path}` holds no component `{name}`.")
    return getattr(module, name)


def make_importable(folder: Path) -> None:
    """Let the project's modules be found.

    `python3 -m` puts the working directory first; a forked process must do so itself.
    """
    if str(folder) not in sys.path and "" not in sys.path:
        sys.path.insert(0, str(folder))
