"""What only a ledger on AWS can meet: two stores that must agree."""

import boto3
import pytest

from penstock.approval.ledger.aws_address import AwsPlace, read_aws_address
from penstock.approval.ledger.dynamodb import DynamodbLedger
from penstock.approval.ledger.port import Head
from penstock.errors import ApprovalError, RequestError, ServiceError

_RECORDS = [b'{"entry":1}', b'{"entry":2}', b'{"entry":3}']


@pytest.fixture
def place(aws_ledger):
    return read_aws_address(aws_ledger)


@pytest.fixture
def written(aws_ledger):
    ledger, head = DynamodbLedger(aws_ledger), Head()
    for record in _RECORDS:
        head = ledger.append(record, head)
    return aws_ledger


@pytest.fixture
def table(place):
    return boto3.session.Session().resource("dynamodb").Table(place.table)


@pytest.fixture
def s3():
    return boto3.session.Session().client("s3")


def _key(number):
    return f"penstock/ledger/{number:012d}.json"


def _told(address):
    with pytest.raises(ApprovalError) as caught:
        DynamodbLedger(address).records()
    with pytest.raises(ApprovalError):
        DynamodbLedger(address).append(b"more", Head(3, "sha256:0"))
    (problem,) = caught.value.problems
    return problem


def test_a_copy_can_be_removed_by_nobody_for_ten_years(written, place, s3):
    version = s3.head_object(Bucket=place.bucket, Key=_key(1))
    assert version["ObjectLockMode"] == "COMPLIANCE"
    assert (version["ObjectLockRetainUntilDate"] - version["LastModified"]).days in (3649, 3650)
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=place.bucket, Key=_key(1), VersionId=version["VersionId"])


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda row: {**row, "record": b'{"entry":0}'}, "entry 2 differs from its copy"),
        (lambda row: None, "the row of the ledger's entry 2 is missing."),
    ],
)
def test_an_altered_or_missing_row_is_told_by_its_number(written, table, change, what):
    row = table.get_item(Key={"ledger": "penstock", "sequence": 2})["Item"]
    changed = change(row)
    if changed:
        table.put_item(Item=changed)
    else:
        table.delete_item(Key={"ledger": "penstock", "sequence": 2})
    problem = _told(written)
    assert what in problem.what
    assert problem.where == written
    assert problem.remedy == (
        "Restore the table from the copies in the bucket, and see in CloudTrail who changed which."
    )


def test_rows_that_were_cut_off_are_told(written, table):
    for number in (2, 3):
        table.delete_item(Key={"ledger": "penstock", "sequence": number})
    assert _told(written).what == "the row of the ledger's entry 2 is missing."


def test_a_row_that_nobody_appended_is_told(written, table):
    table.put_item(Item={"ledger": "penstock", "sequence": 4, "record": b'{"entry":4}'})
    assert _told(written).what == "the copy of the ledger's entry 4 is missing."


def test_a_replaced_or_hidden_copy_is_told_although_its_first_version_stands(
    written, place, table, s3
):
    forged = b'{"entry":9}'
    table.put_item(Item={"ledger": "penstock", "sequence": 2, "record": forged})
    s3.put_object(Bucket=place.bucket, Key=_key(2), Body=forged)
    problem = _told(written)
    assert problem.what == "the copy of the ledger's entry 2 was replaced or removed."
    assert problem.where == f"s3://{place.bucket}/{_key(2)}"


def test_a_ledger_that_was_cut_in_both_stores_is_told(written, place, table, s3):
    table.delete_item(Key={"ledger": "penstock", "sequence": 3})
    s3.delete_object(Bucket=place.bucket, Key=_key(3))
    assert _told(written).what == "the copy of the ledger's entry 3 was replaced or removed."


def test_what_is_no_copy_is_told(written, place, s3):
    s3.put_object(Bucket=place.bucket, Key="penstock/ledger/notes.txt", Body=b"x")
    assert _told(written).what == "among the copies of the ledger is an object that is none."


def test_a_writer_that_is_killed_between_the_stores_is_completed_by_the_next(written, place, table):
    ledger = DynamodbLedger(written)
    head = ledger.head()
    ledger._put_row = _killed
    with pytest.raises(KeyboardInterrupt):
        ledger.append(b"fourth", head)
    after = DynamodbLedger(written)
    assert after.records() == (*_RECORDS, b"fourth")
    assert after.head().sequence == 4
    after.append(b"fifth", after.head())
    rows = table.query(
        KeyConditionExpression="ledger = :name", ExpressionAttributeValues={":name": "penstock"}
    )["Items"]
    assert [bytes(each["record"].value) for each in rows] == [*_RECORDS, b"fourth", b"fifth"]


def _killed(number, record):
    raise KeyboardInterrupt


def test_an_answer_that_was_lost_is_no_other_writer(aws_ledger):
    ledger = DynamodbLedger(aws_ledger)
    put = ledger._copies._client.put_object

    def put_and_lose_the_answer(**arguments):
        put(**arguments)
        return put(**arguments)

    ledger._copies._client.put_object = put_and_lose_the_answer
    assert ledger.append(b"first", Head()).sequence == 1
    assert DynamodbLedger(aws_ledger).records() == (b"first",)


def test_a_bucket_without_object_lock_keeps_no_ledger(aws_ledger, s3_bucket, place):
    bucket = s3_bucket.removeprefix("s3://")
    address = f"dynamodb://{place.table}?bucket={bucket}&key=k"
    with pytest.raises(ServiceError) as caught:
        DynamodbLedger(address).append(b"first", Head())
    assert str(caught.value) == (
        f"s3://{bucket}: the bucket has no Object Lock; nothing was decided. "
        "Name a bucket that was created with Object Lock."
    )
    assert DynamodbLedger(address).records() == ()


def test_a_missing_table_says_how_to_create_it(aws_ledger, place):
    address = f"dynamodb://no-such-table?bucket={place.bucket}&key=k"
    with pytest.raises(ServiceError) as caught:
        DynamodbLedger(address).records()
    assert str(caught.value) == (
        "the table no-such-table: there is no such table here. Look at the Region, or create it "
        "with the hash key `ledger` (S) and the range key `sequence` (N)."
    )


def test_a_record_that_no_row_can_hold_is_written_nowhere(aws_ledger):
    with pytest.raises(ApprovalError) as caught:
        DynamodbLedger(aws_ledger).append(b"x" * 400_001, Head())
    assert str(caught.value) == (
        f"{aws_ledger}: the entry has 400001 bytes; a row holds 400000. Shorten the comment."
    )
    assert DynamodbLedger(aws_ledger).records() == ()


def test_an_address_is_read_with_its_defaults():
    address = "dynamodb://approvals?bucket=copies&key=alias/penstock"
    assert read_aws_address(address) == AwsPlace(
        address, "approvals", "copies", "alias/penstock", "", "penstock", 3650, "compliance"
    )


def test_every_wrong_part_of_an_address_is_told():
    address = "dynamodb://a?days=0&mode=soft&name=../x&colour=red"
    with pytest.raises(RequestError) as caught:
        read_aws_address(address)
    assert [problem.what for problem in caught.value.problems] == [
        "'colour' is no setting of a ledger on AWS.",
        "it names no bucket.",
        "it names no key.",
        "'a' is no name of a table.",
        "'../x' is no name of a ledger.",
        "days=0 is no number of days from 1 to 36500.",
        "mode=soft is neither compliance nor governance.",
    ]
    assert {problem.remedy for problem in caught.value.problems} == {
        "Write dynamodb://TABLE?bucket=BUCKET&key=alias/KEY, and &region=REGION where needed."
    }
