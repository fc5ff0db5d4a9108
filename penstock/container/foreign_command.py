"""Runs the command of a component that is not of this project."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from penstock.container.failures import AdapterError, CommandFailedError
from penstock.container.placeholders import resolved
from penstock.container.requirements import missing, requirements_of

TASK_FILE = "task.json"


def run_foreign_command(folder: Path, executor_input: dict[str, Any]) -> None:
    """Run the command that `folder/task.json` describes, again if it fails and the task retries.

    Raises:
        AdapterError: The description is missing, or the image has no such program.
        CommandFailedError: The command ended with another exit code than 0, at each try.
    """
    file = folder / TASK_FILE
    if not file.is_file():
        raise AdapterError(f"the input `{folder.name}` holds no {TASK_FILE}.")
    task = json.loads(file.read_text(encoding="utf-8"))
    retry = task.get("retry") or {"attempts": 0}
    run_with_retries(task["command"] + task["arguments"], executor_input, retry)


def run_with_retries(
    words: list[str],
    executor_input: dict[str, Any],
    retry: dict[str, Any],
    environment: dict[str, str] | None = None,
) -> None:
    """Run a command whose words may hold placeholders; repeat it after a failure.

    KFP repeats a task after any failure of its code, which SageMaker's own retries do not.
    """
    command = _without_installation(resolved(words, executor_input))
    pause = float(retry.get("seconds", 0))
    for attempt in range(int(retry["attempts"]) + 1):
        try:
            _run(command, environment or {})
        except CommandFailedError as error:
            if attempt == int(retry["attempts"]):
                raise
            print(f"attempt {attempt + 1} failed: {error}", file=sys.stderr, flush=True)
            time.sleep(pause)
            pause = min(pause * float(retry["factor"]), float(retry["most_seconds"]))
        else:
            return


def _run(command: list[str], environment: dict[str, str]) -> None:
    if not command:
        raise AdapterError("the task has no command.")
    own = {**os.environ, **environment, "PATH": _path_with_this_python()}
    program = shutil.which(command[0], path=own["PATH"])
    if program is None:
        raise AdapterError(f"the image has no program `{command[0]}`.")
    sys.stdout.flush()
    ended = subprocess.run([program, *command[1:]], env=own, check=False)  # the task's own command
    if ended.returncode:
        code = ended.returncode
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise CommandFailedError(
            f"`{Path(command[0]).name}` ended with {how}.", code if code > 0 else 1
        )


def _path_with_this_python() -> str:
    """The command's `python3` is the interpreter that runs the adapter, as it is in an image."""
    path = os.environ.get("PATH", os.defpath)
    own = Path(sys.executable).parent
    return f"{own}{os.pathsep}{path}" if (own / "python3").exists() else path


def _without_installation(command: list[str]) -> list[str]:
    """Leave out the installation of packages that are there."""
    requirements = requirements_of(command)
    if requirements is None:
        return command
    absent = missing(requirements)
    if any(text.lower().startswith("kfp") for text in absent):
        return command
    if absent:
        install = [sys.executable, "-m", "pip", "install", "--quiet", *absent]
        ended = subprocess.run(install, check=False)  # what the component asks for
        if ended.returncode:
            raise AdapterError(f"the packages {', '.join(absent)} could not be installed.")
    return command[3:]
