"""Tells people, through a topic of SNS."""

from __future__ import annotations

from typing import Any

_LONGEST_SUBJECT, _LONGEST_BYTES = 100, 262_144
"""Of Publish: below 100 signs of ASCII, and 256 KiB (botocore 1.44.5)."""


def tell(client: Any, topic: str, subject: str, text: str) -> None:
    """Publish a notice.

    Args:
        client: Of SNS.
        topic: ARN.
        subject: In one line; cut where it is too long.
        text: What it says; cut where it is too long.
    """
    plain = " ".join(subject.encode("ascii", "replace").decode().split())
    body = text.encode()[: _LONGEST_BYTES - 1].decode(errors="ignore")
    client.publish(TopicArn=topic, Subject=plain[: _LONGEST_SUBJECT - 1], Message=body)
