"""What calls of AWS Glue and AWS Secrets Manager ask for.

Sources: Service Authorization Reference, "AWS Glue", "AWS Secrets Manager"; AWS Glue Developer
Guide, "Specifying AWS Glue resource ARNs".
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.policies.calls.call import Call
from infra.policies.calls.encrypting import Keys
from infra.policies.question import Question

_SUFFIX = "-Ab1cD2"
"""Such as AWS Secrets Manager adds to names: what it is nobody knows before."""


def of_table(call: Call, _: Keys) -> Iterator[Question]:
    """What is about a table: it, its database and the catalog."""
    table = call.parameters.get("Name") or call["TableInput"]["Name"]
    resources = ("catalog", f"database/{call['DatabaseName']}")
    for each in (*resources, f"table/{call['DatabaseName']}/{table}"):
        yield Question(f"glue:{call.operation}", call.arn("glue", each))


def of_database(call: Call, _: Keys) -> Iterator[Question]:
    """What is about a database: it and the catalog."""
    for each in ("catalog", f"database/{call['Name']}"):
        yield Question(f"glue:{call.operation}", call.arn("glue", each))


def of_secret(call: Call, _: Keys) -> Iterator[Question]:
    """GetSecretValue: the secret. Of one that is not there nothing is told, and nothing needed."""
    if call.error:
        return
    name = str(call["SecretId"])
    arn = name if name.startswith("arn:") else call.arn("secretsmanager", f"secret:{name}{_SUFFIX}")
    yield Question("secretsmanager:GetSecretValue", arn)
