"""`pipeline doctor --env` finds what is planted in an account, and says how to mend it."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from penstock.environments import parse_environments
from penstock.inspection import quotas
from penstock.inspection.environment import RECORDS_KEY, inspect
from penstock.inspection.finding import Finding

ACCOUNT, REGION = "123456789012", "eu-west-1"
DIGEST = "0123456789abcdef" * 4


def client(service: str, region: str = REGION) -> Any:
    session: Any = boto3.session.Session()
    return session.client(service, region_name=region)


def key_schema(key: Mapping[str, str]) -> dict[str, Any]:
    kinds = ("HASH", "RANGE")
    return {
        "KeySchema": [
            {"AttributeName": each, "KeyType": kind} for each, kind in zip(key, kinds, strict=False)
        ],
        "AttributeDefinitions": [
            {"AttributeName": each, "AttributeType": kind} for each, kind in key.items()
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }


@dataclass(frozen=True)
class Account:
    """What stands in an account of moto; every name is its own."""

    name: str
    key: str

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "account": ACCOUNT,
            "region": REGION,
            "role": f"arn:aws:iam::{ACCOUNT}:role/{self.name}",
            "artifacts": f"s3://{self.name}",
            "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{self.name}:1",
            "records": self.name,
            "releases": f"s3://{self.name}-locked",
            "registry": f"sagemaker://{REGION}?bucket={self.name}",
            "ledger": f"dynamodb://{self.name}-ledger?bucket={self.name}-locked&key={self.key}",
        }

    def look(self, **other: Any) -> list[Finding]:
        text = json.dumps({"environments": {"dev": {**self.settings, **other}}}, indent=1)
        machines = {"processing": ["ml.m5.large"], "training": ["ml.m5.large"]}
        return list(inspect(parse_environments(text, "environments.yaml"), "dev", machines))

    def only(self, name: str, **other: Any) -> list[Finding]:
        return [each for each in self.look(**other) if each.name == name]


@pytest.fixture
def account(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account in which everything is as it has to be."""
    for name, value in (
        ("AWS_ENDPOINT_URL", s3_server),
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_DEFAULT_REGION", REGION),
    ):
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    name = f"doctor-{secrets.token_hex(5)}"
    there = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
    client("s3").create_bucket(Bucket=name, **there)
    client("s3").create_bucket(Bucket=f"{name}-locked", ObjectLockEnabledForBucket=True, **there)
    client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    tables = client("dynamodb")
    tables.create_table(TableName=name, **key_schema(RECORDS_KEY))
    tables.create_table(TableName=f"{name}-ledger", **key_schema({"ledger": "S", "sequence": "N"}))
    client("ecr").create_repository(repositoryName=name)
    client("ecr").put_image(repositoryName=name, imageManifest=MANIFEST, imageTag="1")
    # moto knows no quotas of SageMaker.
    plenty = {f"ml.m5.large for {kind} job usage": 20.0 for kind in ("processing", "training")}
    monkeypatch.setattr(quotas, "_values", lambda _: plenty)
    made = client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    return Account(name, made["KeyMetadata"]["KeyId"])


TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"digest": f"sha256:{DIGEST}", "size": 1, "mediaType": "x"},
        "layers": [],
    }
)


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Exception], None]:
    """Make an operation raise what boto3 raises."""
    call = botocore.client.BaseClient._make_api_call

    def plant(operation: str, error: Exception) -> None:
        def planted(self: Any, name: str, arguments: Any) -> Any:
            if name == operation:
                raise error
            return call(self, name, arguments)

        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", planted)

    return plant


