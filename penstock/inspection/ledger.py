"""Whether the ledger of approvals can be read and written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from penstock.approval.ledger.aws_address import read_aws_address
from penstock.inspection.bucket import bucket
from penstock.inspection.file import file
from penstock.inspection.finding import Finding
from penstock.inspection.key import SIGNING, key
from penstock.inspection.looking import told
from penstock.inspection.table import table

_KEY = {"ledger": "S", "sequence": "N"}


def ledger(address: str, region: str, place: str) -> Iterator[Finding]:
    """Look at a ledger: its table, the bucket of its copies, and its key.

    Args:
        address: Of the ledger.
        region: Of the environment.
        place: `file:line` of it.

    Raises:
        RequestError: It is no address of a ledger; every wrong part is listed.
    """
    if address.startswith("sqlite:"):
        yield from file("ledger", Path(address.removeprefix("sqlite:///")))
        return
    found = read_aws_address(address)
    there = found.region or region
    copies = f"s3://{found.bucket}"
    yield from told("ledger", table("ledger", found.table, there, _KEY, place))
    yield from told("ledger", bucket("ledger", copies, there, place, without_lock="broken"))
    yield from told("ledger", key("ledger", found.key, there, SIGNING, place), "warning")
