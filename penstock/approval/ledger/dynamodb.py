"""A ledger in a DynamoDB table, with a copy of every record under Object Lock in S3.

A record is there once its copy is: the copy cannot be made twice and cannot be taken away. The row
follows, on the condition that there is none; if its writer was interrupted before that, the next
one completes it. All reading compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from penstock.approval.ledger.aws_address import AwsPlace, read_aws_address
from penstock.approval.ledger.locked_copies import LockedCopies
from penstock.approval.ledger.port import Head, HeadMovedError
from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated
from penstock.errors import ApprovalError, Problem, ServiceError
from penstock.evidence.canonical import digest_of

_RESTORE = (
    "Restore the table from the copies in the bucket, and see in CloudTrail who changed which."
)
_LONGEST_RECORD = 400_000
"""Bytes. An item of DynamoDB has 400 KiB at most, its names and numbers included."""

_READINGS = 3
"""The two stores are read one after the other; what is appended meanwhile looks like a gap."""


class DynamodbLedger:
    """A ledger at an address; see `read_aws_address`."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.place: AwsPlace = read_aws_address(address)
        self._copies = LockedCopies(self.place)

    def records(self) -> Sequence[bytes]:
        """See `Ledger.records`."""
        return self._compared()[0]

    def head(self) -> Head:
        """See `Ledger.head`."""
        return _end_of(self.records())

    def append(self, record: bytes, head: Head) -> Head:
        """See `Ledger.append`.

        Raises:
            HeadMovedError: The ledger ends elsewhere by now; nothing was written.
            ApprovalError: The table or the copies were altered, or the record is too long; nothing
                was written.
            ServiceError: AWS refused or cannot be reached. If it says that the entry stands, its
                copy is there and only its row is not: the next entry completes it.
        """
        if len(record) > _LONGEST_RECORD:
            what = f"the entry has {len(record)} bytes; a row holds {_LONGEST_RECORD}."
            raise ApprovalError(Problem(what, self.address, "Shorten the comment."))
        records, rows = self._compared()
        if _end_of(records) != head:
            raise HeadMovedError
        for number in range(rows + 1, len(records) + 1):
            self._put_row(number, records[number - 1])
        number = head.sequence + 1
        if not self._copies.add(number, record):
            raise HeadMovedError
        try:
            self._put_row(number, record)
        except ServiceError as error:
            raise ServiceError(
                [
                    Problem(
                        f"entry {number} stands, but its row could not be written.",
                        self.address,
                        "The next entry completes it; see whether it is in the history.",
                    ),
                    *error.problems,
                ]
            ) from error
        return Head(number, digest_of(record))

    @cached_property
    def _client(self) -> Any:
        return open_client("dynamodb", self.place.region, self.address)

    def _compared(self) -> tuple[Sequence[bytes], int]:
        """Return the records, and how many of them have a row: all, or all but the last.

        Raises:
            ApprovalError: Rows and copies differ.
        """
        problem = None
        for _ in range(_READINGS):
            copies = self._copies.all()
            rows = self._rows()
            problem = self._difference(copies, rows)
            if problem is None:
                return tuple(copies[number] for number in sorted(copies)), len(rows)
        assert problem is not None  # noqa: S101  # each reading told one
        raise ApprovalError(problem)

    def _difference(self, copies: Mapping[int, bytes], rows: Mapping[int, bytes]) -> Problem | None:
        last = max((*copies, *rows), default=0)
        for number in range(1, last + 1):
            copy, row = copies.get(number), rows.get(number)
            if copy == row and copy is not None:
                continue
            if row is None and copy is not None and number == last:
                return None
            if copy is None and row is None:
                what = f"entry {number} of the ledger is missing."
            elif copy is None:
                what = f"the copy of the ledger's entry {number} is missing."
            elif row is None:
                what = f"the row of the ledger's entry {number} is missing."
            else:
                what = f"the ledger was altered: entry {number} differs from its copy."
            return Problem(what, self.address, _RESTORE)
        return None

    def _rows(self) -> Mapping[int, bytes]:
        found: dict[int, bytes] = {}
        with self._translated():
            pages = self._client.get_paginator("query")
            for page in pages.paginate(
                TableName=self.place.table,
                ConsistentRead=True,
                KeyConditionExpression="ledger = :ledger",
                ExpressionAttributeValues={":ledger": {"S": self.place.name}},
            ):
                for item in page["Items"]:
                    found[int(item["sequence"]["N"])] = _record_of(item)
        return found

    def _put_row(self, number: int, record: bytes) -> None:
        """Write a row that is not there yet; one that says the same is as good.

        Raises:
            ApprovalError: There is another one.
            ServiceError: DynamoDB refused.
        """
        key = {"ledger": {"S": self.place.name}, "sequence": {"N": str(number)}}
        with self._translated():
            try:
                self._client.put_item(
                    TableName=self.place.table,
                    Item={**key, "record": {"B": record}},
                    ConditionExpression="attribute_not_exists(ledger)",
                )
                return
            except Exception as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
            found = self._client.get_item(TableName=self.place.table, Key=key, ConsistentRead=True)
        if _record_of(found.get("Item", {})) != record:
            what = f"the ledger was altered: entry {number} differs from its copy."
            raise ApprovalError(Problem(what, self.address, _RESTORE))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        where = f"the table {self.place.table}"
        with translated("dynamodb", where):
            try:
                yield
            except Exception as error:
                if error_code(error) != "ResourceNotFoundException":
                    raise
                remedy = (
                    "Look at the Region, or create it with the hash key `ledger` (S) and the range "
                    "key `sequence` (N)."
                )
                raise ServiceError(
                    Problem("there is no such table here.", where, remedy)
                ) from error


def _end_of(records: Sequence[bytes]) -> Head:
    return Head(len(records), digest_of(records[-1])) if records else Head()


def _record_of(item: Mapping[str, Any]) -> bytes:
    return bytes(item.get("record", {}).get("B", b""))
