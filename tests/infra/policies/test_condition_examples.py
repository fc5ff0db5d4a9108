"""Cases of AWS's documentation of conditions, and the tables of truth that follow from it."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.policies import PolicyError, Principal
from infra.policies.operators import OPERATORS

ALLOWED, IMPLICIT, EXPLICIT = "allowed", "implicitly denied", "explicitly denied"
ACCOUNT = "111111111111"
ROLE = Principal.role(f"arn:aws:iam::{ACCOUNT}:role/example")
TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/Thread"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
Outcome = Callable[..., str]


@pytest.fixture
def holds(outcome: Outcome) -> Callable[..., bool]:
    """Whether a condition block is met in a context."""

    def met(conditions: dict[str, Any], context: dict[str, Any], principal: Any = ROLE) -> bool:
        allows = {**EVERYTHING, "Condition": conditions}
        return outcome(principal, "sqs:ListQueues", identity=allows, context=context) == ALLOWED

    return met


Holds = Callable[..., bool]
MATCHING = [
    ("StringEquals", "finance", "finance", "Finance"),
    ("StringEquals", "fin*", "fin*", "finance"),
    ("StringEqualsIgnoreCase", "FINANCE", "finance", "legal"),
    ("StringLike", "fin*", "finance", "Finance"),
    ("StringLike", "t?.micro", "t2.micro", "t10.micro"),
    (
        "ArnEquals",
        "arn:aws:sns:*:1:topic-?",
        "arn:aws:sns:eu:1:topic-a",
        "arn:aws:sns:eu:2:topic-a",
    ),
    (
        "ArnLike",
        "arn:aws:s:*:1:finance/*",
        "arn:aws:s:us:1:finance/d",
        "arn:aws:s:us:9:a:1:finance/d",
    ),
    ("Bool", "true", "true", "false"),
    ("Bool", True, "True", "false"),
    ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", "QmluYXJ6"),
    ("NumericEquals", "10", "10.0", "11"),
    ("DateEquals", "2020-01-01T00:00:01Z", "1577836801", "2020-01-01T00:00:02Z"),
    ("IpAddress", "203.0.113.0/24", "203.0.113.7", "203.0.114.7"),
    ("IpAddress", "203.0.113.7", "203.0.113.7", "203.0.113.8"),
    ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1", "203.0.113.7"),
]
NEGATED = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "ArnEquals": "ArnNotEquals",
    "ArnLike": "ArnNotLike",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "IpAddress": "NotIpAddress",
}
ORDERED = [
    f"{kind}{order}"
    for kind in ("Numeric", "Date")
    for order in ("LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
]


def test_the_tables_below_know_every_operator() -> None:
    known = {row[0] for row in MATCHING} | {*NEGATED.values()} | {*ORDERED}
    assert known == {*OPERATORS}


@pytest.mark.parametrize(("operator", "wanted", "match", "other"), MATCHING)
def test_an_operator_and_its_negation(
    holds: Holds, operator: str, wanted: object, match: str, other: str
) -> None:
    """IAM User Guide, "IAM JSON policy elements: Condition operators"."""
    assert holds({operator: {"a:key": wanted}}, {"a:key": match})
    assert not holds({operator: {"a:key": wanted}}, {"a:key": other})
    assert not holds({operator: {"a:key": wanted}}, {})
    assert holds({f"{operator}IfExists": {"a:key": wanted}}, {})
    assert not holds({f"{operator}IfExists": {"a:key": wanted}}, {"a:key": other})
    if operator in NEGATED:
        negated = NEGATED[operator]
        assert not holds({negated: {"a:key": wanted}}, {"a:key": match})
        assert holds({negated: {"a:key": wanted}}, {"a:key": other})
        assert holds({negated: {"a:key": wanted}}, {})
        assert holds({f"{negated}IfExists": {"a:key": wanted}}, {})
        assert not holds({f"{negated}IfExists": {"a:key": wanted}}, {"a:key": match})


@pytest.mark.parametrize(
    ("kind", "less", "wanted", "more"),
    [("Numeric", "9.5", "10", "11"), ("Date", "2019-12-31", "2020-01-01", "2020-01-02T00:00:00Z")],
)
def test_an_order_is_that_of_the_request_s_value(
    holds: Holds, kind: str, less: str, wanted: str, more: str
) -> None:
    """IAM User Guide, "Condition operators": numeric and date condition operators."""
    expected = {
        "LessThan": (True, False, False),
        "LessThanEquals": (True, True, False),
        "GreaterThan": (False, False, True),
        "GreaterThanEquals": (False, True, True),
    }
    for order, results in expected.items():
        for given, result in zip((less, wanted, more), results, strict=True):
            assert holds({f"{kind}{order}": {"a:key": wanted}}, {"a:key": given}) is result
        assert not holds({f"{kind}{order}": {"a:key": wanted}}, {})


@pytest.mark.parametrize("missing", [{}, {"a:key": []}])
def test_null_asks_whether_a_key_is_there(holds: Holds, missing: dict[str, Any]) -> None:
    """IAM User Guide, "Condition operator to check existence of condition keys"."""
    assert holds({"Null": {"a:key": "true"}}, missing)
    assert not holds({"Null": {"a:key": "false"}}, missing)
    assert not holds({"Null": {"a:key": True}}, {"a:key": "value"})
    assert holds({"Null": {"a:key": False}}, {"a:key": "value"})


def test_operators_and_keys_are_joined_by_and_values_by_or(holds: Holds) -> None:
    """IAM User Guide, "Conditions with multiple context keys or values"."""
    block = {
        "StringEqualsIgnoreCase": {
            "aws:PrincipalTag/department": ["finance", "hr", "legal"],
            "aws:PrincipalTag/role": ["audit", "security"],
        },
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT},
    }

    def tagged(account: str = ACCOUNT, **tags: str) -> bool:
        principal = Principal.role(f"arn:aws:iam::{account}:role/example", tags=tags)
        return holds(block, {}, principal)

    assert tagged(department="HR", role="audit")
    assert not tagged(department="hr")
    assert not tagged(department="hr", role="cook")
    assert not tagged("222222222222", department="hr", role="audit")


def test_values_of_a_negated_operator_must_all_differ(holds: Holds) -> None:
    """IAM User Guide, "Conditions with multiple context keys or values": negated operators."""
    block = {"StringNotEquals": {"aws:PrincipalAccount": [ACCOUNT, "222222222222"]}}
    assert not holds(block, {})
    assert holds(block, {"aws:PrincipalAccount": "333333333333"})


def test_names_of_keys_are_compared_without_regard_to_case(holds: Holds) -> None:
    """IAM User Guide, "IAM JSON policy elements: Condition": context key names."""
    assert holds({"StringEquals": {"AWS:SourceIP": "x"}}, {"aws:sourceip": "x"})


ATTRIBUTES = {"dynamodb:Attributes": ["PostDateTime", "Message", "Tags"]}


@pytest.mark.parametrize(
    ("given", "all_of_them", "any_of_them"),
    [
        (["Message", "Tags"], True, True),
        (["PostDateTime", "UserName"], False, True),
        (["UserName"], False, False),
        ([], True, False),
        ([""], True, False),
    ],
)
def test_sets_of_values(
    holds: Holds, given: list[str], all_of_them: bool, any_of_them: bool
) -> None:
    """IAM User Guide, "Single-valued vs. multivalued context keys": a missing key, an empty set."""
    context = {"dynamodb:Attributes": given}
    assert holds({"ForAllValues:StringEquals": ATTRIBUTES}, context) is all_of_them
    assert holds({"ForAnyValue:StringEquals": ATTRIBUTES}, context) is any_of_them


@pytest.mark.parametrize(
    ("given", "all_differ", "any_differs"),
    [(["ID", "Name"], True, True), (["ID", "Tags"], False, True), (["Tags"], False, False)],
)
def test_sets_of_values_that_must_differ(
    holds: Holds, given: list[str], all_differ: bool, any_differs: bool
) -> None:
    """IAM User Guide, "Set operators for multivalued context keys": negated operators."""
    context = {"dynamodb:Attributes": given}
    assert holds({"ForAllValues:StringNotEquals": ATTRIBUTES}, context) is all_differ
    assert holds({"ForAnyValue:StringNotEquals": ATTRIBUTES}, context) is any_differs


def test_only_some_attributes_may_be_read(outcome: Outcome) -> None:
    """IAM User Guide, "Multivalued context key examples": DynamoDB's table Thread."""
    reads = {
        "Effect": "Allow",
        "Action": "dynamodb:GetItem",
        "Resource": "arn:aws:dynamodb:*:*:table/Thread",
        "Condition": {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["ID", "Tags"]}},
    }
    for given, expected in ((["ID"], ALLOWED), (["ID", "UserName"], IMPLICIT)):
        context = {"dynamodb:Attributes": given}
        assert outcome(ROLE, "dynamodb:GetItem", TABLE, identity=reads, context=context) == expected


