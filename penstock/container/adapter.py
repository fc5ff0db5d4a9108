"""Runs one job: reads what SageMaker gave, calls the component, leaves what SageMaker takes."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from penstock.container.arguments import Arguments, parse_arguments
from penstock.container.failures import AdapterError, CommandFailedError, report
from penstock.container.input_artifacts import input_artifacts
from penstock.container.layout import BUNDLE_FILE, Layout
from penstock.container.output_artifacts import Outputs
from penstock.container.values import parameter_values

ROOT_VARIABLE = "PENSTOCK_ML_ROOT"
SERVE = "serve"
"""The one word that the service starts a model's container with."""

TRAIN = "train"
"""The one word that the service starts a training job with, where it names no entry point."""

_CONSTANTS_FILE = "constants.json"


def main(argv: list[str]) -> int:
    """Run the job below `/opt/ml`, or below the folder that PENSTOCK_ML_ROOT names."""
    return run(argv, root=Path(os.environ.get(ROOT_VARIABLE, "/opt/ml")))


def run(argv: list[str], *, root: Path) -> int:
    """Run the job and return its exit code: 0, or 1 with the reason in the failure file.

    Args:
        argv: The verb and what follows it; see `penstock.container.arguments`. `serve` alone runs
            the prediction server until it is told to end; `train` alone is a training job whose
            command line the component's signature says.
        root: What `/opt/ml` is.
    """
    plain = argv == [TRAIN]
    argv = ["training", *argv[1:]] if argv[:1] == [TRAIN] else argv
    layout = Layout(root, argv[0] if argv else "")
    try:
        if argv[:1] == [SERVE]:
            from penstock.container.serving.server import serve

            serve(layout)
        else:
            _run(argv, layout, plain=plain)
    except SystemExit as end:
        if end.code in (None, 0):
            error: BaseException = AdapterError(
                "the component ended the process before it returned; its outputs are not complete."
            )
        else:
            code = end.code
            error = AdapterError(
                code if isinstance(code, str) else f"the component ended with exit code {code}."
            )
        report(error, layout.failure, sys.stderr)
        return 1
    except Exception as failure:  # noqa: BLE001  # whatever is raised ends the job
        report(failure, layout.failure, sys.stderr)
        return failure.exit_code if isinstance(failure, CommandFailedError) else 1
    return 0


def _run(argv: list[str], layout: Layout, *, plain: bool) -> None:
    hyperparameters: dict[str, str] = {}
    if layout.training and layout.hyperparameters.is_file():
        hyperparameters = json.loads(layout.hyperparameters.read_text(encoding="utf-8"))
    if plain:
        argv = [*argv, *_plain_words(hyperparameters, layout)]
    arguments = parse_arguments(argv, hyperparameters)
    values = parameter_values(arguments, _constants(arguments, layout), layout)
    outputs = Outputs.of(arguments, layout)
    artifacts = input_artifacts(arguments, values, layout)
    executor_input = {
        "inputs": {
            "parameterValues": {name: value for name, value in values.items() if "#" not in name},
            "artifacts": {name: {"artifacts": members} for name, members in artifacts.items()},
        },
        "outputs": outputs.executor_input(),
    }
    if arguments.component:
        from penstock.container.own_component import call_own_component

        # So that the log of a job that goes well is not empty.
        print(f"{arguments.component}: started", flush=True)
        began = time.monotonic()
        call_own_component(arguments.component, executor_input, layout)
        print(f"{arguments.component}: returned after {time.monotonic() - began:.2f} s", flush=True)
    else:
        folder = layout.inputs / arguments.task
        if (folder / BUNDLE_FILE).is_file():
            from penstock.container.bundle import run_bundle

            run_bundle(folder, executor_input, layout)
        else:
            from penstock.container.foreign_command import run_foreign_command

            run_foreign_command(folder, executor_input)
    outputs.finish()


def _plain_words(hyperparameters: dict[str, str], layout: Layout) -> list[str]:
    from penstock.container.own_component import component_at, runtime_mode
    from penstock.container.plain_training import (
        COMPONENT_VARIABLE,
        DEFAULT_COMPONENT,
        training_words,
    )

    place = os.environ.get(COMPONENT_VARIABLE) or DEFAULT_COMPONENT
    folder = layout.inputs
    channels = [each.name for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []
    with runtime_mode():
        return training_words(place, component_at(place), hyperparameters, channels)


def _constants(arguments: Arguments, layout: Layout) -> dict[str, Any]:
    source = arguments.constants or arguments.task
    if not source:
        return {}
    file = layout.inputs / source / _CONSTANTS_FILE
    if not file.is_file():
        raise AdapterError(f"the input `{source}` holds no {_CONSTANTS_FILE}.")
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content
