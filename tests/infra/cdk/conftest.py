"""One synthesis for all tests of the templates."""

from __future__ import annotations

import fcntl
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from synthesis import Documents, inputs, read, synthesize


@pytest.fixture(scope="session")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the app wrote; processes that test side by side share it."""
    shared = tmp_path_factory.getbasetemp()
    if "popen-gw" in shared.name:
        shared = shared.parent
    folder = shared / "synthesized"
    with (shared / "synthesized.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            synthesize(inputs(), folder)
            (folder / "done").touch()
    return folder / "cdk.out"


@pytest.fixture(scope="session")
def templates(outdir: Path) -> Documents:
    """The templates of the project's environments by stack."""
    return read(outdir)
