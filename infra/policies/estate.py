"""Everything that has a say in what happens across the accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from infra.policies.decision import Decision
from infra.policies.errors import PolicyError, Problem
from infra.policies.evaluation import PolicySet, ResourceKind, evaluate
from infra.policies.named_principals import Reach
from infra.policies.patterns import arn_matches
from infra.policies.policy import Policy, parse_policy
from infra.policies.principal import OUTSIDE, Principal, PrincipalKind
from infra.policies.request import Request
from infra.policies.statement import Statement

_ALIAS_ACTIONS = {"kms:createalias", "kms:updatealias", "kms:deletealias"}


@dataclass(frozen=True, slots=True)
class Identity:
    """A role or user and its policies.

    Attributes:
        principal: Who it is.
        policies: Inline and managed.
        boundary: The permissions boundary.
        place: Stack and logical id.
    """

    principal: Principal
    policies: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class ResourcePolicy:
    """A policy on a resource.

    Attributes:
        covers: Patterns of the ARNs that it has a say in, such as a bucket and its objects.
        policy: The statements.
        kind: What it counts for.
    """

    covers: tuple[str, ...]
    policy: Policy
    kind: ResourceKind = ResourceKind.ORDINARY


@dataclass(frozen=True, slots=True)
class Estate:
    """The identities and resources of all accounts. `load_estate` reads it from templates.

    Attributes:
        identities: By ARN.
        resource_policies: On all resources.
        owners: Accounts by the ARN of buckets, whose ARNs name none.
        aliases: ARNs of KMS keys by the ARN of their alias.
        organization: Service control policies by account; see `PolicySet.organization`.
        resources: ARNs by `stack/logical id`.
    """

    identities: Mapping[str, Identity] = field(default_factory=dict)
    resource_policies: tuple[ResourcePolicy, ...] = ()
    owners: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    organization: Mapping[str, tuple[tuple[Policy, ...], ...]] = field(default_factory=dict)
    resources: Mapping[str, str] = field(default_factory=dict)

    def decide(self, request: Request) -> Decision:
        """Decide a request.

        Raises:
            PolicyError: Who asks, the owner of the bucket, the key or the role to assume is not in
                the estate, or a policy cannot be judged.
        """
        asked = self._completed(request)
        principal = asked.principal
        identity = self._identity(principal)
        covering = self._covering(asked)
        policies = PolicySet(
            identity=identity.policies,
            boundary=identity.boundary,
            resource=tuple(each.policy for each in covering),
            kind=covering[0].kind if covering else ResourceKind.ORDINARY,
            organization=self.organization.get(principal.account, ()),
        )
        return evaluate(asked, policies)

    def principals(self, *accounts: str) -> tuple[Principal, ...]:
        """Return the roles and users, by ARN, and the sessions that a policy names one by one.

        Args:
            accounts: Only of these; none: of all.
        """
        named = (
            principal
            for statement in self._resource_statements()
            if statement.principals
            for principal in statement.principals.principals()
            if principal.session != "session" and principal.arn in self.identities
        )
        known = {each.principal for each in self.identities.values()} | {
            replace(each, tags=self.identities[each.arn].principal.tags) for each in named
        }
        return tuple(
            each
            for each in sorted(known, key=lambda each: (each.account, each.arn, each.session))
            if not accounts or each.account in accounts
        )

    def principal(self, place: str) -> Principal:
        """Return a role or user by `stack/logical id`.

        Raises:
            PolicyError: There is none; those of the stack are listed.
        """
        for identity in self.identities.values():
            if identity.place == place:
                return identity.principal
        stack = place.partition("/")[0]
        there = sorted(
            each.place for each in self.identities.values() if each.place.startswith(f"{stack}/")
        )
        what = f"{place!r} is no role and no user."
        raise PolicyError(Problem(what, "", f"Known: {', '.join(there) or 'none'}."))

    def resource(self, place: str) -> str:
        """Return the ARN of a resource by `stack/logical id`.

        Raises:
            PolicyError: There is none with an ARN.
        """
        if place not in self.resources:
            what = f"{place!r} is no resource with an ARN."
            raise PolicyError(Problem(what, "", "Name it as stack/LogicalId."))
        return self.resources[place]

    def grants(self, principal: Principal) -> tuple[Statement, ...]:
        """Return every Allow that is about a principal: in its policies and on resources.

        An Allow on a resource counts where it names the principal, its account or everyone.
        """
        own = [each for policy in self._identity(principal).policies for each in policy.statements]
        on_resources = [
            each
            for each in self._resource_statements()
            if each.principals
            and each.principals.reach(principal, any_session=True) is not Reach.NONE
        ]
        return tuple(each for each in (*own, *on_resources) if each.allows)

    def plus(
        self,
        identities: Iterable[Identity] = (),
        resource_policies: Iterable[ResourcePolicy] = (),
        owners: Mapping[str, str] | None = None,
    ) -> Estate:
        """Return the estate with what no template holds."""
        return replace(
            self,
            identities={**self.identities, **{each.principal.arn: each for each in identities}},
            resource_policies=(*self.resource_policies, *resource_policies),
            owners={**self.owners, **(owners or {})},
        )

    def unrestrained(self, *accounts: str) -> Estate:
        """Return the estate as it is if accounts allow their own roles and users everything.

        No boundary holds and each account has an administrator besides: what is denied then does
        not rest on what those accounts do.
        """
        everything = (_everything(),)
        freed = [
            replace(each, policies=everything, boundary=None)
            for each in self.identities.values()
            if each.principal.account in accounts
        ]
        return self.plus([*freed, *(administrator(account) for account in accounts)])

    def _resource_statements(self) -> Iterator[Statement]:
        for each in self.resource_policies:
            yield from each.policy.statements

    def _identity(self, principal: Principal) -> Identity:
        if principal.kind in OUTSIDE or principal.kind is PrincipalKind.ROOT:
            return Identity(principal)
        if principal.arn not in self.identities:
            what = f"what {principal} may do is not known."
            raise PolicyError(
                Problem(what, "", "Give its policies by Estate.plus(identities=...).")
            )
        return self.identities[principal.arn]

    def _completed(self, request: Request) -> Request:
        """Name the owner of a bucket, and the key behind an alias."""
        resource, context = request.resource, dict(request.context)
        if resource in self.aliases and request.action.lower() not in _ALIAS_ACTIONS:
            context.setdefault("kms:RequestAlias", resource.split(":", 5)[5])
            resource = self.aliases[resource]
        names = tuple(
            sorted(alias.split(":", 5)[5] for alias, key in self.aliases.items() if key == resource)
        )
        if names:
            context.setdefault("kms:ResourceAliases", names)
        owner = request.resource_account
        if resource.startswith("arn:") and not resource.split(":")[4] and not owner:
            bucket = resource.split("/")[0]
            if bucket not in self.owners:
                what = f"whose account {bucket} is in is not known."
                raise PolicyError(Problem(what, "", "Give Request.resource_account."))
            owner = self.owners[bucket]
        return replace(request, resource=resource, context=context, resource_account=owner)

    def _covering(self, request: Request) -> list[ResourcePolicy]:
        service = request.action.partition(":")[0]
        covering = [
            each
            for each in self.resource_policies
            if (each.kind is ResourceKind.TRUST) is (service == "sts")
            and any(arn_matches(pattern, request.resource) for pattern in each.covers)
        ]
        needed = service == "sts" and ":role/" in request.resource
        of_alias = request.action.lower() in _ALIAS_ACTIONS
        needed = needed or (service == "kms" and request.resource != "*" and not of_alias)
        if needed and not covering:
            what = f"the policy of {request.resource} is not known."
            raise PolicyError(Problem(what, "", "Give it by Estate.plus(resource_policies=...)."))
        return covering


def administrator(account: str, partition: str = "aws") -> Identity:
    """Return a role that its own account allows everything: what no policy there can stop."""
    arn = f"arn:{partition}:iam::{account}:role/administrator"
    return Identity(Principal.role(arn), (_everything(),))


def _everything() -> Policy:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return parse_policy({"Version": "2012-10-17", "Statement": statement}, "everything")
