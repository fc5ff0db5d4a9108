"""Whether policies allow a request.

Sources: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic",
"Permissions boundaries for IAM entities"; KMS Developer Guide, "Key policies in AWS KMS".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from infra.policies.decision import Decision, Outcome
from infra.policies.named_principals import Reach
from infra.policies.policy import Policy
from infra.policies.principal import OUTSIDE, PrincipalKind
from infra.policies.request import Context, Request
from infra.policies.statement import Statement


class ResourceKind(StrEnum):
    """What a resource policy counts for within its account."""

    ORDINARY = "resource policy"
    """It allows by itself; where it is silent, identity policies allow by themselves."""
    KEY = "key policy"
    TRUST = "trust policy"
    """As of a key: without it nobody gets in; it may hand the decision to identity policies."""


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Every policy that has a say in a request.

    Attributes:
        identity: Of who asks: inline and managed.
        boundary: The permissions boundary of who asks.
        session: Policies given when the role was assumed; None: none were.
        resource: Of the resource.
        kind: What the resource's policies count for.
        organization: Service control policies of who asks, a group for each level above the
            account: every level has to allow.
    """

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] | None = None
    resource: tuple[Policy, ...] = ()
    kind: ResourceKind = ResourceKind.ORDINARY
    organization: tuple[tuple[Policy, ...], ...] = ()


def evaluate(request: Request, policies: PolicySet) -> Decision:
    """Decide a request.

    Raises:
        PolicyError: A policy cannot be judged.
    """
    return _Evaluation(request, request.context_values(), policies).decide()


@dataclass(frozen=True, slots=True)
class _Evaluation:
    request: Request
    context: Context
    policies: PolicySet

    def decide(self) -> Decision:
        denies = self._denies()
        if denies:
            return Decision(self.request, Outcome.EXPLICIT_DENY, denies)
        missing: list[str] = []
        for layers in self._routes():
            silent = [name for name, statements in layers if statements == ()]
            if not silent:
                used = chain.from_iterable(statements or () for _, statements in layers)
                return Decision(self.request, Outcome.ALLOWED, tuple(dict.fromkeys(used)))
            missing = missing or silent
        reason = f"nothing allows it in: {', '.join(missing)}"
        return Decision(self.request, Outcome.IMPLICIT_DENY, reason=reason)

    def _routes(self) -> Iterable[list[tuple[str, tuple[Statement, ...] | None]]]:
        """Yield what has to allow together; None: nothing is asked of this layer.

        The first route is the one whose gaps are told.
        """
        principal, kind = self.request.principal, self.policies.kind
        if principal.kind in OUTSIDE:
            yield [(kind.value, self._granted(*Reach))]
            return
        limits = [
            (f"service control policies, level {level}", self._allows(group))
            for level, group in enumerate(self.policies.organization, start=1)
        ]
        identity = [
            ("identity policies", self._identity()),
            ("permissions boundary", self._optional(self.policies.boundary)),
            ("session policy", self._session()),
            *limits,
        ]
        if principal.kind is PrincipalKind.ROOT and kind is ResourceKind.TRUST:
            yield [("what a root user may do: it assumes no role", ())]
            return
        if self.request.owner != principal.account:
            name = f"{kind.value} of account {self.request.owner or '(unknown)'}"
            yield [*identity, (name, self._granted(*Reach))]
            return
        if kind is ResourceKind.ORDINARY:
            yield identity
        else:
            yield [*identity, (kind.value, self._granted(*Reach))]
        yield [(kind.value, self._granted(Reach.ROLE)), *identity[1:]]
        yield [(kind.value, self._granted(Reach.DIRECT)), *limits]

    def _denies(self) -> tuple[Statement, ...]:
        of_principal: list[Policy] = []
        if self.request.principal.kind not in OUTSIDE:
            of_principal += self.policies.identity
            of_principal += [self.policies.boundary] if self.policies.boundary else []
            of_principal += self.policies.session or ()
            of_principal += chain.from_iterable(self.policies.organization)
        bounded = self.policies.boundary is not None
        return tuple(
            statement
            for policy in (*of_principal, *self.policies.resource)
            for statement in policy.statements
            if not statement.allows
            and statement.covers_principal(self.request, bounded=bounded)
            and statement.applies(self.request, self.context)
        )

    def _identity(self) -> tuple[Statement, ...] | None:
        if self.request.principal.kind is PrincipalKind.ROOT:
            return None
        return self._allows(self.policies.identity)

    def _session(self) -> tuple[Statement, ...] | None:
        return None if self.policies.session is None else self._allows(self.policies.session)

    def _optional(self, policy: Policy | None) -> tuple[Statement, ...] | None:
        return None if policy is None else self._allows([policy])

    def _allows(self, policies: Sequence[Policy]) -> tuple[Statement, ...]:
        return tuple(
            statement
            for policy in policies
            for statement in policy.statements
            if statement.allows and statement.applies(self.request, self.context)
        )

    def _granted(self, *reaches: Reach) -> tuple[Statement, ...]:
        return tuple(
            statement
            for policy in self.policies.resource
            for statement in policy.statements
            if statement.allows
            and statement.reach(self.request) in reaches
            and statement.reach(self.request) is not Reach.NONE
            and statement.applies(self.request, self.context)
        )