def test_some_attributes_may_not_be_written(outcome: Outcome) -> None:
    """IAM User Guide, "Multivalued context key examples": ForAnyValue with Deny."""
    denies = {
        "Effect": "Deny",
        "Action": "dynamodb:PutItem",
        "Resource": "arn:aws:dynamodb:*:*:table/Thread",
        "Condition": {"ForAnyValue:StringEquals": {"dynamodb:Attributes": ["ID", "PostDateTime"]}},
    }
    for given, expected in ((["PostDateTime", "Message"], EXPLICIT), (["UserName"], ALLOWED)):
        asked = {"identity": [EVERYTHING, denies], "context": {"dynamodb:Attributes": given}}
        assert outcome(ROLE, "dynamodb:PutItem", TABLE, **asked) == expected


@pytest.mark.parametrize(
    ("operator", "context", "expected"),
    [
        ("Bool", {"aws:MultiFactorAuthPresent": "true"}, ALLOWED),
        ("Bool", {"aws:MultiFactorAuthPresent": "false"}, EXPLICIT),
        ("Bool", {}, ALLOWED),
        ("BoolIfExists", {"aws:MultiFactorAuthPresent": "true"}, ALLOWED),
        ("BoolIfExists", {"aws:MultiFactorAuthPresent": "false"}, EXPLICIT),
        ("BoolIfExists", {}, EXPLICIT),
    ],
)
def test_denying_without_mfa_takes_if_exists(
    outcome: Outcome, operator: str, context: dict[str, str], expected: str
) -> None:
    """IAM User Guide, "AWS global condition context keys": aws:MultiFactorAuthPresent."""
    condition = {operator: {"aws:MultiFactorAuthPresent": "false"}}
    denies = {**EVERYTHING, "Effect": "Deny", "Condition": condition}
    assert (
        outcome(ROLE, "sqs:ListQueues", identity=[EVERYTHING, denies], context=context) == expected
    )


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"ec2:InstanceType": "t2.micro"}, ALLOWED),
        ({"ec2:InstanceType": "p5.48xlarge"}, IMPLICIT),
        ({}, ALLOWED),
    ],
)
def test_if_exists_lets_resources_through_that_lack_the_key(
    outcome: Outcome, context: dict[str, str], expected: str
) -> None:
    """IAM User Guide, "Condition operators": IfExists, running instances."""
    types = {"StringLikeIfExists": {"ec2:InstanceType": ["t1.*", "t2.*", "m3.*"]}}
    runs = {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*", "Condition": types}
    image = "arn:aws:ec2:eu-west-1::image/ami-1"
    asked = {"identity": runs, "context": context, "owner": ACCOUNT}
    assert outcome(ROLE, "ec2:RunInstances", image, **asked) == expected


def test_a_negated_operator_denies_where_the_key_is_missing(outcome: Outcome) -> None:
    """IAM User Guide, "Condition operators": a negated operator and a missing key."""
    unless = {"StringNotEquals": {"aws:RequestTag/owner": "machine-learning"}}
    denies = {**EVERYTHING, "Effect": "Deny", "Condition": unless}
    tagged = {"aws:RequestTag/owner": "machine-learning"}
    asked = {"identity": [EVERYTHING, denies]}
    assert outcome(ROLE, "sqs:ListQueues", **asked) == EXPLICIT
    assert outcome(ROLE, "sqs:ListQueues", **asked, context=tagged) == ALLOWED


BUCKET = "arn:aws:s3:::releases"
OF_BUCKET = {"Principal": "*", "Resource": [BUCKET, f"{BUCKET}/*"], "Effect": "Deny"}


def test_a_bucket_refuses_requests_without_tls(outcome: Outcome) -> None:
    """IAM User Guide, "Condition operators": aws:SecureTransport with Deny."""
    without = {"Bool": {"aws:SecureTransport": "false"}}
    asked: dict[str, Any] = {
        "identity": EVERYTHING,
        "attached": {**OF_BUCKET, "Action": "s3:*", "Condition": without},
        "owner": ACCOUNT,
    }
    assert outcome(ROLE, "s3:GetObject", f"{BUCKET}/a", **asked) == ALLOWED
    plain = {"aws:SecureTransport": "false"}
    assert outcome(ROLE, "s3:GetObject", f"{BUCKET}/a", **asked, context=plain) == EXPLICIT
    service = Principal.service("logging.s3.amazonaws.com")
    assert outcome(service, "s3:PutObject", f"{BUCKET}/a", **asked, context=plain) == EXPLICIT


def test_a_bucket_refuses_to_be_written_twice(outcome: Outcome) -> None:
    """S3 User Guide, "Enforce conditional writes on Amazon S3 buckets": s3:if-none-match."""
    asked: dict[str, Any] = {
        "identity": EVERYTHING,
        "attached": {
            **OF_BUCKET,
            "Action": "s3:PutObject",
            "Condition": {
                "Null": {"s3:if-none-match": "true"},
                "Bool": {"s3:ObjectCreationOperation": "true"},
            },
        },
        "owner": ACCOUNT,
    }
    creation = {"s3:ObjectCreationOperation": "true"}
    once = {**creation, "s3:if-none-match": "*"}
    assert outcome(ROLE, "s3:PutObject", f"{BUCKET}/a", **asked, context=creation) == EXPLICIT
    assert outcome(ROLE, "s3:PutObject", f"{BUCKET}/a", **asked, context=once) == ALLOWED
    part = {"s3:ObjectCreationOperation": "false"}
    assert outcome(ROLE, "s3:PutObject", f"{BUCKET}/a", **asked, context=part) == ALLOWED


def test_a_bucket_refuses_another_encryption_key(outcome: Outcome) -> None:
    """S3 User Guide, "Specifying server-side encryption with AWS KMS": requiring a key."""
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
    name = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    asked: dict[str, Any] = {
        "identity": EVERYTHING,
        "attached": {
            **OF_BUCKET,
            "Action": "s3:PutObject",
            "Condition": {"ArnNotEqualsIfExists": {name: key}},
        },
        "owner": ACCOUNT,
    }
    other = {name: key.replace("key/1", "key/2")}
    assert outcome(ROLE, "s3:PutObject", f"{BUCKET}/a", **asked, context={name: key}) == ALLOWED
    assert outcome(ROLE, "s3:PutObject", f"{BUCKET}/a", **asked, context=other) == EXPLICIT


def test_a_role_is_passed_only_to_one_service(outcome: Outcome) -> None:
    """IAM User Guide, "Grant a user permissions to pass a role to an AWS service"."""
    passes = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": f"arn:aws:iam::{ACCOUNT}:role/execution",
        "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    }
    role = f"arn:aws:iam::{ACCOUNT}:role/execution"
    for service, expected in (("sagemaker", ALLOWED), ("ec2", IMPLICIT)):
        context = {"iam:PassedToService": f"{service}.amazonaws.com"}
        assert outcome(ROLE, "iam:PassRole", role, identity=passes, context=context) == expected


def own_folder(version: str = "2012-10-17") -> dict[str, Any]:
    """Each user has a folder of their name."""
    return {
        "Version": version,
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": BUCKET,
                "Condition": {"StringLike": {"s3:prefix": ["", "home/${aws:username}/*"]}},
            },
            {
                "Effect": "Allow",
                "Action": "s3:*Object",
                "Resource": f"{BUCKET}/home/${{aws:username}}/*",
            },
        ],
    }


