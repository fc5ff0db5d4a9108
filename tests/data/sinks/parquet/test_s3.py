"""What is left over in S3 is removed by whoever may, and stays where nobody may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from penstock.data.sinks import open_sink
from penstock.data.sinks.parquet import s3
from penstock.errors import ServiceError


def answer_removals_with(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = botocore.client.BaseClient._make_api_call

    def call(client: Any, operation: str, given: Any) -> Any:
        if operation == "DeleteObject":
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)
        return plain(client, operation, given)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)


@pytest.fixture
def left_over(s3_bucket: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A sink with a file that no manifest names, as if it lay there since yesterday."""
    monkeypatch.setattr(s3, "_LEFT_OVER", timedelta(seconds=-60))
    bucket, key = s3_bucket.removeprefix("s3://"), "decisions/day=1/dead.parquet"
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=b"dead")
    return f"{s3_bucket}/decisions", key


def keys(sink: str) -> list[str]:
    bucket = sink.removeprefix("s3://").partition("/")[0]
    found = boto3.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    return [each["Key"] for each in found]


def test_what_was_left_over_is_removed(left_over, rows):
    sink, key = left_over
    open_sink(sink).publish(rows("orders/1", "2026-11-21", [0.5]))
    assert key not in keys(sink)


def test_what_may_not_be_removed_stays_and_rows_are_published(left_over, rows, monkeypatch):
    sink, key = left_over
    answer_removals_with("AccessDenied", monkeypatch)
    assert open_sink(sink).publish(rows("orders/1", "2026-11-21", [0.5])).rows == 1
    assert key in keys(sink)


def test_another_refusal_is_told(left_over, rows, monkeypatch):
    sink, _ = left_over
    answer_removals_with("InvalidRequest", monkeypatch)
    with pytest.raises(ServiceError) as refused:
        open_sink(sink).publish(rows("orders/1", "2026-11-21", [0.5]))
    assert (
        str(refused.value)
        == f"{sink}: S3 refused: InvalidRequest. Check the bucket and the rights."
    )
