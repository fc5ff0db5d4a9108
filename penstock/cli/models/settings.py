"""The settings that were approved with a model: inference runs by them, not by later ones."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.cli.home import HOME
from penstock.cli.models.reaching import evidence_folder
from penstock.errors import ApprovalError, PenstockError

if TYPE_CHECKING:
    from penstock.approval.port import Live
    from penstock.cli.run_request import RunRequest
    from penstock.registry import Registry
    from penstock.use_case import UseCase

_FOLDER = "use_case"


def as_approved(request: RunRequest) -> tuple[RunRequest, str]:
    """Return the request with the settings that were approved, and what people should know.

    Nothing changes where the use case is as it was approved, where nothing is approved, and for a
    trial or a version that is named and not in force.

    Raises:
        ApprovalError: The settings in the evidence are not those that were approved.
    """
    from penstock.approval.opening import open_approvals
    from penstock.registry import default_uri, open_registry
    from penstock.use_case import load_use_case

    use_case = load_use_case(request.use_case)
    registry = open_registry(request.registry or default_uri())
    live = open_approvals(registry).live(use_case.group, request.stage)
    if live is None or not _is_asked_for(request, live) or _digest(live) == use_case.digest:
        return request, ""
    if not _digest(live).startswith("sha256:"):
        return request, ""
    folder = _approved_folder(registry, live, use_case)
    name = f"{live.group}/{live.version}"
    note = (
        f"the settings of {use_case.name} changed since {name} was approved; it runs by those that "
        "were approved. Train and approve a version with the new ones, or try them: --trial"
    )
    return replace(request, use_case=str(folder)), note


def _is_asked_for(request: RunRequest, live: Live) -> bool:
    wanted = request.model or "live"
    return not request.trial and wanted in (
        "live",
        f"{live.version}",
        f"{live.group}/{live.version}",
    )


def _digest(live: Live) -> str:
    return live.use_case.partition("@")[2]


def _approved_folder(registry: Registry, live: Live, use_case: UseCase) -> Path:
    """Return a folder with the approved files beside the other files of the use case."""
    from penstock.evidence.verify import verify_pack
    from penstock.use_case import load_use_case

    pack = evidence_folder(registry, live.group, live.version, live.evidence)
    problems = verify_pack(pack, digest=live.evidence)
    if problems:
        raise ApprovalError(problems)
    digest = _digest(live).removeprefix("sha256:")
    target = HOME / "approved" / digest / use_case.folder.name
    with suppress(PenstockError):  # A run that is under way may read it: what is right stays.
        load_use_case(f"{target}@{_digest(live)}")
        return target.absolute()
    aside = target.with_name(f".{target.name}.{os.getpid()}.new")
    shutil.rmtree(aside, ignore_errors=True)
    shutil.copytree(use_case.folder, aside, ignore=_settings_of)
    shutil.copytree(pack / _FOLDER, aside, dirs_exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    aside.replace(target)
    load_use_case(f"{target}@{_digest(live)}")
    return target.absolute()


def _settings_of(folder: str, names: Sequence[str]) -> set[str]:
    """Return the files that the approved ones take the place of, gone ones among them."""
    del folder
    return {name for name in names if name.endswith((".yaml", ".sql", ".txt", ".pyc"))}
