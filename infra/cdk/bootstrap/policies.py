"""The policies of an account by the part of the stacks that they are about."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from infra.cdk.bootstrap.account import Account
from infra.cdk.bootstrap.keeping import keeping
from infra.cdk.bootstrap.running import running
from infra.cdk.statements import Statement, document
from penstock.errors import Problem, RequestError

LARGEST_POLICY = 6144
"""Characters of a managed policy without white space. Source: IAM User Guide, "IAM and AWS STS
quotas"."""

PARTS: Mapping[str, Callable[[Account], Iterator[Statement]]] = {
    "keeping": keeping,
    "running": running,
}
"""One policy would be too large."""


def policies_of(account: Account) -> dict[str, dict[str, Any]]:
    """Return the policies of an account by part.

    Raises:
        RequestError: One is larger than IAM takes it.
    """
    policies = {part: document(*statements(account)) for part, statements in PARTS.items()}
    problems = [
        Problem(
            f"the policy {part!r} of account {account.number} has {size(policy)} characters; IAM "
            f"takes {LARGEST_POLICY}.",
            "environments.yaml",
            "Put fewer environments into the account.",
        )
        for part, policy in policies.items()
        if size(policy) > LARGEST_POLICY
    ]
    if problems:
        raise RequestError(problems)
    return policies


def size(policy: Mapping[str, Any]) -> int:
    """Return the characters of a policy as IAM counts them."""
    return len("".join(json.dumps(policy).split()))
