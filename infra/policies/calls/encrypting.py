"""What a call asks of the key that encrypts what it is about.

Sources: S3 User Guide, "Using server-side encryption with AWS KMS keys"; SQS Developer Guide and
SNS Developer Guide, "Key management"; DynamoDB Developer Guide, "How DynamoDB uses AWS KMS".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.policies.calls.call import Call
from infra.policies.question import Question

Keys = Mapping[str, str]
"""ARNs of the keys of KMS by the ARN of what they encrypt."""


def with_key(
    call: Call,
    keys: Keys,
    resource: str,
    *actions: str,
    context: Mapping[str, str] | None = None,
) -> Iterator[Question]:
    """Yield what the service asks KMS in the name of who calls; nothing if it has no key.

    Args:
        call: The call.
        keys: All keys.
        resource: ARN of what is encrypted.
        actions: Such as `kms:Decrypt`.
        context: The encryption context.
    """
    if resource not in keys:
        return
    given = {
        "kms:ViaService": f"{call.service}.{call.region}.amazonaws.com",
        "kms:CallerAccount": call.arn("kms", "").split(":")[4],
        "aws:ViaAWSService": "true",
        **{f"kms:EncryptionContext:{key}": value for key, value in (context or {}).items()},
    }
    for action in actions:
        yield Question(action, keys[resource], given)
