"""What the function that trains is deployed with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from infra.runtime.settings import Reader


@dataclass(frozen=True, slots=True)
class Settings:
    """What it is deployed with.

    Attributes:
        releases: Folder of the releases, `s3://BUCKET[/PREFIX]`.
        region: Of dev.
        dev_role: ARN of the role in dev that starts and watches training.
        delivery: What names of delivery pipelines begin with; `-GROUP` follows.
        groups: Use cases by model group.
        parameters: What dev gives every execution: `Image`, `Role`, `ArtifactRoot`, `CodeRoot`.
        sources: Where rows are read, by use case.
    """

    releases: str
    region: str
    dev_role: str
    delivery: str
    groups: Mapping[str, str]
    parameters: Mapping[str, str]
    sources: Mapping[str, str]

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read the variables.

        Raises:
            SettingsError: They are missing or wrong.
        """
        reader = Reader(environ)
        found = cls(
            reader.place("PENSTOCK_RELEASES"),
            reader.text("PENSTOCK_REGION"),
            reader.text("PENSTOCK_DEV_ROLE"),
            reader.text("PENSTOCK_DELIVERY"),
            reader.texts("PENSTOCK_GROUPS"),
            reader.texts("PENSTOCK_PARAMETERS"),
            reader.texts("PENSTOCK_SOURCES") if environ.get("PENSTOCK_SOURCES") else {},
        )
        reader.check()
        return found


def settings_of_environment() -> Settings:
    """Return what the function was deployed with; see `Settings.from_environment`."""
    return Settings.from_environment(os.environ)
