"""What the starter reads of its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.runtime.settings import Reader


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one account.

    Attributes:
        environment: Its name, such as `prod`.
        promotions: Name of the table.
        topic: ARN of the topic that people read.
        groups: The use case by model package group.
        parameters: What the environment gives a pipeline: Image, Role, ArtifactRoot, CodeRoot.
        sources: Address of the data by use case.
        sinks: Addresses of the decisions by use case.
        incremental: Use cases that train on what was appended since the last version.
        waiting: Address of the queue of starts that wait for a promotion; empty: none waits.
        suffix: Of the pipelines' names, see `pipeline_of`.
    """

    environment: str
    promotions: str
    topic: str
    groups: Mapping[str, str]
    parameters: Mapping[str, str]
    sources: Mapping[str, str]
    sinks: Mapping[str, tuple[str, ...]]
    incremental: tuple[str, ...] = ()
    waiting: str = ""
    suffix: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read them.

        Raises:
            SettingsError: Some are missing or wrong; all of those are told.
        """
        reader = Reader(environ)
        found = cls(
            environment=reader.text("PENSTOCK_ENVIRONMENT"),
            promotions=reader.text("PENSTOCK_PROMOTIONS"),
            topic=reader.text("PENSTOCK_TOPIC"),
            groups=reader.texts("PENSTOCK_GROUPS"),
            parameters=reader.texts("PENSTOCK_PARAMETERS"),
            sources=reader.texts("PENSTOCK_SOURCES"),
            sinks=reader.lists("PENSTOCK_SINKS"),
            incremental=reader.optional_list("PENSTOCK_INCREMENTAL"),
            waiting=reader.optional("PENSTOCK_WAITING"),
            suffix=reader.optional("PENSTOCK_SUFFIX"),
        )
        reader.check()
        return found
