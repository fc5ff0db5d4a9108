"""Runs commands of the project as somebody would: in a process, from a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.rehearsal.errors import told
from infra.rehearsal.story.cast import Actor
from infra.rehearsal.world import World

_SECONDS = 300


def run(project: Path, arguments: Sequence[str], variables: Mapping[str, str]) -> str:
    """Run Python in a checkout, and return what it printed.

    Args:
        project: The checkout.
        arguments: Of Python, such as `-m penstock.cli`.
        variables: Of the environment, beside those of this process that are not about AWS.

    Raises:
        RehearsalError: It failed; what it said is told.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env={**own, "PYTHONPATH": str(project), **variables},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise told(f"it failed: {' / '.join(said[-5:])}.", f"python {' '.join(arguments[:4])}")
    return done.stdout


def run_as(world: World, by: Actor, project: Path, module: str, *arguments: str) -> str:
    """Run a module with the credentials of an actor's session, and return what it printed.

    Raises:
        RehearsalError: It failed.
    """
    variables = {
        **by.keys(world).variables,
        "AWS_ENDPOINT_URL": world.accounts.endpoint,
        "AWS_REGION": world.places["tooling"].region,
    }
    return run(project, ["-m", module, *arguments], variables)
