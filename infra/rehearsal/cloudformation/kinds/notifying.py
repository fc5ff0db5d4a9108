"""SNS's subscriptions."""

from __future__ import annotations

from typing import Any, Self

from infra.rehearsal.cloudformation.made import Made


class Subscription(Made):
    """A subscription of a topic."""

    TYPE, SERVICE = "AWS::SNS::Subscription", "sns"

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Subscribe."""
        del name
        answer = client.subscribe(
            TopicArn=properties["TopicArn"],
            Protocol=properties["Protocol"],
            Endpoint=properties["Endpoint"],
            ReturnSubscriptionArn=True,
        )
        return cls(answer["SubscriptionArn"], {})

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """End it."""
        del properties
        client.unsubscribe(SubscriptionArn=reference)