def refusal(code: str, message: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def test_an_account_in_order_has_nothing_to_mend(account: Account) -> None:
    found = account.look()
    name = account.name
    assert [each for each in found if each.name != "clock"] == [
        Finding(
            "identity",
            "ok",
            f"arn:aws:sts::{ACCOUNT}:user/moto in account {ACCOUNT}",
        ),
        Finding(
            "permissions",
            "warning",
            f"IAM does not simulate what arn:aws:sts::{ACCOUNT}:user/moto may do",
            "Sign in as a role or a user.",
        ),
        Finding("region", "ok", REGION),
        Finding("artifacts", "ok", f"s3://{name} in {REGION}"),
        Finding("releases", "ok", f"s3://{name}-locked in {REGION}"),
        Finding("role", "ok", f"arn:aws:iam::{ACCOUNT}:role/{name} trusts SageMaker"),
        Finding("records", "ok", f"the table {name} in {REGION}"),
        Finding("image", "ok", f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}:1"),
        Finding("quotas", "ok", "ml.m5.large for 8 steps side by side"),
        Finding("registry", "ok", f"SageMaker Model Registry in {REGION}: no model group yet"),
        Finding("registry", "ok", f"s3://{name} in {REGION}"),
        Finding("ledger", "ok", f"the table {name}-ledger in {REGION}"),
        Finding("ledger", "ok", f"s3://{name}-locked in {REGION}"),
        Finding("ledger", "ok", f"the key {account.key} in {REGION}"),
    ]
    (clock,) = (each for each in found if each.name == "clock")
    assert clock.state == "ok"


def test_looking_changes_nothing(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    call, called = botocore.client.BaseClient._make_api_call, []

    def noted(self: Any, name: str, arguments: Any) -> Any:
        called.append(name)
        return call(self, name, arguments)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", noted)
    account.look()
    assert {each[:3] for each in called} <= {"Get", "Des", "Lis", "Hea"}


def test_another_account_ends_the_look(account: Account) -> None:
    role = "arn:aws:iam::111111111111:role/x"
    assert account.look(account="111111111111", role=role) == [
        Finding(
            "identity",
            "broken",
            f"the file says 111111111111, STS says {ACCOUNT} (arn:aws:sts::{ACCOUNT}:user/moto)",
            "Sign in to 111111111111: another AWS_PROFILE or role; or mend environments.yaml:4.",
        ),
        REST,
    ]


REST = Finding("the rest", "warning", "nothing else was looked at", "Mend the identity first.")


@pytest.mark.parametrize(
    ("error", "said", "remedy"),
    [
        (
            NoCredentialsError(),
            "there are no AWS credentials",
            "Sign in: aws sso login, AWS_PROFILE, or AWS_ACCESS_KEY_ID with its secret.",
        ),
        (
            refusal(
                "ExpiredToken",
                "The security token included in the request is expired",
                "GetCallerIdentity",
            ),
            "sts refused GetCallerIdentity: The security token included in the request is expired "
            "(ExpiredToken)",
            "The token has expired: sign in to AWS again.",
        ),
        (
            refusal(
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
                "GetCallerIdentity",
            ),
            "sts refused GetCallerIdentity: The security token included in the request is invalid "
            "(InvalidClientTokenId)",
            "Look at AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN or the profile.",
        ),
    ],
    ids=["none", "expired", "invalid"],
)
def test_credentials_that_do_not_hold_are_told_in_words(
    account: Account, refuse: Any, error: Exception, said: str, remedy: str
) -> None:
    refuse("GetCallerIdentity", error)
    assert account.look() == [
        Finding("identity", "broken", f"AWS account {ACCOUNT}: {said}", remedy),
        REST,
    ]


@pytest.mark.parametrize(
    ("name", "operation", "code", "state", "said", "remedy"),
    [
        (
            "artifacts",
            "HeadBucket",
            "403",
            "broken",
            "s3://NAME: s3 refused HeadBucket: no (403)",
            "Give these credentials the right to s3:ListBucket on it.",
        ),
        (
            "role",
            "GetRole",
            "AccessDenied",
            "warning",
            f"arn:aws:iam::{ACCOUNT}:role/NAME: iam refused GetRole: no (AccessDenied)",
            "Give these credentials the right to iam:GetRole on it.",
        ),
        (
            "records",
            "DescribeTable",
            "AccessDeniedException",
            "broken",
            "the table NAME: dynamodb refused DescribeTable: no (AccessDeniedException)",
            "Give these credentials the right to dynamodb:DescribeTable on it.",
        ),
        (
            "image",
            "DescribeImages",
            "AccessDeniedException",
            "warning",
            f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/NAME:1: ecr refused DescribeImages: no "
            "(AccessDeniedException)",
            "Give these credentials the right to ecr:DescribeImages on it.",
        ),
        (
            "registry",
            "ListModelPackageGroups",
            "AccessDeniedException",
            "broken",
            f"sagemaker://{REGION}?bucket=NAME: sagemaker refused ListModelPackageGroups: no "
            "(AccessDeniedException)",
            "Give these credentials the right to sagemaker:ListModelPackageGroups on it.",
        ),
    ],
)
def test_a_missing_right_names_the_action_and_the_resource(
    account: Account,
    refuse: Any,
    name: str,
    operation: str,
    code: str,
    state: Any,
    said: str,
    remedy: str,
) -> None:
    refuse(operation, refusal(code, "no", operation))
    found = account.look()
    expected = Finding(name, state, said.replace("NAME", account.name), remedy)
    assert next(each for each in found if each.name == name) == expected
    assert found[-1].name == "ledger"


def test_a_shell_of_another_region_is_told(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert account.only("region") == [
        Finding(
            "region",
            "warning",
            "the file says eu-west-1, this shell us-east-1",
            "Commands use the file's; other tools of this shell do not.",
        )
    ]


def test_a_bucket_that_is_missing_names_the_line(account: Account) -> None:
    assert account.only("artifacts", artifacts="s3://nowhere-at-all/x") == [
        Finding(
            "artifacts",
            "broken",
            "there is no bucket s3://nowhere-at-all",
            "Create it in eu-west-1, or mend environments.yaml:7.",
        )
    ]


def test_a_bucket_in_another_region_is_told(account: Account) -> None:
    elsewhere = f"{account.name}-elsewhere"
    client("s3", "us-east-1").create_bucket(Bucket=elsewhere)
    assert account.only("code", code=f"s3://{elsewhere}/code") == [
        Finding(
            "code",
            "broken",
            f"s3://{elsewhere} is in us-east-1, not in eu-west-1",
            "Name one of eu-west-1 in environments.yaml:13.",
        )
    ]


def test_releases_in_another_region_are_a_warning(account: Account) -> None:
    elsewhere = f"{account.name}-releases"
    client("s3", "us-east-1").create_bucket(Bucket=elsewhere, ObjectLockEnabledForBucket=True)
    assert account.only("releases", releases=f"s3://{elsewhere}") == [
        Finding(
            "releases",
            "warning",
            f"s3://{elsewhere} is in us-east-1, not in eu-west-1",
            "Name one of eu-west-1 in environments.yaml:10.",
        )
    ]


def test_a_lock_that_may_not_be_looked_at_is_a_warning(account: Account, refuse: Any) -> None:
    operation = "GetObjectLockConfiguration"
    refuse(operation, refusal("AccessDenied", "no", operation))
    assert account.only("releases")[1] == Finding(
        "releases",
        "warning",
        f"s3://{account.name}-locked: s3 refused {operation}: no (AccessDenied)",
        "Give these credentials the right to s3:GetBucketObjectLockConfiguration on it.",
    )


def test_releases_that_can_be_written_over_are_a_warning(account: Account) -> None:
    assert account.only("releases", releases=f"s3://{account.name}") == [
        Finding("releases", "ok", f"s3://{account.name} in {REGION}"),
        Finding(
            "releases",
            "warning",
            f"s3://{account.name} can be written over: no Object Lock",
            "Use a bucket that was created with Object Lock.",
        ),
    ]


def test_copies_of_a_ledger_that_can_be_written_over_are_broken(account: Account) -> None:
    ledger = f"dynamodb://{account.name}-ledger?bucket={account.name}&key={account.key}"
    assert account.only("ledger", ledger=ledger)[2] == Finding(
        "ledger",
        "broken",
        f"s3://{account.name} can be written over: no Object Lock",
        "Use a bucket that was created with Object Lock.",
    )


def test_a_role_that_is_missing_or_distrusts_sagemaker_is_told(account: Account) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/nobody"
    assert account.only("role", role=role) == [
        Finding(
            "role",
            "broken",
            f"there is no role {role}",
            "Create it, or mend environments.yaml:6.",
        )
    ]
    client("iam").update_assume_role_policy(
        RoleName=account.name,
        PolicyDocument=json.dumps(TRUST).replace("sagemaker.", "lambda."),
    )
    assert account.only("role") == [
        Finding(
            "role",
            "broken",
            f"arn:aws:iam::{ACCOUNT}:role/{account.name} does not trust SageMaker",
            "Allow sagemaker.amazonaws.com the action sts:AssumeRole in its trust policy.",
        )
    ]


def test_a_role_of_another_path_is_told(account: Account) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/team/{account.name}"
    assert account.only("role", role=role) == [
        Finding(
            "role",
            "broken",
            f"IAM knows {role} as arn:aws:iam::{ACCOUNT}:role/{account.name}",
            "Mend environments.yaml:6.",
        )
    ]


def test_a_table_that_is_missing_says_how_to_make_it(account: Account) -> None:
    assert account.only("records", records="nothing") == [
        Finding(
            "records",
            "broken",
            "there is no table nothing in eu-west-1",
            f"Create it with {RECORDS_WORDS}, or mend environments.yaml:9.",
        )
    ]


RECORDS_WORDS = "the hash key pk (S) and the range key sk (S)"


def test_a_table_of_another_key_is_told(account: Account) -> None:
    table = f"{account.name}-ledger"
    assert account.only("records", records=table) == [
        Finding(
            "records",
            "broken",
            f"the table {table} has the hash key ledger (S) and the range key sequence (N), "
            f"not {RECORDS_WORDS}",
            "Create another one with that key, and name it in environments.yaml:9.",
        )
    ]


def test_an_image_that_was_not_pushed_is_told(account: Account) -> None:
    image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{account.name}@sha256:{DIGEST}"
    assert account.only("image", image=image) == [
        Finding(
            "image",
            "broken",
            f"there is no image {image}",
            "Push it, or mend environments.yaml:8.",
        )
    ]


@pytest.mark.parametrize(
    ("image", "said", "remedy"),
    [
        (
            "penstock:1",
            "penstock:1 is not in Amazon ECR",
            "SageMaker pulls from Amazon ECR: push it there and mend environments.yaml:8.",
        ),
        (
            f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/penstock:1",
            f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/penstock:1 is in us-east-1",
            "SageMaker pulls from its own Region: replicate it and mend environments.yaml:8.",
        ),
    ],
)
def test_an_image_that_sagemaker_may_not_pull_is_a_warning(
    account: Account, image: str, said: str, remedy: str
) -> None:
    assert account.only("image", image=image) == [Finding("image", "warning", said, remedy)]


def test_a_key_that_cannot_encrypt_is_told(account: Account) -> None:
    assert account.only("key", kms_key=account.key) == [
        Finding(
            "key",
            "broken",
            f"the key {account.key} is made for SIGN_VERIFY, not for ENCRYPT_DECRYPT",
            "Name another one in environments.yaml:13.",
        )
    ]
    assert account.only("key", kms_key="alias/nothing") == [
        Finding(
            "key",
            "broken",
            "there is no key alias/nothing in eu-west-1",
            "Create it, or mend environments.yaml:13.",
        )
    ]
    made = client("kms").create_key(KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    assert account.only("key", kms_key=made) == [
        Finding("key", "ok", f"the key {made} in eu-west-1")
    ]
    client("kms").disable_key(KeyId=made)
    assert account.only("key", kms_key=made) == [
        Finding(
            "key",
            "broken",
            f"the key {made} is Disabled",
            "Enable it: aws kms enable-key; or mend environments.yaml:13.",
        )
    ]


def test_a_registry_and_a_ledger_in_files_are_looked_at(account: Account, tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"x")
    registry, ledger = f"sqlite:///{tmp_path}/a/mlflow.db", f"sqlite:///{tmp_path}/ledger.db"
    found = account.look(registry=registry, ledger=ledger)
    assert found[-2:] == [
        Finding("registry", "ok", f"the file {tmp_path}/a/mlflow.db is made when it is needed"),
        Finding("ledger", "ok", f"the file {tmp_path}/ledger.db"),
    ]


def test_a_registry_server_that_is_down_is_told(account: Account, s3_server: str) -> None:
    (found,) = account.only("registry", registry="http://127.0.0.1:9")
    assert (found.state, found.remedy) == (
        "broken",
        "Start it, look at the network, or mend environments.yaml:11.",
    )
    assert found.said.startswith("http://127.0.0.1:9: the registry cannot be reached: ")


def test_every_wrong_part_of_an_address_is_told(account: Account) -> None:
    found = account.only("ledger", ledger="dynamodb://t?bucket=b")
    remedy = "Write dynamodb://TABLE?bucket=BUCKET&key=alias/KEY, and &region=REGION where needed."
    assert found == [
        Finding("ledger", "broken", "dynamodb://t?bucket=b: it names no key", remedy),
        Finding("ledger", "broken", "dynamodb://t?bucket=b: 't' is no name of a table", remedy),
    ]


def test_a_table_whose_key_is_the_other_way_round_is_told(account: Account) -> None:
    table = f"{account.name}-swapped"
    swapped = dict(reversed(list(RECORDS_KEY.items())))
    client("dynamodb").create_table(TableName=table, **key_schema(swapped))
    assert account.only("records", records=table) == [
        Finding(
            "records",
            "broken",
            f"the table {table} has the hash key sk (S) and the range key pk (S), "
            f"not {RECORDS_WORDS}",
            "Create another one with that key, and name it in environments.yaml:9.",
        )
    ]


def network_of(zones: str, *, leads_to_s3: bool = True) -> tuple[list[str], str, str]:
    """Make a VPC; return its subnets, its security group and its own id."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.0.{number * 128}/25", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate(zones)
    ]
    if leads_to_s3:
        wanted = {"Name": "vpc-id", "Values": [vpc]}
        tables = ec2.describe_route_tables(Filters=[wanted])["RouteTables"]
        ec2.create_vpc_endpoint(
            VpcId=vpc,
            ServiceName=f"com.amazonaws.{REGION}.s3",
            VpcEndpointType="Gateway",
            RouteTableIds=[each["RouteTableId"] for each in tables],
        )
    group = ec2.create_security_group(GroupName="jobs", Description="x", VpcId=vpc)["GroupId"]
    return subnets, group, vpc


def test_a_network_in_order_has_nothing_to_mend(account: Account) -> None:
    subnets, group, vpc = network_of("ab")
    assert account.only("network", subnets=subnets, security_groups=[group]) == [
        Finding("network", "ok", f"subnets and security groups of {vpc}, with an endpoint of S3")
    ]
    assert account.only("network") == []


def test_a_network_that_jobs_cannot_run_in_is_broken(account: Account) -> None:
    (first, _), group, vpc = network_of("ab")
    (other, _), _, elsewhere = network_of("ab")
    gone = "subnet-00000000000000000"
    place = "environments.yaml:13"
    assert account.only("network", subnets=[first, gone], security_groups=["sg-00000000"]) == [
        Finding(
            "network",
            "broken",
            f"there is no {gone}, no sg-00000000 in {REGION}",
            f"Make it, or mend {place}.",
        )
    ]
    both = ", ".join(sorted((vpc, elsewhere)))
    assert account.only("network", subnets=[first, other], security_groups=[group]) == [
        Finding(
            "network",
            "broken",
            f"the subnets and security groups are of several VPCs: {both}",
            f"Name those of one in {place}.",
        )
    ]


def test_a_network_in_one_zone_without_a_way_to_s3_is_a_warning(account: Account) -> None:
    subnets, group, vpc = network_of("aa", leads_to_s3=False)
    assert account.only("network", subnets=subnets, security_groups=[group]) == [
        Finding(
            "network",
            "warning",
            f"the subnets are all in {REGION}a: without it no job starts",
            "Name one of another zone in environments.yaml:13.",
        ),
        Finding(
            "network",
            "warning",
            f"{vpc} has no available endpoint of S3: jobs reach no data, unless by another way out",
            "Make a gateway endpoint for its routes.",
        ),
    ]


def test_a_network_that_may_not_be_looked_at_is_a_warning(
    account: Account, refuse: Callable[[str, Exception], None]
) -> None:
    refuse("DescribeSubnets", refusal("UnauthorizedOperation", "You are not", "DescribeSubnets"))
    given = {"subnets": ["subnet-00000001", "subnet-00000002"], "security_groups": ["sg-00000001"]}
    (finding,) = account.only("network", **given)
    assert finding.state == "warning"
