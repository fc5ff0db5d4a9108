"""What a pipeline in an account shall be."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from penstock.deployment.origin import Origin

BODY, RELEASE, COMMIT = "penstock:body", "penstock:release", "penstock:commit"
OWNER, EXPIRES, SUFFIX = "penstock:owner", "penstock:expires", "penstock:suffix"

MANAGED_BY, CDK = "penstock:managed-by", "cdk"
"""Tag of what a delivery deploys; `upsert` leaves it alone."""

FOLLOWING = (OWNER, EXPIRES)
"""Tags that are written with a change and are none by themselves."""


def body_digest(definition: str) -> str:
    """Return the sha256 of a definition's text, 64 digits."""
    return hashlib.sha256(definition.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Wanted:
    """One pipeline of an environment as it shall be.

    Attributes:
        name: In the account.
        definition: Its text.
        assets: What it refers to below `CodeRoot`, by path.
        settings: Files of the use cases it was compiled with, by digest and file name.
        role: ARN it runs as.
        parallel: Steps of one execution that run side by side.
        parameters: What the environment gives every execution.
        tags: Those of the environment and of a personal copy.
        origin: Commit and release.
    """

    name: str
    definition: str
    assets: Mapping[str, bytes]
    role: str
    parallel: int
    parameters: Mapping[str, str]
    origin: Origin
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> str:
        """sha256 of the definition's text."""
        return body_digest(self.definition)

    @property
    def all_tags(self) -> Mapping[str, str]:
        """The tags with what says where it comes from."""
        commit = self.origin.commit or "none"
        return {
            **self.tags,
            BODY: self.body,
            RELEASE: self.origin.release or "none",
            COMMIT: f"{commit}-dirty" if self.origin.dirty else commit,
        }


@dataclass(frozen=True, slots=True)
class Existing:
    """One pipeline as it is in an account.

    Attributes:
        arn: Of it.
        definition: Its text.
        role: ARN it runs as.
        parallel: Steps side by side; 0: as many as SageMaker allows.
        tags: All of them.
        changed: When it was changed last, ISO 8601 in UTC.
        changed_by: Who did; empty: SageMaker does not say.
    """

    arn: str
    definition: str
    role: str
    parallel: int
    tags: Mapping[str, str]
    changed: str = ""
    changed_by: str = ""

    @property
    def body(self) -> str:
        """sha256 of the definition's text."""
        return body_digest(self.definition)


Document = Mapping[str, Any]