def test_a_variable_stands_for_a_key_of_the_request(outcome: Outcome) -> None:
    """IAM User Guide, "IAM policy elements: Variables and tags": a folder for each user."""
    ben = Principal.user(f"arn:aws:iam::{ACCOUNT}:user/ben")
    asked: dict[str, Any] = {"identity": own_folder(), "owner": ACCOUNT}
    assert outcome(ben, "s3:GetObject", f"{BUCKET}/home/ben/file", **asked) == ALLOWED
    assert outcome(ben, "s3:GetObject", f"{BUCKET}/home/cat/file", **asked) == IMPLICIT
    for prefix, expected in (("home/ben/x", ALLOWED), ("", ALLOWED), ("home/", IMPLICIT)):
        context = {"s3:prefix": prefix}
        assert outcome(ben, "s3:ListBucket", BUCKET, **asked, context=context) == expected


def test_a_variable_without_a_value_covers_no_resource(outcome: Outcome) -> None:
    """IAM User Guide, "Variables and tags": policy variables with no value."""
    asked: dict[str, Any] = {"identity": own_folder(), "owner": ACCOUNT}
    assert outcome(ROLE, "s3:GetObject", f"{BUCKET}/home//file", **asked) == IMPLICIT


def test_a_variable_without_a_value_differs_from_everything(outcome: Outcome) -> None:
    """IAM User Guide, "Variables and tags": inverted operators, the tag Team."""
    differs = {"StringNotEquals": {"s3:ExistingObjectTag/Team": "${aws:PrincipalTag/Team}"}}
    denies = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", "Condition": differs}
    asked: dict[str, Any] = {
        "identity": [EVERYTHING, denies],
        "context": {"s3:ExistingObjectTag/Team": "yellow"},
        "owner": ACCOUNT,
    }
    yellow = Principal.role(ROLE.arn, tags={"Team": "yellow"})
    assert outcome(yellow, "s3:GetObject", f"{BUCKET}/a", **asked) == ALLOWED
    assert outcome(ROLE, "s3:GetObject", f"{BUCKET}/a", **asked) == EXPLICIT


