"""Who is behind an ARN."""

import pytest

from infra.runtime.errors import Refused
from infra.runtime.identities import Identity, identity_of, same_person

ACCOUNT = "444444444444"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/teams/approver"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/approver/ben@example.com"
USER = f"arn:aws:iam::{ACCOUNT}:user/people/ben"


@pytest.mark.parametrize(
    ("arn", "identity"),
    [
        (ROLE, Identity(ACCOUNT, "role", "approver")),
        (SESSION, Identity(ACCOUNT, "role", "approver", "ben@example.com")),
        (USER, Identity(ACCOUNT, "user", "ben")),
        (f"arn:aws:iam::{ACCOUNT}:root", Identity(ACCOUNT, "root", "")),
        (f"arn:aws-cn:iam::{ACCOUNT}:user/ben", Identity(ACCOUNT, "user", "ben")),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/ben", Identity(ACCOUNT, "federated-user", "ben")),
    ],
)
def test_an_arn_names_a_role_or_a_user(arn: str, identity: Identity) -> None:
    assert identity_of(arn) == identity


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "ben",
        "*",
        f"arn:aws:iam::{ACCOUNT}:role/",
        f"arn:aws:iam::{ACCOUNT}:policy/p",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/approver",
        f"arn:aws:sts::{ACCOUNT}:assumed-role//ben",
        "arn:aws:iam::44:user/ben",
        f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:user-profile/d/ben",
        f"{USER}\n",
    ],
)
def test_what_names_nobody_is_refused(arn: str) -> None:
    with pytest.raises(Refused) as caught:
        identity_of(arn)
    assert str(caught.value) == (
        f"{arn or '(empty)'}: this names nobody. It has to be the ARN of a user or a role of IAM."
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (ROLE, ROLE, True),
        (ROLE, SESSION, True),
        (SESSION, SESSION.replace("ben@", "ann@"), True),
        (
            SESSION,
            SESSION.replace("/approver/", "/author/")
            .upper()
            .replace("ARN:AWS:STS", "arn:aws:sts")
            .replace("ASSUMED-ROLE", "assumed-role"),
            True,
        ),
        (SESSION, SESSION.replace("/approver/", "/author/").replace("ben@", "ann@"), False),
        (ROLE, ROLE.replace("approver", "author"), False),
        (ROLE, ROLE.replace(ACCOUNT, "111111111111"), False),
        (USER, USER, True),
        (USER, USER.replace("ben", "ann"), False),
        (USER, f"arn:aws:sts::{ACCOUNT}:assumed-role/author/Ben", True),
        (USER, f"arn:aws:iam::{ACCOUNT}:role/ben", False),
        (f"arn:aws:iam::{ACCOUNT}:root", "arn:aws:iam::111111111111:root", False),
    ],
)
def test_one_person_is_known_through_roles_and_sessions(one: str, other: str, same: bool) -> None:
    assert same_person(one, other) is same
    assert same_person(other, one) is same
