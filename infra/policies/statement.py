"""A statement of a policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from infra.policies.conditions import Condition, parse_condition
from infra.policies.errors import PolicyError, Problem
from infra.policies.named_principals import NamedPrincipals, Reach, parse_principals
from infra.policies.patterns import UNKNOWN, Values, arn_matches, text_matches
from infra.policies.place import Place
from infra.policies.request import Context, Request

_ELEMENTS = {
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
}
_OPPOSITES = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. Make one with `parse_statement`.

    Attributes:
        place: Where it stands.
        sid: Its name; may be empty.
        allows: Whether its effect is Allow.
        actions: Patterns.
        other_actions: Whether it is about every action but those.
        resources: Patterns; None: those that the policy is attached to.
        other_resources: Whether it is about every resource but those.
        principals: Whom it is about; None: who has the policy.
        other_principals: Whether it is about everyone but those.
        conditions: That all have to be met.
        takes_variables: Whether `${...}` is a variable.
    """

    place: Place
    sid: str
    allows: bool
    actions: tuple[str, ...]
    other_actions: bool
    resources: tuple[str, ...] | None
    other_resources: bool
    principals: NamedPrincipals | None
    other_principals: bool
    conditions: tuple[Condition, ...]
    takes_variables: bool

    def applies(self, request: Request, context: Context) -> bool:
        """Tell whether action, resource and conditions fit; whom it names is not looked at.

        Raises:
            PolicyError: It cannot be judged; the message says where it stands.
        """
        # What is not known is assumed as it allows most.
        if_unknown = self.allows if request.any_context else None

        def values(negated: bool) -> Values | None:
            if not self.takes_variables:
                return None
            return _values(
                context, unknown_matches=request.any_context and self.allows is not negated
            )

        try:
            return (
                self._covers_action(request.action)
                and self._covers_resource(request.resource, values(self.other_resources))
                and all(
                    condition.holds(context, values(condition.negated), if_unknown=if_unknown)
                    for condition in self.conditions
                )
            )
        except PolicyError as error:
            raise PolicyError(_placed(error, self.place)) from error

    def reach(self, request: Request) -> Reach:
        """Return how the statement, of a resource policy, names who asks."""
        if self.principals is None:
            return Reach.NONE
        return self.principals.reach(request.principal, any_session=request.any_context)

    def covers_principal(self, request: Request, *, bounded: bool) -> bool:
        """Tell whether the statement is about who asks.

        Args:
            request: The request.
            bounded: Whether who asks has a permissions boundary: a Deny with NotPrincipal then
                hits whatever it leaves out (IAM User Guide, "NotPrincipal").
        """
        if self.principals is None:
            return True
        principal, anyhow = request.principal, request.any_context
        if self.other_principals:
            return bounded or not self.principals.leaves_out(principal, any_session=anyhow)
        # A session that is denied by its name may take another one.
        named = replace(principal, session="") if anyhow else principal
        return self.principals.reach(named) is not Reach.NONE

    def _covers_action(self, action: str) -> bool:
        listed = any(text_matches(each, action, ignore_case=True) for each in self.actions)
        return listed is not self.other_actions

    def _covers_resource(self, resource: str, values: Values | None) -> bool:
        if self.resources is None:
            return True
        listed = any(arn_matches(each, resource, values, complete=True) for each in self.resources)
        return listed is not self.other_resources

    def __str__(self) -> str:
        effect = "Allow" if self.allows else "Deny"
        return f"{effect} {self.sid!r} at {self.place}" if self.sid else f"{effect} at {self.place}"


def parse_statement(
    raw: Mapping[str, Any], place: Place, *, takes_variables: bool = True
) -> Statement:
    """Read a statement whose intrinsic functions are resolved.

    Raises:
        PolicyError: It is none; every problem is listed with the place.
    """
    problems = [Problem(what, str(place), remedy) for what, remedy in _wrong(raw)]
    principals, conditions = None, []
    try:
        if "Principal" in raw or "NotPrincipal" in raw:
            principals = parse_principals(raw.get("Principal", raw.get("NotPrincipal")))
    except PolicyError as error:
        problems += _placed(error, place)
    for name, keys in raw.get("Condition", {}).items():
        for key, wanted in keys.items():
            try:
                conditions.append(parse_condition(name, key, wanted))
            except PolicyError as error:
                problems += _placed(error, place)
    if problems:
        raise PolicyError(problems)
    return Statement(
        place=place,
        sid=raw.get("Sid", ""),
        allows=raw["Effect"] == "Allow",
        actions=_texts(raw.get("Action", raw.get("NotAction"))),
        other_actions="NotAction" in raw,
        resources=_resources(raw) if "Resource" in raw or "NotResource" in raw else None,
        other_resources="NotResource" in raw,
        principals=principals,
        other_principals="NotPrincipal" in raw,
        conditions=tuple(conditions),
        takes_variables=takes_variables,
    )


def _wrong(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the elements, each with its remedy."""
    for element in sorted(raw.keys() - _ELEMENTS):
        yield f"a statement has no element {element!r}.", f"Use: {', '.join(sorted(_ELEMENTS))}."
    for element, opposite in _OPPOSITES:
        if element in raw and opposite in raw:
            yield f"{element} and {opposite} exclude one another.", "Keep one."
    if raw.get("Effect") not in ("Allow", "Deny"):
        yield f"the effect is {raw.get('Effect')!r}.", "Write Allow or Deny."
    if "NotPrincipal" in raw and raw.get("Effect") == "Allow":
        yield "NotPrincipal goes with Deny only.", "Name the principals."
    for action in _texts(raw.get("Action", raw.get("NotAction"))) or ("",):
        if action != "*" and ":" not in action:
            yield f"{action!r} is no action.", "Write service:Action."
    for resource in _resources(raw):
        if resource != "*" and not resource.startswith(("arn:", "${")):
            yield f"{resource!r} is no resource.", "Write an ARN or *."


def _placed(error: PolicyError, place: Place) -> list[Problem]:
    return [Problem(each.what, str(place), each.remedy) for each in error.problems]


def _resources(raw: Mapping[str, Any]) -> tuple[str, ...]:
    return _texts(raw["Resource"] if "Resource" in raw else raw.get("NotResource"))


def _texts(element: object) -> tuple[str, ...]:
    if element is None:
        return ()
    listed = element if isinstance(element, list) else [element]
    return tuple(str(each) for each in listed)


def _values(context: Context, *, unknown_matches: bool) -> Values:
    """Give the values of variables; with `unknown_matches` one that is not known covers all."""

    def value(name: str) -> str | None:
        if unknown_matches and name.lower() not in context:
            return UNKNOWN
        given = context.get(name.lower(), ())
        if len(given) > 1:
            what = f"the variable ${{{name}}} has {len(given)} values."
            raise PolicyError(Problem(what, "", "Use a key that has one value."))
        return given[0] if given else None

    return value
