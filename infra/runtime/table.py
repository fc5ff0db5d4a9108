"""A table of DynamoDB whose items hold texts, under `pk` and `sk`; every write has a condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Key = tuple[str, str]
"""`pk` and `sk` of an item."""

Item = Mapping[str, str]
Action = Mapping[str, Any]
"""One of a transaction."""

_CONDITIONS = {"None", "ConditionalCheckFailed"}


class Table:
    """One table.

    Args:
        client: Of DynamoDB.
        name: Of the table.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name

    def get(self, key: Key) -> Item | None:
        """Return an item as it is now; None where there is none."""
        answer = self._client.get_item(
            TableName=self._name, Key=_typed(_named(key)), ConsistentRead=True
        )
        found = answer.get("Item")
        return None if found is None else {name: str(value["S"]) for name, value in found.items()}

    def write(self, *actions: Action) -> bool:
        """Do all of it or nothing; return whether every condition held.

        Raises:
            ClientError: DynamoDB refused for another reason, such as another write under way.
        """
        try:
            self._client.transact_write_items(TransactItems=list(actions))
        except self._client.exceptions.TransactionCanceledException as error:
            if {each.get("Code") for each in error.response["CancellationReasons"]} <= _CONDITIONS:
                return False
            raise
        return True

    def creation(self, key: Key, item: Item) -> Action:
        """Return the action that writes an item unless there is one."""
        return {"Put": self._put(key, item, "attribute_not_exists(pk)", {})}

    def replacement(self, key: Key, item: Item, earlier: str) -> Action:
        """Return the action that writes an item in the place of none or of an earlier one.

        Args:
            key: Of the item.
            item: What is written.
            earlier: The attribute that is less in an earlier one.
        """
        condition = f"attribute_not_exists(pk) OR {earlier} < :own"
        return {"Put": self._put(key, item, condition, {":own": {"S": item[earlier]}})}

    def requirement(self, key: Key, attribute: str, value: str) -> Action:
        """Return the action that lets the others be done only if an item says this."""
        return {
            "ConditionCheck": {
                "TableName": self._name,
                "Key": _typed(_named(key)),
                "ConditionExpression": "#a = :v",
                "ExpressionAttributeNames": {"#a": attribute},
                "ExpressionAttributeValues": {":v": {"S": value}},
            }
        }

    def change(self, key: Key, changes: Item, attribute: str, allowed: Sequence[str]) -> Action:
        """Return the action that sets attributes of an item in which one is as allowed."""
        names = {f"#c{number}": name for number, name in enumerate(changes)}
        values = {f":c{number}": value for number, value in enumerate(changes.values())}
        before = {f":b{number}": value for number, value in enumerate(allowed)}
        sets = ", ".join(f"#c{number} = :c{number}" for number in range(len(changes)))
        return {
            "Update": {
                "TableName": self._name,
                "Key": _typed(_named(key)),
                "UpdateExpression": f"SET {sets}",
                "ConditionExpression": f"#a IN ({', '.join(before)})",
                "ExpressionAttributeNames": {**names, "#a": attribute},
                "ExpressionAttributeValues": _typed({**values, **before}),
            }
        }

    def _put(self, key: Key, item: Item, condition: str, values: Action) -> Action:
        return {
            "TableName": self._name,
            "Item": _typed({**item, **_named(key)}),
            "ConditionExpression": condition,
            **({"ExpressionAttributeValues": values} if values else {}),
        }


def _named(key: Key) -> Item:
    return {"pk": key[0], "sk": key[1]}


def _typed(item: Item) -> dict[str, Any]:
    return {name: {"S": value} for name, value in item.items()}
