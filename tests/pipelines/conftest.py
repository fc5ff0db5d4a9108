"""Runs the command as a user does: in a process and a folder of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Finished:
    """One call of `pipeline ... --json`."""

    code: int
    text: str
    errors: str

    @property
    def summary(self) -> dict[str, Any]:
        assert self.text.startswith("{"), self.text + self.errors
        parsed: dict[str, Any] = json.loads(self.text)
        return parsed


Command = Callable[..., Finished]


@pytest.fixture(scope="session")
def pipeline_in() -> Command:
    def call(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> Finished:
        done = subprocess.run(
            [sys.executable, "-m", "penstock.cli", *arguments],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture(scope="session")
def handbook_data() -> Path:
    """The Fraud Detection Handbook's transactions, one Parquet file a day."""
    given = os.environ.get("PENSTOCK_DATA")
    root = Path(given) if given else Path(__file__).parents[3] / "shared" / "data"
    if not (root / "fraud").is_dir():
        pytest.skip("the handbook's data are not here: PENSTOCK_DATA names no folder with fraud/")
    return (root / "fraud").absolute()
