"""What calls of DynamoDB ask for.

Sources: Service Authorization Reference, "Amazon DynamoDB"; DynamoDB Developer Guide, "IAM for
transactions".
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.policies.calls.call import Call
from infra.policies.calls.encrypting import Keys, with_key
from infra.policies.errors import PolicyError, Problem
from infra.policies.question import Question

_OF_TRANSACTIONS = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}


def of_item(call: Call, keys: Keys) -> Iterator[Question]:
    """What reads or writes one item, or searches a table."""
    yield from _of_table(call, keys, call["TableName"], f"dynamodb:{call.operation}", {})


def transaction(call: Call, keys: Keys) -> Iterator[Question]:
    """TransactWriteItems: what each of its actions asks for by itself."""
    enclosing = {"dynamodb:EnclosingOperation": call.operation}
    for each in call["TransactItems"]:
        for kind, action in each.items():
            if kind not in _OF_TRANSACTIONS:
                what = f"{call}: what {kind} asks for is not known."
                raise PolicyError(Problem(what, "", "Add it to infra/policies/calls/items.py."))
            yield from _of_table(call, keys, action["TableName"], _OF_TRANSACTIONS[kind], enclosing)


def _of_table(
    call: Call, keys: Keys, name: str, action: str, given: dict[str, str]
) -> Iterator[Question]:
    table = call.named("dynamodb", "table/", name)
    yield Question(action, table, given)
    _, _, _, _, account, resource = table.split(":", 5)
    context = {
        "aws:dynamodb:tableName": resource.removeprefix("table/"),
        "aws:dynamodb:subscriberId": account,
    }
    yield from with_key(call, keys, table, "kms:Decrypt", context=context)
