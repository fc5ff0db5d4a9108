"""Builds what is promoted: a release with its templates, and the cloud assembly around it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.rehearsal.errors import told
from infra.rehearsal.story.commands import run
from penstock.environments import Environments, load_environments
from penstock.release import Release, open_release

_PROJECT = Path(__file__).resolve().parents[3]
USE_CASE = "fraud"
_NAMED = "environments.yaml"


@dataclass(frozen=True, slots=True)
class Built:
    """What a build hands to the accounts.

    Attributes:
        archive: The release's file.
        assembly: Folder of the templates with their assets.
        environments: The project's, with places for the rehearsal's rows and decisions.
        file: That names the environments.
        project: The checkout.
    """

    archive: Path
    assembly: Path
    environments: Environments
    file: Path
    project: Path

    @property
    def release(self) -> Release:
        """The release, opened and verified."""
        return open_release(str(self.archive))

    @property
    def digest(self) -> str:
        """SHA-256 of the release's file."""
        return self.archive.name.partition(".")[0]

    def template(self, stack: str) -> Mapping[str, Any]:
        """Return the template of a stack."""
        file = self.assembly / "templates" / f"{stack}.template.json"
        if not file.is_file():
            raise told("the cloud assembly has no such template.", str(file))
        content: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return content

    def keep(self, folder: Path) -> None:
        """Copy the templates into a folder, and the environments that they were made for."""
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.assembly / "templates", folder / "templates", dirs_exist_ok=True)
        shutil.copyfile(self.assembly.parent / _NAMED, folder / _NAMED)

    def assets(self, environment: str) -> Sequence[Path]:
        """Return the lists of an environment's assets."""
        return sorted((self.assembly / f"assembly-{environment}").glob("*.assets.json"))


def build(folder: Path, *, file: Path | None = None, project: Path = _PROJECT) -> Built:
    """Build a release of a project's work tree, its templates, and the release that holds both.

    Args:
        folder: Empty; everything goes there.
        file: Of environments; None: the project's.
        project: A checkout.

    Raises:
        RehearsalError: A command failed; what it said is told.
    """
    named = folder / _NAMED
    named.write_text(_with_places(file or project / "environments.yaml"), encoding="utf-8")
    plain, assembly = folder / "plain", folder / "cdk.out"
    first = _release(project, plain)
    variables = {
        "PENSTOCK_RELEASE": str(first),
        "PENSTOCK_ENVIRONMENTS": str(named),
        "CDK_OUTDIR": str(assembly),
    }
    run(project, ["-m", "infra.cdk.app"], variables)
    final = _release(project, folder / "release", "--templates", str(assembly / "templates"))
    digest = open_release(str(final)).digest
    kept = folder / f"{digest}.tar"
    kept.write_bytes(final.read_bytes())
    return Built(kept, assembly, load_environments(named), named, project)


def data_bucket(environment: str) -> str:
    """Return the bucket that stands for other teams' data in an account."""
    return f"acme-{environment}-data"


def source_of(environment: str) -> str:
    """Return the address of the rows in an account."""
    return f"s3://{data_bucket(environment)}/rows/{USE_CASE}"


def sink_of(environment: str) -> str:
    """Return the address of the decisions in an account."""
    return f"s3://{data_bucket(environment)}/decisions/{USE_CASE}"


def _with_places(file: Path) -> str:
    """Return the text of a file of environments that names rows and decisions in each."""
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    for name, environment in document["environments"].items():
        if "artifacts" in environment:
            environment.setdefault("sources", {}).setdefault(USE_CASE, source_of(name))
            environment.setdefault("sinks", {}).setdefault(USE_CASE, [sink_of(name)])
    return yaml.safe_dump(document, sort_keys=False)


def _release(project: Path, folder: Path, *further: str) -> Path:
    folder.mkdir()
    command = ["-m", "penstock.cli", "release", "build", "--dirty", "--output", f"{folder}/"]
    run(project, [*command, *further], {})
    (found,) = folder.glob("*.tar")
    return found
