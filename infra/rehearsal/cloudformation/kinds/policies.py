"""Policies of buckets, queues, topics and event buses."""

from __future__ import annotations

import json
from typing import Any, Self

from infra.rehearsal.cloudformation.made import Made


class BucketPolicy(Made):
    """The policy of a bucket."""

    TYPE, SERVICE = "AWS::S3::BucketPolicy", "s3"

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Put it."""
        del name
        bucket = str(properties["Bucket"])
        client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(properties["PolicyDocument"]))
        return cls(bucket, {})

    @classmethod
    def change(cls, client: Any, old: Self, name: str, properties: dict[str, Any]) -> Self:
        """Put the new one over it."""
        del old
        return cls.make(client, name, properties)

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Take it away."""
        del properties
        client.delete_bucket_policy(Bucket=reference)


class QueuePolicy(Made):
    """The policy of queues."""

    TYPE, SERVICE = "AWS::SQS::QueuePolicy", "sqs"

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Put it on each."""
        policy = json.dumps(properties["PolicyDocument"])
        for queue in properties["Queues"]:
            client.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
        return cls(name, {})

    @classmethod
    def change(cls, client: Any, old: Self, name: str, properties: dict[str, Any]) -> Self:
        """Put the new one over it."""
        del name
        return cls.make(client, old.reference, properties)

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Take it from each."""
        del reference
        for queue in properties["Queues"]:
            client.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})


class TopicPolicy(Made):
    """The policy of topics."""

    TYPE, SERVICE = "AWS::SNS::TopicPolicy", "sns"

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Put it on each."""
        policy = json.dumps(properties["PolicyDocument"])
        for topic in properties["Topics"]:
            client.set_topic_attributes(
                TopicArn=topic, AttributeName="Policy", AttributeValue=policy
            )
        return cls(name, {})

    @classmethod
    def change(cls, client: Any, old: Self, name: str, properties: dict[str, Any]) -> Self:
        """Put the new one over it."""
        del name
        return cls.make(client, old.reference, properties)

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Leave it to its topics: a topic is never without one."""


class EventBusPolicy(Made):
    """A statement in the policy of an event bus."""

    TYPE, NAME, SERVICE = "AWS::Events::EventBusPolicy", "StatementId", "events"

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Put it among the statements of its bus."""
        bus = str(properties.get("EventBusName") or "default")
        statement = {**properties["Statement"], "Sid": name}
        others = [each for each in _statements(client, bus) if each.get("Sid") != name]
        policy = {"Version": "2012-10-17", "Statement": [*others, statement]}
        client.put_permission(EventBusName=bus, Policy=json.dumps(policy))
        return cls(name, {})

    @classmethod
    def change(cls, client: Any, old: Self, name: str, properties: dict[str, Any]) -> Self:
        """Put the new one over it."""
        del old
        return cls.make(client, name, properties)

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Take it out of the policy."""
        bus = str(properties.get("EventBusName") or "default")
        client.remove_permission(EventBusName=bus, StatementId=reference)


def _statements(client: Any, bus: str) -> list[dict[str, Any]]:
    policy = client.describe_event_bus(Name=bus).get("Policy")
    return list(json.loads(policy)["Statement"]) if policy else []
