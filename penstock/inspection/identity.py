"""Who these credentials are, and when it is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import translated
from penstock.inspection.finding import Finding

_SKEW_SECONDS = 60
"""AWS refuses signatures that are five minutes off; this is said in time."""


def caller(account: str, region: str) -> Mapping[str, Any]:
    """Ask STS who these credentials are, and return its answer.

    Args:
        account: What the file says.
        region: Where STS is asked.

    Raises:
        ServiceError: There are no credentials, they do not hold, or STS cannot be reached.
    """
    client = open_client("sts", region)
    with translated("sts", f"AWS account {account}"):
        answer: Mapping[str, Any] = client.get_caller_identity()
    return answer


def identity(answer: Mapping[str, Any], account: str, place: str) -> Finding:
    """Compare the account of the credentials with the file's.

    Args:
        answer: Of STS.
        account: What the file says.
        place: `file:line` of it.
    """
    if answer["Account"] == account:
        return Finding("identity", "ok", f"{answer['Arn']} in account {account}")
    return Finding(
        "identity",
        "broken",
        f"the file says {account}, STS says {answer['Account']} ({answer['Arn']})",
        f"Sign in to {account}: another AWS_PROFILE or role; or mend {place}.",
    )


def clock(answer: Mapping[str, Any], now: datetime) -> Iterator[Finding]:
    """Compare this machine's clock with the service's, where its answer tells the time.

    Args:
        answer: Of boto3.
        now: This machine's time.
    """
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        there = parsedate_to_datetime(date)
    except ValueError:
        return
    seconds = round(abs((now - there).total_seconds()))
    said = f"{seconds} s from the service's"
    if seconds > _SKEW_SECONDS:
        yield Finding("clock", "warning", said, "Set it: AWS refuses requests 5 minutes off.")
    else:
        yield Finding("clock", "ok", said)
