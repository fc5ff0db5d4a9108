"""What roles ask of AWS is written down where it is wanted."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyarrow.fs import FileType, S3FileSystem
from small_templates import REGION, function, role, template

from infra.policies.calls import Call, read_calls
from infra.rehearsal.world import Pace, World, rehearsing
from penstock.environments import load_environments

DEV, TOOLING = "111111111111", "444444444444"
CROSSES = """
import boto3
def handle(event, context):
    given = boto3.client("sts").assume_role(RoleArn=event["role"], RoleSessionName="there")
    keys = given["Credentials"]
    there = boto3.client(
        "s3",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    there.put_object(Bucket="crossed", Key="a", Body=b"1234", IfNoneMatch="*")
    try:
        there.get_object(Bucket="crossed", Key="nothing")
    except there.exceptions.NoSuchKey:
        pass
"""


def without_headers(call: Call) -> Call:
    """Return a call without what botocore sends along with an object."""
    along = ("ChecksumAlgorithm", "ChecksumCRC32", "ContentEncoding", "ContentLength")
    kept = {name: value for name, value in call.parameters.items() if name not in along}
    return replace(call, parameters=kept)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("record")
    return folder / "calls.jsonl"


@pytest.fixture(scope="module")
def world(record: Path) -> Iterator[World]:
    """Empty accounts that record."""
    environments = load_environments(Path(__file__).parents[3] / "environments.yaml")
    with rehearsing(environments, isolation="subprocess", pace=Pace(0.1), calls=record) as made:
        yield made


def test_a_call_is_recorded_with_the_role_that_acts(
    world: World, code: Callable[..., dict[str, str]], record: Path
) -> None:
    there = {"LocationConstraint": REGION}
    s3 = world.client("s3", "dev")
    s3.create_bucket(Bucket="crossed", CreateBucketConfiguration=there)
    world.deploy("dev", "taken", template(Role=role("lambda.amazonaws.com", "taken")))
    crosses = function("crosses", code(CROSSES))
    worker = role("lambda.amazonaws.com", "worker")
    world.deploy("tooling", "crosses", template(Role=worker, Function=crosses))
    taken = f"arn:aws:iam::{DEV}:role/taken"
    arn = f"arn:aws:lambda:{REGION}:{TOOLING}:function:crosses"
    assert world.functions.call(arn, {"role": taken}).error == ""

    def made(service: str, operation: str, error: str = "", **given: Any) -> Call:
        return Call(taken, "there", REGION, service, operation, given, error)

    assumed = {"RoleArn": taken, "RoleSessionName": "there"}
    worker_arn = f"arn:aws:iam::{TOOLING}:role/worker"
    calls = read_calls(record.read_text())
    assert [without_headers(each) for each in calls] == [
        Call(worker_arn, "crosses", REGION, "sts", "AssumeRole", assumed),
        made("s3", "PutObject", Bucket="crossed", Key="a", IfNoneMatch="*"),
        # botocore asks for the checksum by itself.
        made(
            "s3", "GetObject", "NoSuchKey", Bucket="crossed", Key="nothing", ChecksumMode="ENABLED"
        ),
    ]


def test_what_a_person_asks_in_a_role_is_recorded_and_what_the_account_asks_is_not(
    world: World, record: Path
) -> None:
    world.deploy("dev", "person", template(Role=role("lambda.amazonaws.com", "person")))
    before = len(read_calls(record.read_text())) if record.is_file() else 0
    keys = world.assume(f"arn:aws:iam::{DEV}:role/person", "ann", "dev")
    world.client("s3", "dev", keys).list_buckets()
    world.client("s3", "dev").list_buckets()
    calls = read_calls(record.read_text())[before:]
    assert [(each.session, each.operation) for each in calls] == [("ann", "ListBuckets")]


def test_what_another_client_than_botocore_asks_is_recorded_too(world: World, record: Path) -> None:
    world.deploy("dev", "arrow", template(Role=role("lambda.amazonaws.com", "arrow")))
    world.client("s3", "dev").create_bucket(
        Bucket="arrows", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    keys = world.assume(f"arn:aws:iam::{DEV}:role/arrow", "job", "dev")
    before = len(read_calls(record.read_text())) if record.is_file() else 0
    store = S3FileSystem(
        access_key=keys.access_key,
        secret_key=keys.secret_key,
        session_token=keys.token,
        region=REGION,
        endpoint_override=world.accounts.endpoint,
    )
    with store.open_output_stream("arrows/a") as stream:
        stream.write(b"1234")
    assert store.get_file_info("arrows/nothing").type == FileType.NotFound
    calls = read_calls(record.read_text())[before:]
    assert {(each.session, each.operation, each.error) for each in calls} >= {
        ("job", "CreateMultipartUpload", ""),
        ("job", "UploadPart", ""),
        ("job", "HeadObject", "404"),
    }
