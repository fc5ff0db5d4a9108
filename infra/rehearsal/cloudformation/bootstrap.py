"""What `cdk bootstrap` leaves in an account, as far as deploying needs it."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.rehearsal.accounts import Accounts
from infra.rehearsal.errors import told
from sandbox.names import Place

_VERSION = "21"
"""Of the bootstrap stack; the CDK asks for 6 at least."""
_ROLES = ("cfn-exec", "deploy", "file-publishing", "image-publishing", "lookup")


def bootstrap(accounts: Accounts, place: Place, qualifier: str) -> str:
    """Make the parameter of the version, the roles and the bucket of assets; return its name."""
    s3 = accounts.client("s3", place)
    for name in _ROLES:
        _make_role(accounts.client("iam", place), place, qualifier, name)
    accounts.client("ssm", place).put_parameter(
        Name=f"/cdk-bootstrap/{qualifier}/version", Value=_VERSION, Type="String", Overwrite=True
    )
    bucket = f"cdk-{qualifier}-assets-{place.account}-{place.region}"
    there = {} if place.region == "us-east-1" else {"LocationConstraint": place.region}
    configuration: dict[str, Any] = {"CreateBucketConfiguration": there} if there else {}
    try:
        s3.create_bucket(Bucket=bucket, **configuration)
    except ClientError as error:
        if "BucketAlready" not in error.response["Error"]["Code"]:
            raise
    return bucket


def _make_role(iam: Any, place: Place, qualifier: str, name: str) -> None:
    """Make a role; whom it trusts is for the evaluator of policies to judge."""
    services = ["cloudformation.amazonaws.com"]
    trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(
            RoleName=f"cdk-{qualifier}-{name}-role-{place.account}-{place.region}",
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )


def publish_assets(s3: Any, assets: Path, place: Place) -> list[str]:
    """Upload what an `*.assets.json` of a cloud assembly lists for a place; return the keys.

    Args:
        s3: Client in the account.
        assets: The file; its sources lie beside it.

    Raises:
        RehearsalError: A source is not there.
    """
    listed = json.loads(assets.read_text(encoding="utf-8"))
    keys = []
    for each in listed.get("files", {}).values():
        source = assets.parent / each["source"]["path"]
        if not source.exists():
            raise told("an asset of the cloud assembly is not there.", str(source))
        content = _zipped(source) if each["source"].get("packaging") == "zip" else _read(source)
        for destination in each["destinations"].values():
            bucket = _filled(destination["bucketName"], place)
            key = _filled(destination["objectKey"], place)
            s3.put_object(Bucket=bucket, Key=key, Body=content)
            keys.append(f"s3://{bucket}/{key}")
    return keys


def _filled(text: str, place: Place) -> str:
    named: Mapping[str, str] = {
        "${AWS::AccountId}": place.account,
        "${AWS::Region}": place.region,
        "${AWS::Partition}": place.partition,
    }
    for name, value in named.items():
        text = text.replace(name, value)
    return text


def _read(source: Path) -> bytes:
    return source.read_bytes()


def _zipped(source: Path) -> bytes:
    if source.is_file():
        return source.read_bytes()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(source.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                archive.write(file, file.relative_to(source).as_posix())
    return written.getvalue()
