"""Which rows an execution reads: pinned where the catalog can be asked."""

import functools
import gzip
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.runtime.errors import Refused
from infra.runtime.metadata import encode
from infra.runtime.rows import Rows
from infra.runtime.waiting import NotYet
from infra.runtime.watermark import watermark_of

REGION = "us-east-1"


def snapshot(number: int, parent: int | None = None, operation: str = "append") -> dict[str, Any]:
    """Return what metadata lists of a snapshot whose id is its number in the table's sequence."""
    made: dict[str, Any] = {
        "snapshot-id": number,
        "sequence-number": number,
        "timestamp-ms": 1_000 * number,
        "summary": {"operation": operation},
    }
    return made if parent is None else made | {"parent-snapshot-id": parent}


APPENDED = [snapshot(1), *(snapshot(each, each - 1) for each in range(2, 6))]


@functools.cache
def client(service: str) -> Any:
    return boto3.session.Session().client(service, region_name=REGION)


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket with a warehouse, whose catalog is Glue."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    name = f"lake-{secrets.token_hex(5)}"
    with mock_aws():
        client("s3").create_bucket(Bucket=name)
        client("glue").create_database(DatabaseInput={"Name": "fraud"})
        yield name


@pytest.fixture
def commit(lake: str) -> Callable[..., str]:
    """Make a snapshot the current one; return the address of the table."""

    def made(
        snapshot: object,
        ending: str = "metadata.json",
        name: str = "fraud.rows",
        snapshots: Sequence[dict[str, Any]] = APPENDED,
    ) -> str:
        told = {
            "format-version": 2,
            "current-snapshot-id": snapshot,
            "last-sequence-number": max(each["sequence-number"] for each in snapshots),
            "snapshots": snapshots,
        }
        content = json.dumps(told).encode()
        key = f"warehouse/{name}/metadata/{secrets.token_hex(4)}.{ending}"
        packed = gzip.compress(content) if ending.startswith("gz") else content
        client("s3").put_object(Bucket=lake, Key=key, Body=packed)
        return into_glue(f"s3://{lake}/{key}", name)

    def into_glue(place: str, name: str) -> str:
        database, _, table = name.partition(".")
        given = {
            "Name": table,
            "Parameters": {"table_type": "ICEBERG", "metadata_location": place},
        }
        glue = client("glue")
        known = {each["Name"] for each in glue.get_tables(DatabaseName=database)["TableList"]}
        call = glue.update_table if table in known else glue.create_table
        call(DatabaseName=database, TableInput=given)
        return f"iceberg+glue://?region={REGION}&warehouse=s3://{lake}/warehouse#{name}"

    return made


def with_options(uri: str, options: str) -> str:
    place, _, table = uri.partition("#")
    return f"{place}&{options}#{table}"


@pytest.mark.parametrize("ending", ["metadata.json", "gz.metadata.json"])
def test_a_table_of_glue_is_read_at_the_snapshot_that_is_current(
    commit: Callable[..., str], ending: str
) -> None:
    commit(11)
    uri = commit(9007199254740993, ending)
    assert Rows().pinned(uri) == with_options(uri, "snapshot=9007199254740993")


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "s3://bucket/rows?#",
        "postgresql://user@host/db#table",
        "iceberg+rest://host?token=env:TOKEN#fraud.rows",
        "iceberg+sqlite:///folder#fraud.rows",
        "iceberg+glue://?region=us-east-1&snapshot=7#fraud.rows",
    ],
)
def test_what_has_no_snapshots_or_cannot_be_asked_or_names_one_stays(uri: str) -> None:
    assert Rows().pinned(uri) == uri


