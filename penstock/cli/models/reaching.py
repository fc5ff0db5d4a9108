"""Where the jobs of a run find a registered model and its evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from penstock.cli.home import HOME
from penstock.errors import ApprovalError, Problem

if TYPE_CHECKING:
    from penstock.approval.port import Live
    from penstock.registry import Description, Registry

_READABLE = ("file://", "s3://")


def reachable_model(registry: Registry, found: Description) -> str:
    """Return where jobs find a model: where it is, or a copy of what lies with a server."""
    if found.model_uri.startswith(_READABLE):
        return found.model_uri
    digest = found.properties.get("model_digest", "")
    return _copy(registry, found.registered.group, found.registered.version, digest)


def reachable_live(registry: Registry, live: Live) -> str:
    """Return where jobs find the model in force.

    Raises:
        ApprovalError: What the registry's server gives is not what was approved.
    """
    if live.model_uri.startswith(_READABLE):
        return live.model_uri
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    from penstock.data.digest import content_digest

    uri = _copy(registry, live.group, live.version, live.model_digest)
    found = content_digest(Path(url2pathname(urlsplit(uri).path)))
    if found != live.model_digest:
        what = f"the model has the digest {found}; {live.model_digest} was approved."
        remedy = "See what changed it in the registry's store, or roll back."
        raise ApprovalError(Problem(what, f"{live.group}/{live.version}", remedy))
    return uri


def evidence_folder(registry: Registry, group: str, version: int, digest: str) -> Path:
    """Return a fresh copy of a version's evidence pack, its document checked by the registry."""
    folder = (HOME / "evidence" / digest.removeprefix("sha256:")).absolute()
    registry.fetch_evidence(group, version, folder)
    return folder


def _copy(registry: Registry, group: str, version: int, digest: str) -> str:
    name = digest.removeprefix("sha256:")
    folder = (HOME / "models" / (name or f"{group}-{version}")).absolute()
    if not (name and folder.is_dir()):
        registry.fetch_model(group, version, folder)
    return folder.as_uri()
