"""What the deployer reads of its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.runtime.errors import SettingsError
from infra.runtime.settings import Reader

_PRODUCTION = "prod"
"""The kind of environment in which a model goes live; in any other it is on trial."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one account; what only the other kind needs is empty.

    Attributes:
        environment: Its name, such as `pre-prod`.
        tooling: Account of the central registry.
        region: Of the registry.
        releases: Folder of the releases, `s3://BUCKET[/PREFIX]`.
        central: `s3://BUCKET` of the central registry.
        promotions: Name of the table.
        seal: ARN of the key that signs statements.
        topic: ARN of the topic that people read.
        groups: The use case by model package group.
        parameters: What the environment gives a pipeline: Image, Role, ArtifactRoot, CodeRoot.
        sources: Address of the data by use case; on trial.
        bus: ARN of tooling's event bus; on trial.
        ledger: `s3://BUCKET` of what was live; in production.
        suffix: What pipelines' names end with where stages share an account, such as `-pre-prod`.
    """

    environment: str
    tooling: str
    region: str
    releases: str
    central: str
    promotions: str
    seal: str
    topic: str
    groups: Mapping[str, str]
    parameters: Mapping[str, str]
    sources: Mapping[str, str]
    bus: str
    ledger: str
    suffix: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read them.

        Raises:
            SettingsError: Some are missing or wrong; all of those are told.
        """
        reader = Reader(environ)
        environment = reader.text("PENSTOCK_ENVIRONMENT")
        live = _is_production(environment)
        found = cls(
            environment=environment,
            tooling=reader.text("PENSTOCK_TOOLING_ACCOUNT"),
            region=reader.text("PENSTOCK_REGION"),
            releases=reader.place("PENSTOCK_RELEASES"),
            central=reader.place("PENSTOCK_CENTRAL"),
            promotions=reader.text("PENSTOCK_PROMOTIONS"),
            seal=reader.text("PENSTOCK_SEAL_KEY"),
            topic=reader.text("PENSTOCK_TOPIC"),
            groups=reader.texts("PENSTOCK_GROUPS"),
            parameters=reader.texts("PENSTOCK_PARAMETERS"),
            sources={} if live else reader.texts("PENSTOCK_SOURCES"),
            bus="" if live else reader.text("PENSTOCK_TOOLING_BUS"),
            ledger=reader.place("PENSTOCK_LEDGER") if live else "",
            suffix=reader.optional("PENSTOCK_SUFFIX"),
        )
        reader.check()
        if not live and not found.parameters.get("ArtifactRoot"):
            raise SettingsError(["PENSTOCK_PARAMETERS holds no ArtifactRoot."])
        return found

    @property
    def is_production(self) -> bool:
        """Whether models go live here."""
        return _is_production(self.environment)


def _is_production(environment: str) -> bool:
    """Return whether a name is `prod`, or `prod` with a suffix such as `prod-us`."""
    return environment == _PRODUCTION or environment.startswith(f"{_PRODUCTION}-")
