"""Runs the prediction server of one container: loads the model, then listens until SIGTERM."""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, cast

from penstock.container.failures import AdapterError
from penstock.container.input_artifacts import undescribed
from penstock.container.layout import Layout
from penstock.container.own_component import make_importable, runtime_mode
from penstock.container.serving.limits import limits_of

PREDICTOR_VARIABLE = "PENSTOCK_PREDICTOR"
DEFAULT_PREDICTOR = "components.serving.predictor:load"

HOST_VARIABLE = "PENSTOCK_BIND_HOST"
"""Address to listen at; a run on somebody's machine listens at that machine alone."""

_ANY_HOST = "0.0.0.0"  # noqa: S104  # the service asks from outside of the container
_KEEP_ALIVE_SECONDS = 75
_DRAIN_SECONDS = 110
"""The service kills a container 120 seconds after SIGTERM."""


def serve(layout: Layout) -> None:
    """Load the model in `/opt/ml/model` and answer until SIGTERM; then finish what is begun.

    Nothing listens before the model is loaded and checked, so a `/ping` that is answered is 200.

    Raises:
        AdapterError: A variable is wrong, or the predictor or the port cannot be had.
        PenstockError: The model cannot be served.
    """
    limits = limits_of(os.environ, len(os.sched_getaffinity(0)))
    if not layout.model.is_dir():
        raise AdapterError(f"there is no model at {layout.model}.")
    model = undescribed(layout.model)
    with runtime_mode():
        make_importable(Path.cwd())
        import uvicorn

        from penstock.container.serving.app import application

        predictor = _load_predictor()(str(model))
        configuration = uvicorn.Config(
            application(predictor, limits),
            host=os.environ.get(HOST_VARIABLE) or _ANY_HOST,
            port=limits.port,
            loop="asyncio",
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        )
        server = uvicorn.Server(configuration)
        # uvicorn would end the process by the signal itself, which is no clean exit.
        cast(Any, server).capture_signals = lambda: _told_to_end(server)
        print(f"serving {layout.model} on port {limits.port}", flush=True)
        try:
            server.run()
        except SystemExit:
            raise AdapterError(f"port {limits.port} cannot be listened at.") from None


@contextmanager
def _told_to_end(server: Any) -> Iterator[None]:
    def end(_: int, __: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _load_predictor() -> Any:
    place = os.environ.get(PREDICTOR_VARIABLE) or DEFAULT_PREDICTOR
    module_name, _, name = place.partition(":")
    try:
        return getattr(importlib.import_module(module_name), name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise
        raise AdapterError(
            f"{PREDICTOR_VARIABLE} is {place!r}: the image holds no module {module_name}."
        ) from None
    except AttributeError:
        raise AdapterError(
            f"{PREDICTOR_VARIABLE} is {place!r}: {module_name} has no {name or 'function'}."
        ) from None
