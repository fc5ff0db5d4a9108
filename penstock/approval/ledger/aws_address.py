"""Addresses of a ledger on AWS: `dynamodb://TABLE?bucket=BUCKET&key=KMS_KEY`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from penstock.errors import Problem, RequestError

_KNOWN = ("bucket", "key", "region", "name", "days", "mode")
_TABLE = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}")
_MODES = ("compliance", "governance")
_REMEDY = "Write dynamodb://TABLE?bucket=BUCKET&key=alias/KEY, and &region=REGION where needed."


@dataclass(frozen=True, slots=True)
class AwsPlace:
    """Where a ledger is on AWS, and which key signs its records.

    Attributes:
        address: As it was given.
        table: Of DynamoDB, with the hash key `ledger` (text) and the range key `sequence` (number).
        bucket: With Object Lock; it keeps a copy of every record.
        key: Asymmetric key of KMS: id, alias or ARN.
        region: Empty: that of the environment.
        name: Several ledgers can share a table and a bucket.
        days: How long a copy can be removed by nobody.
        mode: Of Object Lock; what is in `governance` can be removed by those with a right of its
            own, what is in `compliance` by nobody.
    """

    address: str
    table: str
    bucket: str
    key: str
    region: str
    name: str
    days: int
    mode: str


def read_aws_address(address: str) -> AwsPlace:
    """Read an address.

    Raises:
        RequestError: Every part that is wrong is listed.
    """
    parts = urlsplit(address)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    days, mode = given.get("days", "3650"), given.get("mode", "compliance")
    name = given.get("name", "penstock")
    wrong = [f"{each!r} is no setting of a ledger on AWS." for each in given if each not in _KNOWN]
    wrong += [f"it names no {each}." for each in ("bucket", "key") if not given.get(each)]
    if not _TABLE.fullmatch(parts.netloc):
        wrong.append(f"{parts.netloc!r} is no name of a table.")
    if not _NAME.fullmatch(name):
        wrong.append(f"{name!r} is no name of a ledger.")
    if not days.isdecimal() or not 1 <= int(days) <= 36_500:
        wrong.append(f"days={days} is no number of days from 1 to 36500.")
    if mode not in _MODES:
        wrong.append(f"mode={mode} is neither {' nor '.join(_MODES)}.")
    if wrong:
        raise RequestError([Problem(what, address, _REMEDY) for what in wrong])
    return AwsPlace(
        address,
        parts.netloc,
        given["bucket"],
        given["key"],
        given.get("region", ""),
        name,
        int(days),
        mode,
    )
