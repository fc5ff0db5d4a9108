"""Cases of AWS's documentation of how policies are evaluated together."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.policies import Principal, ResourceKind

ALLOWED, IMPLICIT, EXPLICIT = "allowed", "implicitly denied", "explicitly denied"
HERE, THERE = "111111111111", "222222222222"
CARLOS = Principal.user(f"arn:aws:iam::{HERE}:user/carlos")
ROLE = Principal.role(f"arn:aws:iam::{HERE}:role/example", session="example-session")
LOGS, LOG_FILE = "arn:aws:s3:::carlos-logs", "arn:aws:s3:::carlos-logs/log.txt"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
NO_PRODUCTION_LOGS = [
    {"Sid": "List", "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
    {
        "Sid": "Objects",
        "Effect": "Allow",
        "Action": "s3:*Object*",
        "Resource": "arn:aws:s3:::Production/*",
    },
    {
        "Sid": "NoLogs",
        "Effect": "Deny",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::*log*", "arn:aws:s3:::*log*/*"],
    },
]
OF_PRODUCTION = {
    "Effect": "Allow",
    "Action": ["s3:GetObject*", "s3:PutObject*", "s3:ReplicateObject", "s3:RestoreObject"],
    "Principal": {"AWS": CARLOS.arn},
    "Resource": "arn:aws:s3:::Production/*",
}
Outcome = Callable[..., str]


def grant(principal: Any, **elements: Any) -> dict[str, Any]:
    """A statement of a resource policy that lets someone write the log file."""
    return {
        "Effect": "Allow",
        "Principal": principal if principal == "*" else {"AWS": principal},
        "Action": "s3:PutObject",
        "Resource": LOG_FILE,
        **elements,
    }


def test_what_nothing_allows_is_denied_implicitly(outcome: Outcome) -> None:
    """IAM User Guide, "The difference between explicit and implicit denies"."""
    allows = {"Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": "*"}
    assert outcome(CARLOS, "iam:CreateAccessKey", identity=allows) == ALLOWED
    assert outcome(CARLOS, "ec2:RunInstances", identity=allows) == IMPLICIT


def test_an_explicit_deny_wins_over_every_allow(outcome: Outcome) -> None:
    """IAM User Guide, "How AWS enforcement code logic evaluates requests": deny evaluation."""
    denies = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": LOG_FILE}
    both = [EVERYTHING, denies]
    assert outcome(CARLOS, "s3:PutObject", LOG_FILE, identity=both, owner=HERE) == EXPLICIT
    policies: dict[str, Any] = {"identity": EVERYTHING, "attached": grant(CARLOS.arn)}
    for kind in ("boundary", "session"):
        refused = outcome(CARLOS, "s3:PutObject", LOG_FILE, owner=HERE, **policies, **{kind: both})
        assert refused == EXPLICIT
    refused = outcome(CARLOS, "s3:PutObject", LOG_FILE, owner=HERE, **policies, organization=[both])
    assert refused == EXPLICIT


def test_a_bucket_policy_is_enough_within_the_account(outcome: Outcome) -> None:
    """IAM User Guide, "Policy evaluation for requests within a single account", example."""
    identity = [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": ["s3:GetBucketLocation", "s3:ListAllMyBuckets", "s3:ListBucket"],
            "Resource": "arn:aws:s3:::*",
        },
        {"Sid": "Own", "Effect": "Allow", "Action": "s3:*", "Resource": [LOGS, f"{LOGS}/*"]},
        {
            "Sid": "NoLogging",
            "Effect": "Deny",
            "Action": "s3:PutBucketLogging",
            "Resource": "arn:aws:s3:::*",
        },
    ]
    of_bucket = {
        "Effect": "Allow",
        "Principal": {"AWS": CARLOS.arn},
        "Action": "s3:*",
        "Resource": [LOGS, f"{LOGS}/*"],
    }
    asked: dict[str, Any] = {"attached": of_bucket, "owner": HERE}
    assert outcome(CARLOS, "s3:PutObject", LOG_FILE, identity=identity, **asked) == ALLOWED
    assert outcome(CARLOS, "s3:PutObject", LOG_FILE, **asked) == ALLOWED
    assert outcome(CARLOS, "s3:PutObject", LOG_FILE, identity=identity, owner=HERE) == ALLOWED
    assert outcome(CARLOS, "s3:PutBucketLogging", LOGS, identity=identity, **asked) == EXPLICIT


def test_a_boundary_limits_what_an_identity_policy_gives(outcome: Outcome) -> None:
    """IAM User Guide, "Permissions boundaries for IAM entities": Shirley."""
    services = ["s3:*", "cloudwatch:*", "ec2:*"]
    boundary = {"Effect": "Allow", "Action": services, "Resource": "*"}
    creates_users = {"Effect": "Allow", "Action": "iam:CreateUser", "Resource": "*"}
    user = f"arn:aws:iam::{HERE}:user/new"
    assert outcome(CARLOS, "iam:CreateUser", user, identity=creates_users) == ALLOWED
    limited = outcome(CARLOS, "iam:CreateUser", user, identity=creates_users, boundary=boundary)
    assert limited == IMPLICIT


def test_a_boundary_alone_gives_nothing(outcome: Outcome) -> None:
    """IAM User Guide, "Permissions boundaries for IAM entities": boundaries do not grant."""
    assert outcome(CARLOS, "s3:GetObject", LOG_FILE, boundary=EVERYTHING, owner=HERE) == IMPLICIT


NOTHING_ELSE = {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}


@pytest.mark.parametrize(
    ("principal", "named", "limited_by_boundary"),
    [
        (ROLE, ROLE.arn, True),
        (ROLE, ROLE.session_arn, False),
        (CARLOS, CARLOS.arn, False),
        (ROLE, "*", False),
    ],
    ids=["role", "session", "user", "everyone"],
)
def test_whom_a_resource_policy_names_decides_whether_a_boundary_limits(
    outcome: Outcome, principal: Principal, named: str, limited_by_boundary: bool
) -> None:
    """IAM User Guide, "How AWS enforcement code logic evaluates requests": implicit denies."""
    asked: dict[str, Any] = {"attached": grant(named), "owner": HERE}
    assert outcome(principal, "s3:PutObject", LOG_FILE, **asked) == ALLOWED
    limited = outcome(principal, "s3:PutObject", LOG_FILE, **asked, boundary=NOTHING_ELSE)
    assert limited == (IMPLICIT if limited_by_boundary else ALLOWED)


@pytest.mark.parametrize(("named", "expected"), [(ROLE.arn, IMPLICIT), (ROLE.session_arn, ALLOWED)])
def test_a_session_policy_limits_a_role_but_not_a_session_that_is_named(
    outcome: Outcome, named: str, expected: str
) -> None:
    """IAM User Guide, "Policies and permissions in IAM", session policies."""
    asked: dict[str, Any] = {"attached": grant(named), "session": NOTHING_ELSE, "owner": HERE}
    assert outcome(ROLE, "s3:PutObject", LOG_FILE, **asked) == expected


def test_a_session_has_what_role_and_session_policy_both_allow(outcome: Outcome) -> None:
    """IAM User Guide, "Permissions boundaries for IAM entities", session policies."""
    reads = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    asked: dict[str, Any] = {"identity": EVERYTHING, "session": reads, "owner": HERE}
    assert outcome(ROLE, "s3:GetObject", LOG_FILE, **asked) == ALLOWED
    assert outcome(ROLE, "s3:PutObject", LOG_FILE, **asked) == IMPLICIT


def test_naming_the_role_by_a_condition_goes_past_its_boundary(outcome: Outcome) -> None:
    """IAM User Guide, "AWS JSON policy elements: Principal", IAM role principals."""
    by_key = grant("*", Condition={"ArnEquals": {"aws:PrincipalArn": ROLE.arn}})
    asked: dict[str, Any] = {"attached": by_key, "boundary": NOTHING_ELSE, "owner": HERE}
    assert outcome(ROLE, "s3:PutObject", LOG_FILE, **asked) == ALLOWED
    assert outcome(CARLOS, "s3:PutObject", LOG_FILE, **asked) == IMPLICIT


@pytest.mark.parametrize("account", [HERE, f"arn:aws:iam::{HERE}:root"])
def test_naming_an_account_leaves_the_decision_to_its_identity_policies(
    outcome: Outcome, account: str
) -> None:
    """IAM User Guide, "AWS JSON policy elements: Principal", AWS account principals."""
    asked: dict[str, Any] = {"attached": grant(account), "owner": HERE}
    assert outcome(ROLE, "s3:PutObject", LOG_FILE, **asked) == IMPLICIT
    assert outcome(ROLE, "s3:PutObject", LOG_FILE, **asked, identity=EVERYTHING) == ALLOWED
    from_there = {"attached": grant(account), "owner": THERE}
    assert outcome(ROLE, "s3:PutObject", LOG_FILE, **from_there) == IMPLICIT
    assert outcome(ROLE, "s3:PutObject", LOG_FILE, **from_there, identity=EVERYTHING) == ALLOWED


def test_every_level_of_the_organization_has_to_allow(outcome: Outcome) -> None:
    """AWS Organizations User Guide, "SCP evaluation"."""
    storage = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    asked: dict[str, Any] = {"identity": EVERYTHING, "owner": HERE}
    levels = [EVERYTHING, storage]
    assert outcome(ROLE, "s3:GetObject", LOG_FILE, **asked, organization=levels) == ALLOWED
    assert outcome(ROLE, "sqs:ListQueues", **asked, organization=levels) == IMPLICIT
    alone = outcome(ROLE, "s3:GetObject", LOG_FILE, owner=HERE, organization=levels)
    assert alone == IMPLICIT


def test_the_organization_limits_a_resource_policy_as_well(outcome: Outcome) -> None:
    """IAM User Guide, "Policy evaluation logic": service control policies."""
    asked: dict[str, Any] = {"attached": grant(CARLOS.arn), "owner": HERE}
    assert outcome(CARLOS, "s3:PutObject", LOG_FILE, **asked) == ALLOWED
    limited = outcome(CARLOS, "s3:PutObject", LOG_FILE, **asked, organization=[NOTHING_ELSE])
    assert limited == IMPLICIT


def test_the_root_user_needs_no_policy_but_obeys_the_organization(outcome: Outcome) -> None:
    """IAM User Guide, "How AWS enforcement code logic evaluates requests": the root user."""
    root = Principal.account_root(HERE)
    assert outcome(root, "s3:PutObject", LOG_FILE, owner=HERE) == ALLOWED
    limited = outcome(root, "s3:PutObject", LOG_FILE, owner=HERE, organization=[NOTHING_ELSE])
    assert limited == IMPLICIT


def test_across_accounts_a_deny_on_one_side_is_enough(outcome: Outcome) -> None:
    """IAM User Guide, "Cross-account policy evaluation logic", example: Production-logs."""
    asked: dict[str, Any] = {"identity": NO_PRODUCTION_LOGS, "owner": THERE}
    file = "arn:aws:s3:::Production-logs/file"
    assert outcome(CARLOS, "s3:PutObject", file, **asked) == EXPLICIT


def test_across_accounts_both_sides_have_to_allow(outcome: Outcome) -> None:
    """IAM User Guide, "Cross-account policy evaluation logic", example: Production."""
    file = "arn:aws:s3:::Production/file"
    both = {"identity": NO_PRODUCTION_LOGS, "attached": OF_PRODUCTION, "owner": THERE}
    assert outcome(CARLOS, "s3:PutObject", file, **both) == ALLOWED
    assert outcome(CARLOS, "s3:DeleteObject", file, **both) == IMPLICIT
    without = {**both, "identity": ()}
    assert outcome(CARLOS, "s3:PutObject", file, **without) == IMPLICIT
    without = {**both, "attached": ()}
    assert outcome(CARLOS, "s3:PutObject", file, **without) == IMPLICIT


@pytest.mark.parametrize("named", [ROLE.arn, ROLE.session_arn, HERE, "*"])
def test_across_accounts_a_boundary_limits_whomever_the_policy_names(
    outcome: Outcome, named: str
) -> None:
    """IAM User Guide, "Cross-account policy evaluation logic": what limits the trusted account."""
    asked: dict[str, Any] = {
        "identity": EVERYTHING,
        "attached": grant(named),
        "owner": THERE,
    }
    assert outcome(ROLE, "s3:PutObject", LOG_FILE, **asked) == ALLOWED
    assert outcome(ROLE, "s3:PutObject", LOG_FILE, **asked, boundary=NOTHING_ELSE) == IMPLICIT


def test_the_decision_tells_what_decided(decide: Callable[..., Any]) -> None:
    asked: dict[str, Any] = {"identity": NO_PRODUCTION_LOGS, "owner": THERE}
    file = "arn:aws:s3:::Production/file"
    allowed = decide(CARLOS, "s3:PutObject", file, **asked, attached=OF_PRODUCTION)
    assert str(allowed) == (
        f"arn:aws:iam::111111111111:user/carlos: s3:PutObject on {file} is allowed\n"
        "  Allow 'Objects' at identity Statement[1]\n"
        "  Allow at attached Statement"
    )
    assert str(decide(CARLOS, "s3:PutObject", file, **asked)) == (
        f"arn:aws:iam::111111111111:user/carlos: s3:PutObject on {file} is implicitly denied: "
        "nothing allows it in: resource policy of account 222222222222"
    )


KEY = f"arn:aws:kms:eu-west-1:{HERE}:key/1234"
USES_KEY = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY}


def key_policy(principal: str, action: str = "kms:*") -> dict[str, Any]:
    """A statement of a key policy."""
    return {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": action,
        "Resource": "*",
    }


def test_a_key_policy_has_to_let_identity_policies_count(outcome: Outcome) -> None:
    """KMS Developer Guide, "Key policies in AWS KMS"; "Default key policy"."""
    asked: dict[str, Any] = {"kind": ResourceKind.KEY, "identity": USES_KEY}
    assert outcome(ROLE, "kms:Decrypt", KEY, **asked) == IMPLICIT
    other = key_policy(f"arn:aws:iam::{HERE}:role/other")
    assert outcome(ROLE, "kms:Decrypt", KEY, **asked, attached=other) == IMPLICIT
    to_account = key_policy(f"arn:aws:iam::{HERE}:root")
    assert outcome(ROLE, "kms:Decrypt", KEY, **asked, attached=to_account) == ALLOWED
    without = {**asked, "identity": ()}
    assert outcome(ROLE, "kms:Decrypt", KEY, **without, attached=to_account) == IMPLICIT


def test_a_key_policy_that_names_the_role_is_enough_in_its_account(outcome: Outcome) -> None:
    """KMS Developer Guide, "Key policies in AWS KMS"."""
    named = {"kind": ResourceKind.KEY, "attached": key_policy(ROLE.arn, "kms:Decrypt")}
    assert outcome(ROLE, "kms:Decrypt", KEY, **named) == ALLOWED
    assert outcome(ROLE, "kms:Encrypt", KEY, **named) == IMPLICIT


def test_not_even_the_root_user_has_a_key_that_does_not_name_the_account(
    outcome: Outcome,
) -> None:
    """KMS Developer Guide, "Key policies in AWS KMS": no principal has permissions by itself."""
    root, named = Principal.account_root(HERE), key_policy(ROLE.arn)
    assert outcome(root, "kms:Decrypt", KEY, kind=ResourceKind.KEY, attached=named) == IMPLICIT
    to_account = key_policy(HERE)
    allowed = outcome(root, "kms:Decrypt", KEY, kind=ResourceKind.KEY, attached=to_account)
    assert allowed == ALLOWED


def test_an_identity_policy_can_deny_a_key_without_the_key_policy(outcome: Outcome) -> None:
    """KMS Developer Guide, "Key policies in AWS KMS": IAM policies can deny by themselves."""
    denies = {**USES_KEY, "Effect": "Deny"}
    named = {"kind": ResourceKind.KEY, "attached": key_policy(ROLE.arn)}
    assert outcome(ROLE, "kms:Decrypt", KEY, identity=denies, **named) == EXPLICIT


def test_a_key_is_used_across_accounts_where_both_sides_allow(outcome: Outcome) -> None:
    """KMS Developer Guide, "Allowing users in other accounts to use a KMS key"."""
    key = KEY.replace(HERE, THERE)
    identity = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}
    asked: dict[str, Any] = {"kind": ResourceKind.KEY, "attached": key_policy(HERE)}
    assert outcome(ROLE, "kms:Decrypt", key, **asked, identity=identity) == ALLOWED
    assert outcome(ROLE, "kms:Decrypt", key, **asked) == IMPLICIT


def test_a_key_is_used_only_through_a_service(outcome: Outcome) -> None:
    """KMS Developer Guide, "Condition keys for AWS KMS": kms:ViaService."""
    through = {
        **key_policy(ROLE.arn, "kms:Decrypt"),
        "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
    }
    asked: dict[str, Any] = {"kind": ResourceKind.KEY, "attached": through}
    via = {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}
    assert outcome(ROLE, "kms:Decrypt", KEY, **asked, context=via) == ALLOWED
    assert outcome(ROLE, "kms:Decrypt", KEY, **asked) == IMPLICIT


def trust(principal: dict[str, str], **elements: Any) -> dict[str, Any]:
    """A statement of a trust policy."""
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **elements}


def test_a_role_is_assumed_only_by_whom_it_trusts(outcome: Outcome) -> None:
    """IAM User Guide, "Cross account resource access in IAM"; "Policy evaluation logic"."""
    target = f"arn:aws:iam::{HERE}:role/target"
    may = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": target}
    kind = ResourceKind.TRUST
    assert outcome(ROLE, "sts:AssumeRole", target, kind=kind, identity=may) == IMPLICIT
    named = trust({"AWS": ROLE.arn})
    assert outcome(ROLE, "sts:AssumeRole", target, kind=kind, attached=named) == ALLOWED
    account = trust({"AWS": HERE})
    assert outcome(ROLE, "sts:AssumeRole", target, kind=kind, attached=account) == IMPLICIT
    both = outcome(ROLE, "sts:AssumeRole", target, kind=kind, attached=account, identity=may)
    assert both == ALLOWED
    there = target.replace(HERE, THERE)
    assert outcome(ROLE, "sts:AssumeRole", there, kind=kind, attached=named) == IMPLICIT


def test_the_root_user_assumes_no_role(outcome: Outcome) -> None:
    """STS API Reference, "AssumeRole": not with the credentials of a root user."""
    root, target = Principal.account_root(HERE), f"arn:aws:iam::{HERE}:role/target"
    attached = trust({"AWS": HERE})
    refused = outcome(root, "sts:AssumeRole", target, kind=ResourceKind.TRUST, attached=attached)
    assert refused == IMPLICIT


def test_a_third_party_has_to_give_the_external_id(outcome: Outcome) -> None:
    """IAM User Guide, "Access to AWS accounts owned by third parties": the confused deputy."""
    target = f"arn:aws:iam::{THERE}:role/target"
    attached = trust({"AWS": HERE}, Condition={"StringEquals": {"sts:ExternalId": "12345"}})
    asked: dict[str, Any] = {"kind": ResourceKind.TRUST, "attached": attached}
    asked["identity"] = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": target}
    given = {"sts:ExternalId": "12345"}
    assert outcome(ROLE, "sts:AssumeRole", target, **asked, context=given) == ALLOWED
    assert outcome(ROLE, "sts:AssumeRole", target, **asked) == IMPLICIT


def test_a_service_is_let_in_by_the_resource_alone_and_for_one_source(outcome: Outcome) -> None:
    """IAM User Guide, "The confused deputy problem": aws:SourceArn and aws:SourceAccount."""
    queue, rule = f"arn:aws:sqs:eu-west-1:{HERE}:queue", f"arn:aws:events:eu-west-1:{HERE}:rule/r"
    attached = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    events, other = (
        Principal.service("events.amazonaws.com"),
        Principal.service("sns.amazonaws.com"),
    )
    given = {"aws:SourceArn": rule}
    assert outcome(events, "sqs:SendMessage", queue, attached=attached, context=given) == ALLOWED
    assert outcome(events, "sqs:SendMessage", queue, attached=attached) == IMPLICIT
    assert outcome(other, "sqs:SendMessage", queue, attached=attached, context=given) == IMPLICIT


def test_an_oidc_provider_lets_in_one_branch_of_one_repository(outcome: Outcome) -> None:
    """IAM User Guide, "Create a role for OpenID Connect federation": GitHub."""
    provider = f"arn:aws:iam::{HERE}:oidc-provider/token.actions.githubusercontent.com"
    host, target = "token.actions.githubusercontent.com", f"arn:aws:iam::{HERE}:role/ci"
    attached = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {f"{host}:aud": "sts.amazonaws.com"},
            "StringLike": {f"{host}:sub": "repo:org/project:ref:refs/heads/main"},
        },
    }
    asked: dict[str, Any] = {"kind": ResourceKind.TRUST, "attached": attached}
    outsider = Principal.web_identity(provider)
    for branch, expected in (("main", ALLOWED), ("other", IMPLICIT)):
        given = {
            f"{host}:aud": "sts.amazonaws.com",
            f"{host}:sub": f"repo:org/project:ref:refs/heads/{branch}",
        }
        action = "sts:AssumeRoleWithWebIdentity"
        assert outcome(outsider, action, target, **asked, context=given) == expected


def test_a_public_bucket_is_read_by_anyone(outcome: Outcome) -> None:
    """IAM User Guide, "AWS JSON policy elements: Principal", all principals."""
    public = {**grant("*"), "Action": "s3:GetObject"}
    nobody = Principal.anonymous()
    assert outcome(nobody, "s3:GetObject", LOG_FILE, attached=public, owner=HERE) == ALLOWED
    assert outcome(nobody, "s3:PutObject", LOG_FILE, attached=public, owner=HERE) == IMPLICIT


BOB, ACCOUNT = "arn:aws:iam::444455556666:user/Bob", "arn:aws:iam::444455556666:root"


def all_but(*names: str) -> dict[str, Any]:
    """A Deny for everyone but those."""
    return {
        "Effect": "Deny",
        "NotPrincipal": {"AWS": list(names)},
        "Action": "s3:*",
        "Resource": [LOGS, f"{LOGS}/*"],
    }


@pytest.mark.parametrize(
    ("names", "expected"),
    [([BOB, ACCOUNT], ALLOWED), ([BOB], EXPLICIT), ([ACCOUNT], EXPLICIT)],
    ids=["user and account", "user", "account"],
)
def test_not_principal_leaves_out_a_user_named_with_the_account(
    outcome: Outcome, names: list[str], expected: str
) -> None:
    """IAM User Guide, "AWS JSON policy elements: NotPrincipal", an IAM user."""
    bob, attached = Principal.user(BOB), [all_but(*names), grant(BOB)]
    asked: dict[str, Any] = {"identity": EVERYTHING, "attached": attached, "owner": THERE}
    assert outcome(bob, "s3:PutObject", LOG_FILE, **asked) == expected
    assert outcome(CARLOS, "s3:PutObject", LOG_FILE, **asked) == EXPLICIT


def test_not_principal_leaves_out_a_session_named_with_role_and_account(outcome: Outcome) -> None:
    """IAM User Guide, "AWS JSON policy elements: NotPrincipal", an IAM role."""
    names = [ROLE.session_arn, ROLE.arn, f"arn:aws:iam::{HERE}:root"]
    asked: dict[str, Any] = {"identity": EVERYTHING, "owner": HERE}
    kept = outcome(ROLE, "s3:PutObject", LOG_FILE, **asked, attached=all_but(*names))
    assert kept == ALLOWED
    for left in range(3):
        fewer = all_but(*names[:left], *names[left + 1 :])
        assert outcome(ROLE, "s3:PutObject", LOG_FILE, **asked, attached=fewer) == EXPLICIT


def test_not_principal_denies_whoever_has_a_boundary(outcome: Outcome) -> None:
    """IAM User Guide, "AWS JSON policy elements: NotPrincipal", key points."""
    attached = all_but(ROLE.session_arn, ROLE.arn, HERE)
    asked: dict[str, Any] = {"identity": EVERYTHING, "attached": attached, "owner": HERE}
    assert outcome(ROLE, "s3:PutObject", LOG_FILE, **asked) == ALLOWED
    assert outcome(ROLE, "s3:PutObject", LOG_FILE, **asked, boundary=EVERYTHING) == EXPLICIT


def test_not_action_with_allow_gives_everything_else(outcome: Outcome) -> None:
    """IAM User Guide, "IAM JSON policy elements: NotAction"."""
    allows = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    assert outcome(ROLE, "sqs:ListQueues", identity=allows) == ALLOWED
    assert outcome(ROLE, "iam:ListUsers", identity=allows) == IMPLICIT


def test_not_action_with_deny_takes_everything_else(outcome: Outcome) -> None:
    """IAM User Guide, "IAM JSON policy elements: NotAction": all but IAM without MFA."""
    denies = {
        "Effect": "Deny",
        "NotAction": "iam:*",
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    }
    both = [EVERYTHING, denies]
    assert outcome(ROLE, "iam:ListUsers", identity=both) == ALLOWED
    assert outcome(ROLE, "sqs:ListQueues", identity=both) == EXPLICIT
    with_mfa = {"aws:MultiFactorAuthPresent": "true"}
    assert outcome(ROLE, "sqs:ListQueues", identity=both, context=with_mfa) == ALLOWED


def test_not_resource_with_deny_keeps_to_one_folder(outcome: Outcome) -> None:
    """IAM User Guide, "IAM JSON policy elements: NotResource": the HR bucket."""
    identity = [
        {"Effect": "Allow", "Action": "s3:*", "Resource": [LOGS, f"{LOGS}/*"]},
        {"Effect": "Deny", "Action": "s3:*", "NotResource": [LOGS, f"{LOGS}/*"]},
    ]
    asked: dict[str, Any] = {"identity": identity, "owner": HERE}
    assert outcome(ROLE, "s3:GetObject", LOG_FILE, **asked) == ALLOWED
    assert outcome(ROLE, "s3:GetObject", "arn:aws:s3:::other/file", **asked) == EXPLICIT


@pytest.mark.parametrize(
    ("pattern", "action"),
    [
        ("s3:GET*", "s3:GetObject"),
        ("S3:getobject", "s3:GetObject"),
        ("s3:???Object", "s3:PutObject"),
    ],
)
def test_actions_are_compared_without_regard_to_case(
    outcome: Outcome, pattern: str, action: str
) -> None:
    """IAM User Guide, "IAM JSON policy elements: Action"."""
    allows = {"Effect": "Allow", "Action": pattern, "Resource": "*"}
    assert outcome(ROLE, action, LOG_FILE, identity=allows, owner=HERE) == ALLOWED


@pytest.mark.parametrize(
    ("pattern", "arn", "covered"),
    [
        ("arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1/2/test/3/file", True),
        ("arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1/2/file", False),
        ("arn:aws:s3:::bucket/*/test/object.???", "arn:aws:s3:::bucket/x/test/object.png", True),
        ("arn:aws:s3:::bucket/*/test/object.???", "arn:aws:s3:::bucket/x/test/object.jpeg", False),
        ("arn:aws:sqs", "arn:aws:sqs:eu-west-1:111111111111:queue", True),
        ("arn:aws:sqs:*:*:queue", "arn:aws:sqs:eu-west-1:111111111111:queue", True),
        ("arn:aws:sns:*:topic", "arn:aws:sns:eu-west-1:111111111111:topic", False),
        ("arn:aws:logs:*:*:log-group:a*", "arn:aws:logs:r:1:log-group:ab:log-stream:c", True),
    ],
)
def test_wildcards_of_resources_stay_within_a_field(
    outcome: Outcome, pattern: str, arn: str, covered: bool
) -> None:
    """IAM User Guide, "IAM JSON policy elements: Resource"."""
    denies = {"Effect": "Deny", "Action": "*", "Resource": pattern}
    refused = outcome(ROLE, "any:Action", arn, identity=denies, owner=HERE)
    assert refused == (EXPLICIT if covered else IMPLICIT)
