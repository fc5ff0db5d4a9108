"""CodePipeline's pipelines."""

from __future__ import annotations

from typing import Any, Self

from infra.rehearsal.cloudformation.made import Made
from infra.rehearsal.cloudformation.shaping import shaped

_ONLY_IN_TEMPLATES = ("RestartExecutionOnUpdate", "DisableInboundStageTransitions", "Tags")


class DeliveryPipeline(Made):
    """A pipeline."""

    TYPE, NAME, SERVICE = "AWS::CodePipeline::Pipeline", "Name", "codepipeline"
    ATTRIBUTES = ("Version",)

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Create it."""
        tags = [
            {"key": each["Key"], "value": each["Value"]} for each in properties.get("Tags") or []
        ]
        request = shaped(client, "CreatePipeline", {"pipeline": _definition(name, properties)})
        client.create_pipeline(**request, **({"tags": tags} if tags else {}))
        return cls(name, {"Version": "1"})

    @classmethod
    def change(cls, client: Any, old: Self, name: str, properties: dict[str, Any]) -> Self:
        """Update it."""
        if name != old.reference:
            return super().change(client, old, name, properties)
        request = shaped(client, "UpdatePipeline", {"pipeline": _definition(name, properties)})
        version = client.update_pipeline(**request)["pipeline"]["version"]
        return cls(name, {"Version": str(version)})

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Delete it."""
        del properties
        client.delete_pipeline(name=reference)


def _definition(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    given = {key: value for key, value in properties.items() if key not in _ONLY_IN_TEMPLATES}
    stores = given.pop("ArtifactStores", None)
    if stores:
        given["ArtifactStores"] = {each["Region"]: each["ArtifactStore"] for each in stores}
    return {**given, "Name": name}
