"""One synthesis for all tests of the templates."""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from synthesis import ROOT, Documents, inputs, networked, read, synthesize

from infra.cdk.described import described
from infra.cdk.inputs import Inputs
from infra.policies import Estate, Template, load_estate
from penstock.environments import load_environments


def synthesized(factory: pytest.TempPathFactory, name: str, made: Callable[[], Inputs]) -> Path:
    """Return the folder that the app wrote; processes that test side by side share it."""
    shared = factory.getbasetemp()
    if "popen-gw" in shared.name:
        shared = shared.parent
    folder = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            synthesize(made(), folder)
            (folder / "done").touch()
    return folder / "cdk.out"


@pytest.fixture(scope="session")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the app wrote for the project's own environments."""
    return synthesized(tmp_path_factory, "synthesized", inputs)


@pytest.fixture(scope="session")
def networked_outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that it wrote for environments that have networks for their jobs."""
    return synthesized(tmp_path_factory, "networked", networked)


def read_alone(outdir: Path) -> Documents:
    # Reading copies them first: another process would find half a file.
    with (outdir.parent.parent / f"{outdir.parent.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return read(outdir)


@pytest.fixture(scope="session")
def templates(outdir: Path) -> Documents:
    """The templates of the project's environments by stack."""
    return read_alone(outdir)


@pytest.fixture(scope="session")
def networked_templates(networked_outdir: Path) -> Documents:
    """The templates of environments that have networks, by stack."""
    return read_alone(networked_outdir)


@pytest.fixture(scope="session")
def deployed(templates: Documents) -> list[Template]:
    """The templates where they are deployed."""
    return placed(templates)


@pytest.fixture(scope="session")
def networked_deployed(networked_templates: Documents) -> list[Template]:
    """The templates of environments that have networks, where they are deployed."""
    return placed(networked_templates)


def placed(templates: Documents) -> list[Template]:
    environments = load_environments(ROOT / "environments.yaml")
    found = []
    for stack, body in templates.items():
        environment = environments.get(described(body).environment)
        found.append(Template(stack, environment.account, environment.region, body))
    return found


@pytest.fixture(scope="session")
def estate(deployed: list[Template]) -> Estate:
    return load_estate(deployed)
