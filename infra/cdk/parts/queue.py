"""A queue with its dead letters, each with an alarm."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.cdk.acknowledging import acknowledge
from infra.cdk.naming import Names
from infra.cdk.parts.alarm import Alarms
from infra.cdk.statements import Statement, deny, document

_FORTNIGHT = 14 * 24 * 3600


def make_queue(
    scope: Construct,
    title: str,
    names: Names,
    name: str,
    *,
    key: str,
    senders: Sequence[Statement],
    alarms: Alarms,
    seconds: int = 360,
    tries: int = 5,
    waits_long: int = 1800,
) -> sqs.CfnQueue:
    """Make a queue `penstock-ENV-NAME` and `penstock-ENV-NAME-dead`.

    Args:
        key: ARN of the key that encrypts both.
        senders: Who may send.
        alarms: Where the alarms go.
        seconds: How long a message that is worked on is hidden.
        tries: How often it is tried before it is a dead letter.
        waits_long: Seconds after which people are told that it waits.
    """
    dead = make_dead_letters(scope, title, names, name, key=key, senders=(), alarms=alarms)
    queue = sqs.CfnQueue(
        scope,
        f"{title}Queue",
        queue_name=names.of(name),
        kms_master_key_id=key,
        visibility_timeout=seconds,
        message_retention_period=_FORTNIGHT,
        redrive_policy={"deadLetterTargetArn": dead.attr_arn, "maxReceiveCount": tries},
    )
    queue.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    _policy(scope, f"{title}QueuePolicy", queue, names.queue(name), senders)
    alarms.make(
        f"{title}WaitsLong",
        names.of(f"{name}-waits-long"),
        f"A message has waited for {waits_long // 60} minutes in {names.of(name)}: "
        "see the function's log.",
        "AWS/SQS",
        "ApproximateAgeOfOldestMessage",
        {"QueueName": names.of(name)},
        threshold=waits_long,
        statistic="Maximum",
    )
    return queue


def make_dead_letters(
    scope: Construct,
    title: str,
    names: Names,
    name: str,
    *,
    key: str,
    senders: Sequence[Statement],
    alarms: Alarms,
) -> sqs.CfnQueue:
    """Make a queue for what could not be delivered, `penstock-ENV-NAME-dead`."""
    called = f"{name}-dead"
    dead = sqs.CfnQueue(
        scope,
        f"{title}DeadQueue",
        queue_name=names.of(called),
        kms_master_key_id=key,
        message_retention_period=_FORTNIGHT,
    )
    acknowledge(dead, ("SQS3", "It is where dead letters go."))
    dead.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    _policy(scope, f"{title}DeadQueuePolicy", dead, names.queue(called), senders)
    alarms.make(
        f"{title}Dead",
        names.of(f"{name}-dead-letters"),
        f"Something could not be delivered and lies in {names.of(called)}: read it, mend, redrive.",
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        {"QueueName": names.of(called)},
        statistic="Maximum",
    )
    return dead


def _policy(
    scope: Construct, title: str, queue: sqs.CfnQueue, arn: str, senders: Sequence[Statement]
) -> None:
    clear = deny(
        "NothingInClearText",
        ["sqs:*"],
        [arn],
        {"Bool": {"aws:SecureTransport": "false"}},
        AWS=["*"],
    )
    sqs.CfnQueuePolicy(scope, title, queues=[queue.ref], policy_document=document(clear, *senders))
