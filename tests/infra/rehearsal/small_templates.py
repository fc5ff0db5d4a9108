"""Parts of templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

REGION = "eu-west-1"


def role(service: str, name: str = "") -> dict[str, Any]:
    """A role that a service may take."""
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    properties: dict[str, Any] = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}
    }
    if name:
        properties["RoleName"] = name
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def function(name: str, code: Mapping[str, str], **further: Any) -> dict[str, Any]:
    """A function whose role is `Role`."""
    properties = {
        "FunctionName": name,
        "Handler": "parts.small.handle",
        "Runtime": "python3.11",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Timeout": 20,
        "Code": dict(code),
        **further,
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def queue(name: str, **further: Any) -> dict[str, Any]:
    """A queue."""
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name, **further}}


def rule(name: str, pattern: Mapping[str, Any], target: Mapping[str, Any]) -> dict[str, Any]:
    """A rule of the default bus with one target."""
    properties = {
        "Name": name,
        "EventPattern": dict(pattern),
        "State": "ENABLED",
        "Targets": [{"Id": "Target", **target}],
    }
    return {"Type": "AWS::Events::Rule", "Properties": properties}


def template(**resources: Any) -> dict[str, Any]:
    """A template of these resources."""
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


def messages(sqs: Any, name: str) -> list[Any]:
    """Take what is in a queue."""
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for each in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return [json.loads(each["Body"]) for each in found]