def test_a_variable_may_have_a_default(outcome: Outcome) -> None:
    """IAM User Guide, "Variables and tags": specifying default values, company-wide."""
    bucket = f"{BUCKET}-${{aws:PrincipalTag/team, 'company-wide'}}"
    asked = {"identity": {**EVERYTHING, "Resource": bucket}, "owner": ACCOUNT}
    yellow = Principal.role(ROLE.arn, tags={"team": "yellow"})
    assert outcome(yellow, "s3:ListBucket", f"{BUCKET}-yellow", **asked) == ALLOWED
    assert outcome(yellow, "s3:ListBucket", f"{BUCKET}-company-wide", **asked) == IMPLICIT
    assert outcome(ROLE, "s3:ListBucket", f"{BUCKET}-company-wide", **asked) == ALLOWED


def test_a_variable_is_plain_text_in_an_older_policy(outcome: Outcome) -> None:
    """IAM User Guide, "IAM JSON policy elements: Version"."""
    ben = Principal.user(f"arn:aws:iam::{ACCOUNT}:user/ben")
    asked: dict[str, Any] = {"identity": own_folder("2008-10-17"), "owner": ACCOUNT}
    assert outcome(ben, "s3:GetObject", f"{BUCKET}/home/ben/file", **asked) == IMPLICIT
    literal = f"{BUCKET}/home/${{aws:username}}/file"
    assert outcome(ben, "s3:GetObject", literal, **asked) == ALLOWED


