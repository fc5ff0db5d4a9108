"""What is denied whatever the context is."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.policies import (
    Estate,
    PolicyError,
    PolicySet,
    Principal,
    Question,
    Request,
    Sentence,
    evaluate,
    expect_allowed,
    expect_denied,
    parse_policy,
)

ACCOUNT, TOOLING = "111111111111", "444444444444"
ROLE = Principal.role(f"arn:aws:iam::{ACCOUNT}:role/example", tags={"team": "a"})
PACKAGE = f"arn:aws:sagemaker:eu-west-1:{TOOLING}:model-package/fraud/3"


@pytest.fixture
def possible() -> Callable[..., bool]:
    """Whether some context could let a role read an object."""

    def allowed(*statements: dict[str, Any], **context: Any) -> bool:
        policy = parse_policy({"Version": "2012-10-17", "Statement": list(statements)})
        known = {key.replace("_", ":"): value for key, value in context.items()}
        request = Request(
            ROLE, "s3:GetObject", "arn:aws:s3:::bucket/a", known, ACCOUNT, any_context=True
        )
        return evaluate(request, PolicySet(identity=(policy,))).is_allowed

    return allowed


def statement(effect: str, conditions: dict[str, Any], resource: str = "*") -> dict[str, Any]:
    return {"Effect": effect, "Action": "s3:*", "Resource": resource, "Condition": conditions}


@pytest.mark.parametrize(
    "conditions",
    [
        {"StringEquals": {"a:key": "b"}},
        {"StringNotEquals": {"a:key": "b"}},
        {"Null": {"a:key": "true"}},
        {"Null": {"a:key": "false"}},
        {"ForAllValues:StringLike": {"a:key": "b"}},
        {"ForAnyValue:StringLike": {"a:key": "b"}},
        {"StringEqualsIfExists": {"a:key": "b"}},
        {"Bool": {"aws:SecureTransport": "false"}},
        {"Bool": {"aws:ViaAWSService": "true"}},
        {"StringEquals": {"aws:PrincipalTag/other": "x"}},
    ],
)
def test_an_allow_counts_on_what_is_not_known_and_a_deny_does_not(
    possible: Callable[..., bool], conditions: dict[str, Any]
) -> None:
    assert possible(statement("Allow", conditions))
    assert possible(statement("Allow", {}), statement("Deny", conditions))


def test_what_is_known_still_counts(possible: Callable[..., bool]) -> None:
    allows = statement("Allow", {"StringEquals": {"a:key": "b"}})
    assert not possible(allows, a_key="c")
    assert not possible(allows, a_key=[])
    denies = statement("Deny", {"Null": {"a:key": "true"}})
    assert not possible(statement("Allow", {}), denies, a_key=[])
    elsewhere = statement("Allow", {"StringEquals": {"aws:PrincipalAccount": "222222222222"}})
    assert not possible(elsewhere)
    assert not possible(statement("Allow", {"StringEquals": {"aws:PrincipalTag/team": "b"}}))
    assert not possible(statement("Allow", {}), statement("Deny", {}))


def test_a_variable_that_is_not_known_may_be_anything(possible: Callable[..., bool]) -> None:
    by_tag = "arn:aws:s3:::bucket/${aws:PrincipalTag/folder}"
    assert possible(statement("Allow", {}, by_tag))
    assert possible(statement("Allow", {}), statement("Deny", {}, by_tag))
    assert not possible(statement("Allow", {}, f"{by_tag}/below"))
    equal = {"StringEquals": {"aws:PrincipalTag/team": "${aws:RequestTag/team}"}}
    assert possible(statement("Allow", equal))
    differ = {"StringNotEquals": {"aws:PrincipalTag/team": "${aws:RequestTag/team}"}}
    assert possible(statement("Allow", differ))
    assert possible(statement("Allow", {}), statement("Deny", differ))
    others = {"Effect": "Allow", "Action": "*", "NotResource": by_tag}
    assert possible(others)
    assert possible(statement("Allow", {}), {**others, "Effect": "Deny"})
    of_team = "arn:aws:s3:::bucket/${aws:PrincipalTag/team}"
    assert possible(statement("Allow", {}, of_team))
    assert not possible(statement("Allow", {}, of_team.replace("bucket", "other")))


def session(effect: str, *names: str, element: str = "Principal") -> dict[str, Any]:
    """A statement of a bucket policy about sessions and whom they belong to."""
    return {
        "Effect": effect,
        element: {"AWS": list(names)},
        "Action": "s3:GetObject",
        "Resource": "*",
    }


def test_a_session_may_be_called_as_it_likes() -> None:
    named = ROLE.session_arn.replace("/session", "/nightly")
    account = f"arn:aws:iam::{ACCOUNT}:root"

    def could(*statements: dict[str, Any], any_context: bool = True) -> bool:
        policy = parse_policy({"Version": "2012-10-17", "Statement": list(statements)})
        request = Request(
            ROLE, "s3:GetObject", "arn:aws:s3:::b/a", {}, ACCOUNT, any_context=any_context
        )
        return evaluate(request, PolicySet(resource=(policy,))).is_allowed

    assert could(session("Allow", named))
    assert not could(session("Allow", named), any_context=False)
    assert not could(session("Allow", named.replace("/example/", "/example2/")))
    own = session("Deny", ROLE.session_arn)
    assert could(session("Allow", ROLE.arn), own)
    assert not could(session("Allow", ROLE.arn), own, any_context=False)
    assert not could(session("Allow", ROLE.arn), session("Deny", ROLE.arn))
    but = session("Deny", named, ROLE.arn, account, element="NotPrincipal")
    assert could(session("Allow", ROLE.arn), but)
    assert not could(session("Allow", ROLE.arn), but, any_context=False)


def test_a_condition_does_not_hide_what_could_happen(estate: Estate) -> None:
    approver, registrar = (
        estate.principal(place) for place in ("delivery/Approver", "delivery/Registrar")
    )
    update = "sagemaker:UpdateModelPackage"
    expect_denied(estate, Request(approver, update, PACKAGE))
    expect_allowed(estate, Request(approver, update, PACKAGE, any_context=True))
    decision = expect_denied(estate, Request(registrar, update, PACKAGE, any_context=True))
    assert str(decision) == (
        f"{registrar}: {update} on {PACKAGE} (in any context) is implicitly denied: "
        "nothing allows it in: identity policies"
    )


def test_a_sentence_promises_no_access_in_any_context(estate: Estate) -> None:
    sentence = Sentence(
        "the approver approves",
        principals=lambda estate: [estate.principal("delivery/Approver")],
        questions=lambda _: [Question("sagemaker:UpdateModelPackage", PACKAGE, any_context=True)],
        allowed=True,
    )
    with pytest.raises(PolicyError) as error:
        sentence.check(estate)
    assert str(error.value) == (
        "the sentence 'the approver approves' promises access in any context. "
        "Give the context that it needs."
    )
