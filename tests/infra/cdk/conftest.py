"""One synthesis for all tests of the templates."""

from __future__ import annotations

import fcntl
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from synthesis import ROOT, Documents, inputs, read, synthesize

from infra.cdk.described import described
from infra.policies import Estate, Template, load_estate
from penstock.environments import load_environments


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
    # Reading copies them first: another process would find half a file.
    with (outdir.parent.parent / "synthesized.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return read(outdir)


@pytest.fixture(scope="session")
def deployed(templates: Documents) -> list[Template]:
    """The templates where they are deployed."""
    environments = load_environments(ROOT / "environments.yaml")
    found = []
    for stack, body in templates.items():
        environment = environments.get(described(body).environment)
        found.append(Template(stack, environment.account, environment.region, body))
    return found


@pytest.fixture(scope="session")
def estate(deployed: list[Template]) -> Estate:
    return load_estate(deployed)