def test_what_comes_from_a_variable_is_no_wildcard(outcome: Outcome) -> None:
    """IAM User Guide, "Variables and tags": characters with a meaning of their own."""
    star = Principal.role(ROLE.arn, tags={"team": "*"})
    asked = {"identity": {**EVERYTHING, "Resource": f"{BUCKET}/${{aws:PrincipalTag/team}}"}}
    assert outcome(star, "s3:GetObject", f"{BUCKET}/a", **asked, owner=ACCOUNT) == IMPLICIT
    assert outcome(star, "s3:GetObject", f"{BUCKET}/*", **asked, owner=ACCOUNT) == ALLOWED
    fields = Principal.role(ROLE.arn, tags={"place": f"eu-west-1:{ACCOUNT}"})
    place = {**EVERYTHING, "Resource": "arn:aws:sqs:${aws:PrincipalTag/place}:queue"}
    queue = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:queue"
    assert outcome(fields, "sqs:SendMessage", queue, identity=place) == IMPLICIT
    escaped = {"identity": {**EVERYTHING, "Resource": f"{BUCKET}/${{*}}a${{?}}${{$}}"}}
    assert outcome(ROLE, "s3:GetObject", f"{BUCKET}/*a?$", **escaped, owner=ACCOUNT) == ALLOWED
    assert outcome(ROLE, "s3:GetObject", f"{BUCKET}/bab$", **escaped, owner=ACCOUNT) == IMPLICIT