def test_a_table_that_cannot_be_read_is_refused(lake: str, commit: Callable[..., str]) -> None:
    start = f"iceberg+glue://?region={REGION}#fraud."
    client("glue").create_table(DatabaseName="fraud", TableInput={"Name": "plain"})
    uri = commit(1)
    client("s3").delete_objects(
        Bucket=lake,
        Delete={
            "Objects": [
                {"Key": each["Key"]}
                for each in client("s3").list_objects_v2(Bucket=lake)["Contents"]
            ]
        },
    )
    place = client("glue").get_table(DatabaseName="fraud", Name="rows")["Table"]["Parameters"]
    with pytest.raises(NotYet) as vacuumed:
        Rows().pinned(uri)
    assert str(vacuumed.value) == f"{uri}: its metadata {place['metadata_location']} is gone."
    empty = commit(-1)
    expected = {
        f"{start}row": "the catalog has no table fraud.row. Mend the address of the rows.",
        f"{start}plain": "this is no Iceberg table. Mend the address of the rows.",
        empty: "the table holds no rows yet. Append a batch first (pipeline data new-batch).",
    }
    for each, message in expected.items():
        with pytest.raises(Refused) as caught:
            Rows().pinned(each)
        assert str(caught.value) == f"{each}: {message}"


def register(uri: str, snapshot: str, **properties: str) -> None:
    from infra.runtime.table_address import table_address

    table = table_address(uri)
    assert table is not None
    facts = {"data_table": table.label, "data_snapshot_to": snapshot, **properties}
    sagemaker = client("sagemaker")
    if not sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]:
        sagemaker.create_model_package_group(ModelPackageGroupName="fraud")
    entries = encode(facts) | {"penstock.format": "1"}
    sagemaker.create_model_package(
        ModelPackageGroupName="fraud", CustomerMetadataProperties=entries
    )


def test_an_increment_begins_where_the_newest_version_of_the_table_ended(
    commit: Callable[..., str],
) -> None:
    uri = commit(5)
    other = commit(5, name="fraud.others")
    register(uri, "3")
    register(uri, "4")
    register(other, "5")
    register(uri, "none")
    assert Rows().appended(uri, "fraud") == with_options(uri, "since=4&snapshot=5")
    given = with_options(uri, "since=2")
    assert Rows().appended(given, "fraud") == with_options(uri, "since=2&snapshot=5")


def test_a_table_in_another_catalog_gets_its_beginning_and_no_end(lake: str) -> None:
    uri = "iceberg+rest://host#fraud.rows"
    register(uri, "4")
    assert Rows().appended(uri, "fraud") == "iceberg+rest://host?since=4#fraud.rows"


def test_without_an_earlier_version_all_rows_are_new(commit: Callable[..., str]) -> None:
    uri = commit(5)
    client("sagemaker").create_model_package_group(ModelPackageGroupName="fraud")
    assert Rows().appended(uri, "fraud") == with_options(uri, "snapshot=5")
    assert Rows().appended("s3://bucket/rows", "fraud") == "s3://bucket/rows"


def test_an_increment_of_nothing_is_refused(commit: Callable[..., str]) -> None:
    uri = commit(5)
    register(uri, "5")
    with pytest.raises(Refused) as caught:
        Rows().appended(uri, "fraud")
    assert str(caught.value) == (
        f"{uri}: nothing was appended since fraud/1 was trained (snapshot 5). Append a batch "
        "(pipeline data new-batch), or train on all rows with --window all."
    )


@pytest.mark.parametrize("since", ["3", "4", "5"])
def test_snapshots_that_only_rewrite_files_append_nothing(
    commit: Callable[..., str], since: str
) -> None:
    uri = commit(5, snapshots=[*APPENDED[:3], snapshot(4, 3, "replace"), snapshot(5, 4, "replace")])
    register(uri, since)
    with pytest.raises(Refused, match=f"nothing was appended since fraud/1 .*snapshot {since}"):
        Rows().appended(uri, "fraud")


def test_what_was_appended_before_or_after_a_rewriting_counts(commit: Callable[..., str]) -> None:
    uri = commit(5, snapshots=[*APPENDED[:3], snapshot(4, 3, "replace"), snapshot(5, 4)])
    register(uri, "3")
    assert Rows().appended(uri, "fraud") == with_options(uri, "since=3&snapshot=5")


