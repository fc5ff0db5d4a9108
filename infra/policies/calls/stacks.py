"""What calls of CloudFormation ask for.

Source: Service Authorization Reference, "AWS CloudFormation"; CloudFormation User Guide, "AWS
CloudFormation service role".
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.policies.calls.call import Call
from infra.policies.calls.encrypting import Keys
from infra.policies.question import Question

_ID = "id"
"""CloudFormation puts one behind the name of a stack; it is not known before."""


def of_stack(call: Call, _: Keys) -> Iterator[Question]:
    """What is about a stack, and hands on the role that CloudFormation is to act as."""
    stack = call.arn("cloudformation", f"stack/{call['StackName']}/{_ID}")
    yield Question(f"cloudformation:{call.operation}", stack)
    if "RoleARN" in call.parameters:
        given = {"iam:PassedToService": "cloudformation.amazonaws.com"}
        yield Question("iam:PassRole", call["RoleARN"], given)