def refused(holds: Holds, conditions: dict[str, Any], context: dict[str, Any]) -> str:
    with pytest.raises(PolicyError) as error:
        holds(conditions, context)
    return str(error.value)


def test_an_unknown_operator_is_named(holds: Holds) -> None:
    conditions = {"StringEqual": {"a:key": "b"}, "ForSomeValues:StringLike": {"a:key": "b"}}
    assert refused(holds, conditions, {}) == (
        "identity Statement: 'StringEqual' is no condition operator. Did you mean StringEquals? "
        "The names are those of the IAM User Guide.\n"
        "identity Statement: 'ForSomeValues:StringLike' is no condition operator. "
        "Did you mean StringLike? The names are those of the IAM User Guide."
    )


def test_several_values_are_not_compared_as_one(holds: Holds) -> None:
    conditions = {"StringEquals": {"aws:TagKeys": "a"}}
    assert refused(holds, conditions, {"aws:TagKeys": ["a", "b"]}) == (
        "identity Statement: the request has 2 values of aws:TagKeys, StringEquals compares one. "
        "Use ForAnyValue:StringEquals or ForAllValues:StringEquals."
    )


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "message"),
    [
        ("NumericLessThan", "ten", "9", "'ten' is no number. Write digits."),
        (
            "DateLessThan",
            "soon",
            "2020-01-01",
            "'soon' is no date. Write ISO 8601 or seconds since 1970.",
        ),
        (
            "IpAddress",
            "here",
            "10.0.0.1",
            "'here or 10.0.0.1' is no address or range. Write CIDR form.",
        ),
        ("BinaryEquals", "!", "QQ==", "'!' is no Base64 text. Encode it."),
        (
            "ArnLike",
            "arn:aws:sns",
            "arn:aws:sns:eu:1:a",
            "'arn:aws:sns' is no ARN with six fields. Write the fields between the colons.",
        ),
        (
            "StringEquals",
            {"Fn::Other": "x"},
            "b",
            "StringEquals compares a:key with {'Fn::Other': 'x'}, which is no value. "
            "Write a string, a number or a boolean.",
        ),
    ],
)
def test_a_value_that_cannot_be_compared_is_named(
    holds: Holds, operator: str, wanted: object, given: str, message: str
) -> None:
    told = refused(holds, {operator: {"a:key": wanted}}, {"a:key": given})
    assert told == f"identity Statement: {message}"


def test_a_variable_of_several_values_is_named(outcome: Outcome) -> None:
    allows = {**EVERYTHING, "Resource": "arn:aws:s3:::${aws:TagKeys}"}
    with pytest.raises(PolicyError) as error:
        outcome(ROLE, "s3:ListBucket", BUCKET, identity=allows, context={"aws:TagKeys": ["a", "b"]})
    assert str(error.value) == (
        "identity Statement: the variable ${aws:TagKeys} has 2 values. "
        "Use a key that has one value."
    )