FULL_READ = "Read the whole table instead (--window all)."
NO_ANCESTORS: dict[str, tuple[int, list[dict[str, Any]], str]] = {
    "rolled back": (
        3,
        APPENDED,
        "snapshot 4 is no ancestor of 3 but follows it: the table was rolled back, or an old "
        f"snapshot named; what was added cannot be told. {FULL_READ}",
    ),
    "another branch": (
        5,
        [*APPENDED[:4], snapshot(5, 3)],
        "snapshot 4 is no ancestor of 5: the table was rolled back, or they are of two branches; "
        f"what was added cannot be told. {FULL_READ}",
    ),
    "expired": (
        5,
        [*APPENDED[:3], APPENDED[4]],
        "there is no snapshot 4: it has expired, or the table was dropped and made again. "
        f"{FULL_READ}",
    ),
    "of another table": (
        3,
        APPENDED[:3],
        "there is no snapshot 4: no snapshot of this table has expired, so it is of another "
        f"table, or the table was dropped and made again. {FULL_READ}",
    ),
}


@pytest.mark.parametrize("how", NO_ANCESTORS)
@pytest.mark.parametrize("by", ["watermark", "address"])
def test_an_increment_after_what_is_no_ancestor_is_refused(
    commit: Callable[..., str], how: str, by: str
) -> None:
    current, snapshots, message = NO_ANCESTORS[how]
    uri = commit(current, snapshots=snapshots)
    asked = uri if by == "watermark" else with_options(uri, "since=4")
    register(uri, "4")
    with pytest.raises(Refused) as caught:
        Rows().appended(asked, "fraud")
    assert str(caught.value) == f"{with_options(uri, 'since=4')}: {message}"


def test_where_expired_snapshots_cut_the_chain_the_step_that_reads_decides(
    commit: Callable[..., str],
) -> None:
    uri = commit(5, snapshots=[APPENDED[2], APPENDED[4]])
    register(uri, "3")
    assert Rows().appended(uri, "fraud") == with_options(uri, "since=3&snapshot=5")


class Versions:
    """A registry of many versions, the newest first."""

    def __init__(self, count: int, **facts: str) -> None:
        self.count, self.facts, self.described, self.pages = count, facts, 0, 0

    def get_paginator(self, name: str) -> Any:
        real = boto3.session.Session().client("sagemaker", region_name=REGION)
        real.list_model_packages = self._list
        paginator = real.get_paginator(name)
        paginator._method = self._list
        return paginator

    def _list(self, MaxResults: int = 10, NextToken: str = "0", **_: Any) -> Any:  # noqa: N803
        self.pages += 1
        first = int(NextToken)
        last = min(first + MaxResults, self.count)
        found = [{"ModelPackageArn": str(self.count - each)} for each in range(first, last)]
        token = {"NextToken": str(last)} if last < self.count else {}
        return {"ModelPackageSummaryList": found, **token}

    def describe_model_package(self, ModelPackageName: str) -> Any:  # noqa: N803
        self.described += 1
        known = self.facts if ModelPackageName == "1" else {}
        return {"ModelPackageVersion": ModelPackageName, "CustomerMetadataProperties": known}


@pytest.mark.parametrize(("count", "found"), [(200, True), (201, False)])
def test_no_more_than_the_newest_versions_are_asked_what_they_saw(
    caplog: pytest.LogCaptureFixture, count: int, found: bool
) -> None:
    caplog.set_level("INFO", logger="penstock-starter")
    versions = Versions(count, data_table="rows", data_snapshot_to="4")
    watermark = watermark_of(versions, "fraud", "rows")
    assert (watermark is not None) is found
    assert (versions.described, versions.pages) == (200, 2)
    told = [each.getMessage() for each in caplog.records if each.name == "penstock-starter"]
    assert told == (
        []
        if found
        else [
            "none of the newest versions was trained on this table, and older ones are not looked "
            "at: all its rows are trained on"
        ]
    )
