"""What calls of KMS and STS ask for.

Sources: Service Authorization Reference, "AWS Key Management Service", "AWS Security Token
Service".
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.policies.calls.call import Call
from infra.policies.calls.encrypting import Keys
from infra.policies.question import Question


def seal(call: Call, _: Keys) -> Iterator[Question]:
    """Sign and Verify: the key, by its alias or its ARN."""
    given = {
        "kms:SigningAlgorithm": str(call["SigningAlgorithm"]),
        "kms:MessageType": str(call.parameters.get("MessageType", "RAW")),
        "kms:CallerAccount": call.principal.account,
    }
    yield Question(f"kms:{call.operation}", _key(call), given)


def of_key(call: Call, _: Keys) -> Iterator[Question]:
    """What is about a key and uses it for nothing."""
    yield Question(
        f"kms:{call.operation}", _key(call), {"kms:CallerAccount": call.principal.account}
    )


def take_role(call: Call, _: Keys) -> Iterator[Question]:
    """AssumeRole: the role, whose trust policy has a say too."""
    given = {"sts:RoleSessionName": str(call["RoleSessionName"])}
    if "ExternalId" in call.parameters:
        given["sts:ExternalId"] = str(call["ExternalId"])
    yield Question("sts:AssumeRole", call["RoleArn"], given)


def who_am_i(_: Call, __: Keys) -> Iterator[Question]:
    """GetCallerIdentity: nobody needs a permission for it."""
    yield from ()


def _key(call: Call) -> str:
    name = str(call["KeyId"])
    return call.named("kms", "" if name.startswith("alias/") else "key/", name)
