"""The topic that failures of an account are told to."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.cdk.naming import Names
from infra.cdk.statements import allow, deny, document


def make_topic(
    scope: Construct,
    names: Names,
    *,
    key: str,
    told: Sequence[str],
    publishers: Sequence[str] = (),
) -> sns.CfnTopic:
    """Make the topic.

    Args:
        told: Addresses of e-mail that are written to.
        key: ARN of the key that encrypts it.
        publishers: ARNs of roles that may publish.
    """
    topic = sns.CfnTopic(
        scope,
        "AlarmsTopic",
        topic_name=names.of("alarms"),
        kms_master_key_id=key,
        subscription=[
            sns.CfnTopic.SubscriptionProperty(endpoint=each, protocol="email") for each in told
        ],
    )
    alarms = allow(
        "Alarms",
        ["sns:Publish"],
        [names.topic],
        {"StringEquals": {"aws:SourceAccount": names.account}},
        Service=["cloudwatch.amazonaws.com", "codestar-notifications.amazonaws.com"],
    )
    clear = deny(
        "NothingInClearText",
        ["sns:Publish"],
        [names.topic],
        {"Bool": {"aws:SecureTransport": "false"}},
        AWS=["*"],
    )
    statements = [clear, alarms]
    if publishers:
        statements.append(allow("Functions", ["sns:Publish"], [names.topic], AWS=publishers))
    sns.CfnTopicPolicy(
        scope, "AlarmsTopicPolicy", topics=[topic.ref], policy_document=document(*statements)
    )
    return topic
