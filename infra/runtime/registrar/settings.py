"""What the registrar is deployed with."""

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
        central: `s3://BUCKET` of the central registry.
        region: Of dev and of the central registry.
        seal_key: ARN of the KMS key that signs promotions.
        dev_role: ARN of the role in dev that reads what an execution ran.
        delivery: What names of delivery pipelines begin with; `-GROUP` follows.
        gate: Stage and action of its gate, such as `Gate/Approve`.
        groups: Use cases by model group.
    """

    releases: str
    central: str
    region: str
    seal_key: str
    dev_role: str
    delivery: str
    gate: str
    groups: Mapping[str, str]

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read the variables.

        Raises:
            SettingsError: They are missing or wrong.
        """
        reader = Reader(environ)
        found = cls(
            reader.place("PENSTOCK_RELEASES"),
            reader.place("PENSTOCK_CENTRAL"),
            reader.text("PENSTOCK_REGION"),
            reader.text("PENSTOCK_SEAL_KEY"),
            reader.text("PENSTOCK_DEV_ROLE"),
            reader.text("PENSTOCK_DELIVERY"),
            reader.text("PENSTOCK_GATE"),
            reader.texts("PENSTOCK_GROUPS"),
        )
        reader.check()
        return found

    @property
    def dev_account(self) -> str:
        """The account of dev."""
        return self.dev_role.split(":")[4] if self.dev_role.count(":") == 5 else ""


def settings_of_environment() -> Settings:
    """Return what the function was deployed with; see `Settings.from_environment`."""
    return Settings.from_environment(os.environ)
