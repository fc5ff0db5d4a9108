"""A pipeline as it is deployed in an account."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.runtime.canonical import sha256

RELEASE, COMMIT = "penstock:release", "penstock:commit"
"""Tags that say where it comes from."""

_DIRTY, _NONE = "-dirty", "none"


@dataclass(frozen=True, slots=True)
class Deployed:
    """A pipeline.

    Attributes:
        arn: Of it.
        definition: Its text.
    """

    arn: str
    definition: str

    @property
    def body(self) -> str:
        """SHA-256 of the definition, 64 hexadecimal digits."""
        return sha256(self.definition.encode())

    @property
    def declared(self) -> frozenset[str]:
        """Names of its parameters."""
        parameters = json.loads(self.definition).get("Parameters") or []
        return frozenset(str(each["Name"]) for each in parameters)


def deployed_pipeline(sagemaker: Any, name: str) -> Deployed:
    """Return the pipeline of a name."""
    found = sagemaker.describe_pipeline(PipelineName=name)
    return Deployed(str(found["PipelineArn"]), str(found["PipelineDefinition"]))


def tags_of(sagemaker: Any, arn: str) -> Mapping[str, str]:
    """Return the tags of a pipeline."""
    pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
    return {each["Key"]: each["Value"] for page in pages for each in page["Tags"]}


def code_of(tags: Mapping[str, str]) -> str:
    """Return the commit that tags name as evidence has it: `<commit>`, or `<commit> dirty`."""
    commit = tags.get(COMMIT, _NONE)
    return "" if commit == _NONE else commit.replace(_DIRTY, " dirty")
