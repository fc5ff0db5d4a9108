from collections.abc import Callable
from typing import Any

import pytest


def test_the_doctor_finds_everything_in_order_but_the_image(
    in_dev: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    from penstock.environments import load_environments
    from penstock.inspection.environment import inspect

    found = {each.name: each for each in inspect(load_environments(), "dev", {})}
    broken = {name: each.said for name, each in found.items() if each.state == "broken"}
    assert list(broken) == ["image"], broken


@pytest.mark.parametrize("environment", ["dev", "pre-prod", "prod"])
def test_every_account_has_its_own_table_and_all_read_the_releases_of_tooling(
    client_of: Callable[..., Any], environment: str
) -> None:
    table = client_of("dynamodb", environment).describe_table(TableName="penstock-deployments")
    assert table["Table"]["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]
    client_of("s3", "tooling").put_object(Bucket="penstock-releases", Key="x", Body=b"release")
    found = client_of("s3", environment).get_object(Bucket="penstock-releases", Key="x")
    assert found["Body"].read() == b"release"


def test_a_write_once_object_is_written_by_one_of_many(
    client_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import time
    from concurrent.futures import ThreadPoolExecutor

    from moto.s3.models import S3Backend

    client, plain = client_of("s3"), S3Backend.put_object

    def slowly(self: Any, *arguments: Any, **further: Any) -> Any:
        time.sleep(0.05)  # between the look and the writing
        return plain(self, *arguments, **further)

    monkeypatch.setattr(S3Backend, "put_object", slowly)

    def put(number: int) -> bool:
        body = b"%d" % number
        try:
            client.put_object(
                Bucket="penstock-dev-artifacts", Key="once", Body=body, IfNoneMatch="*"
            )
        except client.exceptions.ClientError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(put, range(8))) == 1


def test_what_is_locked_is_written_with_its_checksum(client_of: Callable[..., Any]) -> None:
    import base64
    import hashlib

    client = client_of("s3")
    where = {"LocationConstraint": "eu-west-1"}
    client.create_bucket(
        Bucket="locked", CreateBucketConfiguration=where, ObjectLockEnabledForBucket=True
    )
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    client.put_object_lock_configuration(
        Bucket="locked",
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule},
    )
    checksum = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    client.put_object(Bucket="locked", Key="x", Body=b"x", ChecksumSHA256=checksum)
    assert client.get_object(Bucket="locked", Key="x")["Body"].read() == b"x"
