"""What holds of every policy."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.policies import Policy, PolicySet, Principal, Request, evaluate, parse_policy

ACCOUNT = "111111111111"
ROLE = Principal.role(f"arn:aws:iam::{ACCOUNT}:role/a", tags={"team": "a"})
ACTIONS = ["s3:GetObject", "s3:PutObject", "sqs:SendMessage", "kms:Decrypt"]
RESOURCES = [
    "arn:aws:s3:::a/a",
    "arn:aws:s3:::a/b/a",
    f"arn:aws:sqs:eu-west-1:{ACCOUNT}:a",
    "arn:aws:sqs:eu-west-1:222222222222:a",
]
PATTERNS = [
    "*",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::?/${aws:PrincipalTag/team}",
    "arn:aws:sqs",
    "arn:aws:s3:::a/${a:key}",
]
CONDITIONS = [
    {},
    {"StringEquals": {"a:key": "a"}},
    {"StringNotEquals": {"a:key": "a"}},
    {"StringEquals": {"aws:PrincipalTag/team": "${a:key}"}},
    {"StringNotLike": {"aws:PrincipalTag/team": ["${a:key}*", "c"]}},
    {"ForAnyValue:StringNotEquals": {"a:set": "${a:key}"}},
    {"Null": {"a:key": "true"}},
    {"ForAllValues:StringLike": {"a:key": ["a*", "b"]}},
]


def subsets(values: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)


@st.composite
def statements(draw: st.DrawFn, effect: str | None = None, principal: bool = False) -> Any:
    action = draw(st.sampled_from(["Action", "NotAction"]))
    resource = draw(st.sampled_from(["Resource", "NotResource"]))
    statement = {
        "Effect": effect or draw(st.sampled_from(["Allow", "Deny"])),
        action: draw(subsets([*ACTIONS, "*", "s3:*", "sqs:Send?essage"])),
        resource: draw(subsets(PATTERNS)),
        "Condition": draw(st.sampled_from(CONDITIONS)),
    }
    if principal:
        named = st.sampled_from([ROLE.arn, ROLE.session_arn, ACCOUNT, "*", "222222222222"])
        statement["Principal"] = {"AWS": draw(named)}
    return statement


requests = st.builds(
    lambda action, resource, context: Request(ROLE, action, resource, context, ACCOUNT),
    st.sampled_from(ACTIONS),
    st.sampled_from(RESOURCES),
    st.sampled_from([{}, {"a:key": "a"}, {"a:key": "b", "a:set": ["a", "b"]}]),
)
own = st.lists(statements(), max_size=4)
on_resource = st.lists(statements(principal=True), max_size=4)


def policy(raw: Sequence[Any]) -> Policy:
    return parse_policy({"Version": "2012-10-17", "Statement": list(raw)})


def allowed(
    request: Request,
    identity: Sequence[Any],
    attached: Sequence[Any],
    boundary: Sequence[Any] | None = None,
) -> bool:
    policies = PolicySet(
        identity=(policy(identity),),
        boundary=None if boundary is None else policy(boundary),
        resource=(policy(attached),),
    )
    return evaluate(request, policies).is_allowed


@given(requests, own, on_resource, statements(effect="Deny"), st.integers(0, 4))
def test_a_further_deny_never_allows_more(
    request: Request, identity: Any, attached: Any, deny: Any, at: int
) -> None:
    more = [*identity[:at], deny, *identity[at:]]
    if allowed(request, more, attached):
        assert allowed(request, identity, attached)


@given(requests, own, on_resource, statements(effect="Allow"), own)
def test_a_further_allow_never_denies_more(
    request: Request, identity: Any, attached: Any, allow: Any, boundary: Any
) -> None:
    if allowed(request, identity, attached, boundary):
        assert allowed(request, [*identity, allow], attached, boundary)
        assert allowed(request, identity, attached, [*boundary, allow])


@given(requests, own, on_resource, st.data())
def test_a_wider_allow_never_shrinks_what_is_allowed(
    request: Request, identity: Any, attached: Any, data: st.DataObject
) -> None:
    wider = [
        each
        if each["Effect"] == "Deny" or not data.draw(st.booleans())
        else {"Effect": "Allow", "Action": "*", "Resource": "*"}
        for each in identity
    ]
    if allowed(request, identity, attached):
        assert allowed(request, wider, attached)


@given(requests, own, on_resource, st.randoms(use_true_random=False))
def test_the_order_of_statements_does_not_matter(
    request: Request, identity: Any, attached: Any, random: Any
) -> None:
    shuffled = [random.sample(each, len(each)) for each in (identity, attached)]
    assert allowed(request, *shuffled) is allowed(request, identity, attached)


@given(requests, own, on_resource, own)
def test_a_boundary_never_allows_more(
    request: Request, identity: Any, attached: Any, boundary: Any
) -> None:
    if allowed(request, identity, attached, boundary):
        assert allowed(request, identity, attached)


@given(requests, own)
def test_across_accounts_nothing_goes_without_the_resource_s_word(
    request: Request, identity: Any
) -> None:
    if request.owner != ACCOUNT:
        assert not allowed(request, identity, [])


@settings(max_examples=300)
@given(
    requests, st.lists(statements(), max_size=2), st.lists(statements(principal=True), max_size=1)
)
def test_what_is_denied_in_any_context_is_denied_in_each(
    request: Request, identity: Any, attached: Any
) -> None:
    anyhow = replace(request, context={}, any_context=True)
    if not allowed(anyhow, identity, attached):
        assert not allowed(request, identity, attached)
        assert not allowed(replace(request, any_context=True), identity, attached)
