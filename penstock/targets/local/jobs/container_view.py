"""The folder of an attempt, as the container of the service would see it."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = re.compile(r"(?<![\w.~})-])/opt/ml(?![\w-]|\.\w)")
"""The folder itself: neither the end of another path, as in `~/opt/ml`, nor the start of a name."""

FAILURE_CHARACTERS = 1024
"""The service keeps so much of `/opt/ml/output/failure`."""


@dataclass(frozen=True, slots=True)
class ContainerView:
    """`folder` holds `opt/ml/...`, the logs and the working directory of one attempt."""

    folder: Path

    @property
    def root(self) -> Path:
        """What `/opt/ml` is."""
        return self.folder / "opt" / "ml"

    @property
    def work(self) -> Path:
        """The working directory."""
        return self.folder / "work"

    def path(self, inside: str) -> Path:
        """Return where a path of the container is here; none leads out of `folder`."""
        return self.folder / posixpath.normpath(f"/{inside}").lstrip("/")

    def mapped(self, text: str) -> str:
        """Return a text in which every `/opt/ml` is the folder here."""
        return _ROOT.sub(lambda _: str(self.root), text)

    def make(self, *inside: str) -> None:
        """Make folders of the container, and the working directory."""
        self.work.mkdir(parents=True, exist_ok=True)
        for path in inside:
            self.path(path).mkdir(parents=True, exist_ok=True)

    def write_json(self, inside: str, value: Any) -> None:
        """Write a configuration file of the container."""
        file = self.path(inside)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value, indent=1, sort_keys=True), encoding="utf-8")

    def failure(self) -> str | None:
        """Return what the job wrote about its failure, as much as the service keeps."""
        for name in ("failure", "message"):
            file = self.root / "output" / name
            if file.is_file():
                with file.open(encoding="utf-8", errors="replace") as stream:
                    text = stream.read(FAILURE_CHARACTERS).strip()
                if text:
                    return text
        return None

    def log_tail(self, lines: int = 20, *, block_bytes: int = 16384) -> tuple[str, ...]:
        """Return the last lines of what the job printed: errors, else output.

        Args:
            lines: How many at most.
            block_bytes: How much of the end of the log is looked at.
        """
        for name in ("stderr.log", "stdout.log"):
            file = self.folder / name
            if file.is_file() and file.stat().st_size:
                with file.open("rb") as stream:
                    stream.seek(max(0, file.stat().st_size - block_bytes))
                    found = stream.read().decode(errors="replace").rstrip().splitlines()
                if found:
                    return tuple(found[-lines:])
        return ()


def resource_configuration(cluster: Mapping[str, Any]) -> dict[str, Any]:
    """Return `resourceconfig.json` of a job on one host."""
    return {
        "current_host": "algo-1",
        "current_instance_type": cluster.get("InstanceType", "local"),
        "current_group_name": "homogeneousCluster",
        "hosts": ["algo-1"],
        "instance_groups": [
            {
                "instance_group_name": "homogeneousCluster",
                "instance_type": cluster.get("InstanceType", "local"),
                "hosts": ["algo-1"],
            }
        ],
        "network_interface_name": "lo",
    }
