"""KMS's keys of every spec; moto's own are all symmetric."""

from __future__ import annotations

import json
from typing import Any, Self

from infra.rehearsal.cloudformation.made import Made


class Key(Made):
    """A key."""

    TYPE, SERVICE = "AWS::KMS::Key", "kms"
    ATTRIBUTES = ("Arn", "KeyId")

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Create it."""
        del name
        given: dict[str, Any] = {
            each: properties[each]
            for each in ("Description", "KeySpec", "KeyUsage", "MultiRegion")
            if each in properties
        }
        tags = [
            {"TagKey": each["Key"], "TagValue": each["Value"]}
            for each in properties.get("Tags") or []
        ]
        made = client.create_key(
            Policy=json.dumps(properties["KeyPolicy"]), **({"Tags": tags} if tags else {}), **given
        )["KeyMetadata"]
        _rotate(client, made["KeyId"], properties)
        return cls(made["KeyId"], {"Arn": made["Arn"], "KeyId": made["KeyId"]})

    @classmethod
    def change(cls, client: Any, old: Self, name: str, properties: dict[str, Any]) -> Self:
        """Put its policy."""
        del name
        client.put_key_policy(
            KeyId=old.reference, PolicyName="default", Policy=json.dumps(properties["KeyPolicy"])
        )
        _rotate(client, old.reference, properties)
        return old

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Schedule its end."""
        days = int(properties.get("PendingWindowInDays") or 30)
        client.schedule_key_deletion(KeyId=reference, PendingWindowInDays=days)


def _rotate(client: Any, key: str, properties: dict[str, Any]) -> None:
    if str(properties.get("EnableKeyRotation", "false")).lower() == "true":
        client.enable_key_rotation(KeyId=key)
