"""Locks and versions of pipelines in a DynamoDB table.

A pipeline's items share the partition `pipeline/NAME`: `lock`, and `version/000000001` onwards.
Every writing is conditional, and one that a retry repeated is told from one that somebody else won
by reading what is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated
from penstock.deployment.version import State, Version, read_version
from penstock.errors import Problem, RequestError

KEY = {"pk": "S", "sk": "S"}
"""Hash and range key of the table."""

_LOST = ("ConditionalCheckFailedException", "TransactionCanceledException")
_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Lock:
    """Who may change a pipeline now.

    Attributes:
        token: Of the holder, random.
        beat: Changes with every sign of life of the holder.
        owner: The holder, for people.
        since: ISO 8601 in UTC.
        seconds: A holder without a sign of life for so long is gone.
    """

    token: str
    beat: str
    owner: str
    since: str
    seconds: float


class Records:
    """The records of one environment.

    Args:
        table: Name of the table.
        region: Its Region.
    """

    def __init__(self, table: str, region: str) -> None:
        self.table = table
        self._where = f"the table {table}"
        self._client: Any = open_client("dynamodb", region, self._where)

    def lock(self, pipeline: str) -> Lock | None:
        """Return who holds the lock of a pipeline."""
        with self._translated():
            found = self._client.get_item(
                TableName=self.table, Key=_key(pipeline, _LOCK), ConsistentRead=True
            ).get("Item")
        if not found:
            return None
        return Lock(
            found["token"]["S"],
            found["beat"]["S"],
            found["owner"]["S"],
            found["since"]["S"],
            float(found["seconds"]["N"]),
        )

    def take_lock(self, pipeline: str, lock: Lock, over: Lock | None) -> bool:
        """Write a lock where none is, or over one that has not changed since it was read.

        Args:
            pipeline: Its name in the account.
            lock: The new one.
            over: What is there; None: nothing.

        Returns:
            Whether it is there now.
        """
        item = {
            **_key(pipeline, _LOCK),
            "token": {"S": lock.token},
            "beat": {"S": lock.beat},
            "owner": {"S": lock.owner},
            "since": {"S": lock.since},
            "seconds": {"N": str(lock.seconds)},
        }
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if over is not None:
            condition = {
                "ConditionExpression": "#beat = :beat",
                "ExpressionAttributeNames": {"#beat": "beat"},
                "ExpressionAttributeValues": {":beat": {"S": over.beat}},
            }
        if self._wrote("put_item", TableName=self.table, Item=item, **condition):
            return True
        found = self.lock(pipeline)
        return found is not None and found.beat == lock.beat

    def free_lock(self, pipeline: str, token: str) -> None:
        """Remove the lock if its holder has this token."""
        self._wrote(
            "delete_item",
            TableName=self.table,
            Key=_key(pipeline, _LOCK),
            ConditionExpression="#token = :token",
            ExpressionAttributeNames={"#token": "token"},
            ExpressionAttributeValues={":token": {"S": token}},
        )

    def last(self, pipeline: str) -> Version | None:
        """Return the newest version of a pipeline, whatever its state."""
        return next(self._query(pipeline, 1), None)

    def deployed(self, pipeline: str) -> Version | None:
        """Return the newest version that was not abandoned: the one that is there, or comes."""
        return next((each for each in self._query(pipeline) if each.state != "abandoned"), None)

    def versions(self, pipeline: str) -> Sequence[Version]:
        """Return all versions of a pipeline, the newest first."""
        return tuple(self._query(pipeline))

    def begin(self, pipeline: str, version: Version, token: str) -> bool:
        """Write the next version, if the lock is still held and the number is free.

        Returns:
            Whether it is there now.
        """
        item = {
            **_key(pipeline, _number(version.number)),
            "state": {"S": version.state},
            "record": {"S": version.text},
        }
        put = {
            "TableName": self.table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        actions = [self._held(pipeline, token), {"Put": put}]
        if self._wrote("transact_write_items", TransactItems=actions):
            return True
        return self._version(pipeline, version.number) == version

    def settle(self, pipeline: str, version: Version, state: State, token: str) -> bool:
        """Say what became of a version that is being applied, if the lock is still held.

        Returns:
            Whether it is said now.
        """
        update = {
            "TableName": self.table,
            "Key": _key(pipeline, _number(version.number)),
            "UpdateExpression": "SET #state = :new",
            "ConditionExpression": "#state = :old",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": {":new": {"S": state}, ":old": {"S": version.state}},
        }
        actions = [self._held(pipeline, token), {"Update": update}]
        if self._wrote("transact_write_items", TransactItems=actions):
            return True
        return self._version(pipeline, version.number) == version.now(state)

    def _held(self, pipeline: str, token: str) -> dict[str, Any]:
        return {
            "ConditionCheck": {
                "TableName": self.table,
                "Key": _key(pipeline, _LOCK),
                "ConditionExpression": "#token = :token",
                "ExpressionAttributeNames": {"#token": "token"},
                "ExpressionAttributeValues": {":token": {"S": token}},
            }
        }

    def _version(self, pipeline: str, number: int) -> Version | None:
        with self._translated():
            key = _key(pipeline, _number(number))
            answer = self._client.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return self._read(answer["Item"]) if "Item" in answer else None

    def _query(self, pipeline: str, limit: int = 0) -> Iterator[Version]:
        start: dict[str, Any] = {}
        while True:
            with self._translated():
                answer = self._client.query(
                    TableName=self.table,
                    ConsistentRead=True,
                    ScanIndexForward=False,
                    KeyConditionExpression="pk = :pk AND begins_with(sk, :version)",
                    ExpressionAttributeValues={
                        ":pk": {"S": f"pipeline/{pipeline}"},
                        ":version": {"S": "version/"},
                    },
                    **({"Limit": limit} if limit else {}),
                    **start,
                )
            yield from map(self._read, answer["Items"])
            if limit or not answer.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _read(self, item: Any) -> Version:
        where = f"{self._where}, {item['pk']['S']} {item['sk']['S']}"
        texts = {name: item.get(name, {}).get("S", "") for name in ("record", "state")}
        return read_version(texts["record"], texts["state"], where)

    def _wrote(self, operation: str, **arguments: Any) -> bool:
        """Write; False where a condition did not hold."""
        with self._translated():
            try:
                getattr(self._client, operation)(**arguments)
            except Exception as error:
                if error_code(error) not in _LOST:
                    raise
                return False
        return True

    @contextmanager
    def _translated(self) -> Iterator[None]:
        with translated("dynamodb", self._where):
            try:
                yield
            except Exception as error:
                if error_code(error) != "ResourceNotFoundException":
                    raise
                remedy = (
                    "Create it with the hash key `pk` (S) and the range key `sk` (S), or mend "
                    "`records` in environments.yaml; see `pipeline doctor --env`."
                )
                raise RequestError(
                    Problem("there is no such table.", self._where, remedy)
                ) from error


def _key(pipeline: str, kind: str) -> dict[str, Any]:
    return {"pk": {"S": f"pipeline/{pipeline}"}, "sk": {"S": kind}}


def _number(number: int) -> str:
    return f"version/{number:09}"
