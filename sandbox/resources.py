"""What the environments of a project need in their accounts, made on the server."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from typing import Any

import boto3
from botocore.config import Config

from penstock.approval.ledger.aws_address import read_aws_address
from penstock.environments import Environment
from penstock.registry.sagemaker.address import read_address
from sandbox.accounts import Credentials, open_account
from sandbox.names import Place

_RECORDS_KEY = {"pk": "S", "sk": "S"}
_LEDGER_KEY = {"ledger": "S", "sequence": "N"}
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def place_of(environment: Environment) -> Place:
    """Return where an environment is."""
    return Place(environment.account, environment.region)


def make_resources(environments: Iterable[Environment], endpoint: str) -> None:
    """Make buckets, roles, tables and keys; what several environments name is made once.

    A bucket that `tooling` names is its own, as the others read from there.
    """
    by_owner = sorted(environments, key=lambda each: each.kind != "tooling")
    buckets: set[str] = set()
    for environment in by_owner:
        place = place_of(environment)
        open_account(place)
        make = _Maker(Credentials(endpoint, place), buckets)
        make.bucket(environment.artifacts)
        make.bucket(environment.code)
        make.bucket(environment.releases, locked=True)
        if environment.role:
            make.role(environment.role)
        if environment.records:
            make.table(environment.records, _RECORDS_KEY)
        if environment.registry.startswith("sagemaker://"):
            make.bucket(f"s3://{read_address(environment.registry).bucket}")
        if environment.kms_key:
            make.key(environment.kms_key, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
        if environment.ledger.startswith("dynamodb://"):
            ledger = read_aws_address(environment.ledger)
            make.bucket(f"s3://{ledger.bucket}", locked=True)
            make.table(ledger.table, _LEDGER_KEY)
            make.key(ledger.key, "ECC_NIST_P256", "SIGN_VERIFY")


class _Maker:
    """Makes things in one account."""

    def __init__(self, credentials: Credentials, buckets: set[str]) -> None:
        self._credentials = credentials
        self._buckets = buckets
        variables = credentials.variables
        self._session: Any = boto3.session.Session(
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            region_name=credentials.place.region,
        )

    def bucket(self, uri: str, *, locked: bool = False) -> None:
        """Make the bucket of an address, with Object Lock if nothing in it may be written over."""
        name = uri.removeprefix("s3://").partition("/")[0]
        if not name or name in self._buckets:
            return
        self._buckets.add(name)
        region = self._credentials.place.region
        there = {} if region == "us-east-1" else {"LocationConstraint": region}
        configuration: dict[str, Any] = {"CreateBucketConfiguration": there} if there else {}
        self._client("s3").create_bucket(
            Bucket=name, ObjectLockEnabledForBucket=locked, **configuration
        )

    def role(self, arn: str) -> None:
        """Make a role that SageMaker may take."""
        path, _, name = arn.partition(":role")[2].rpartition("/")
        client = self._client("iam")
        with contextlib.suppress(client.exceptions.EntityAlreadyExistsException):
            client.create_role(
                Path=f"{path}/", RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST)
            )

    def table(self, name: str, key: dict[str, str]) -> None:
        """Make a table with a hash key and a range key."""
        client = self._client("dynamodb")
        kinds = zip(key, ("HASH", "RANGE"), strict=True)
        with contextlib.suppress(client.exceptions.ResourceInUseException):
            client.create_table(
                TableName=name,
                KeySchema=[{"AttributeName": each, "KeyType": kind} for each, kind in kinds],
                AttributeDefinitions=[
                    {"AttributeName": each, "AttributeType": kind} for each, kind in key.items()
                ],
                BillingMode="PAY_PER_REQUEST",
            )

    def key(self, named: str, spec: str, usage: str) -> None:
        """Make the key that an alias leads to; a key that an id names cannot be made."""
        if not named.startswith("alias/"):
            return
        client = self._client("kms")
        pages = client.get_paginator("list_aliases").paginate()
        if any(each["AliasName"] == named for page in pages for each in page["Aliases"]):
            return
        made = client.create_key(KeySpec=spec, KeyUsage=usage)
        client.create_alias(AliasName=named, TargetKeyId=made["KeyMetadata"]["KeyId"])

    def _client(self, service: str) -> Any:
        # Variables of the shell must not lead elsewhere.
        return self._session.client(
            service, endpoint_url=self._credentials.endpoint, config=Config(connect_timeout=5)
        )
