"""What CloudFormation keeps and nobody uses."""

from __future__ import annotations

from typing import Any, Self

from infra.rehearsal.cloudformation.made import Made


class CdkMetadata(Made):
    """The note of the CDK of which constructs it used."""

    TYPE = "AWS::CDK::Metadata"
    SERVICE = "sts"

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Keep it."""
        del client, properties
        return cls(name, {})

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Forget it."""
