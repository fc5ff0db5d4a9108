"""Loosens a statement of a template, to show that a sentence rests on it."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from infra.policies.errors import PolicyError, Problem
from infra.policies.place import Place
from infra.policies.sentence import Sentence
from infra.policies.templates import Template, load_estate

_PERMISSION_CONDITIONS = ("SourceArn", "SourceAccount", "PrincipalOrgID")


class Looser(StrEnum):
    """A way to loosen a statement."""

    WITHOUT_CONDITION = "without its conditions"
    ANY_RESOURCE = "on any resource"
    ANY_ACTION = "for every action of the service"
    ANY_PRINCIPAL = "for everyone"
    REMOVED = "removed"
    """For a Deny, which takes away."""


@dataclass(frozen=True, slots=True)
class Loosening:
    """A statement and how it is loosened.

    Attributes:
        place: Of the statement; `Statement.place`.
        way: What is done to it.
    """

    place: Place
    way: Looser

    def applied(self, templates: Sequence[Template]) -> tuple[Template, ...]:
        """Return the templates with the statement loosened; those given stay as they are.

        Raises:
            PolicyError: There is no such statement, or it cannot be loosened in this way.
        """
        for index, template in enumerate(templates):
            if template.stack == self.place.stack:
                body = copy.deepcopy(dict(template.body))
                self._loosen(body)
                return (*templates[:index], replace(template, body=body), *templates[index + 1 :])
        raise self._impossible("there is no such template.")

    def _loosen(self, body: dict[str, Any]) -> None:
        path = [*self.place.path]
        holder: Any = body["Resources"].get(self.place.logical_id)
        for part in path[:-1]:
            holder = _part(holder, part)
        statement = _part(holder, path[-1]) if path else None
        if not isinstance(statement, dict):
            raise self._impossible("there is no such statement.")
        if self.way not in _ways(statement):
            raise self._impossible("the statement does not have what would be loosened.")
        if self.way is Looser.REMOVED:
            if isinstance(holder, list):
                holder.remove(statement)
            else:
                holder[path[-1]] = []
        elif self.way is Looser.WITHOUT_CONDITION:
            for name in ("Condition", *_PERMISSION_CONDITIONS):
                statement.pop(name, None)
        elif self.way is Looser.ANY_RESOURCE:
            statement.pop("NotResource", None)
            statement["Resource"] = "*"
        elif self.way is Looser.ANY_PRINCIPAL:
            statement["Principal"] = "*"
        else:
            statement["Action"] = sorted({_whole_service(each) for each in _actions(statement)})

    def _impossible(self, why: str) -> PolicyError:
        remedy = "Take the place of a statement that was read from these templates."
        return PolicyError(Problem(f"it cannot be loosened {self.way}: {why}", str(self), remedy))

    def __str__(self) -> str:
        return f"{self.place} {self.way}"


def loosenings(templates: Iterable[Template]) -> tuple[Loosening, ...]:
    """Return every way to loosen every statement, in a stable order.

    A test that applies them all shows which statements no sentence rests on.
    """
    estate = load_estate(templates)
    statements = [
        statement
        for identity in estate.identities.values()
        for policy in (*identity.policies, *([identity.boundary] if identity.boundary else []))
        for statement in policy.statements
    ]
    statements += [
        statement for each in estate.resource_policies for statement in each.policy.statements
    ]
    by_stack = {template.stack: template for template in templates}
    found: dict[Loosening, None] = {}
    for place in sorted({each.place for each in statements}, key=str):
        if place.stack not in by_stack:
            continue
        raw: Any = by_stack[place.stack].body["Resources"][place.logical_id]
        for part in place.path:
            raw = _part(raw, part)
        if isinstance(raw, dict):
            found |= dict.fromkeys(Loosening(place, way) for way in _ways(raw))
    return tuple(found)


def expect_broken_when_loosened(
    sentence: Sentence, templates: Sequence[Template], loosening: Loosening
) -> None:
    """Show that a sentence holds, and that it rests on a statement.

    Raises:
        AssertionError: It does not hold as it is, or still holds once the statement is loosened.
    """
    sentence.check(load_estate(templates))
    if not sentence.breaches(load_estate(loosening.applied(templates))):
        raise AssertionError(f"Still holds with {loosening}: {sentence.text}.")


def _ways(statement: dict[str, Any]) -> Iterator[Looser]:
    """Yield in which ways a statement, or a Lambda permission, can be loosened."""
    if statement.get("Effect") == "Deny":
        yield Looser.REMOVED
        return
    if any(statement.get(name) for name in ("Condition", *_PERMISSION_CONDITIONS)):
        yield Looser.WITHOUT_CONDITION
    if statement.get("Resource", "*") not in ("*", ["*"]) or "NotResource" in statement:
        yield Looser.ANY_RESOURCE
    if any(_whole_service(each) != each for each in _actions(statement)):
        yield Looser.ANY_ACTION
    if statement.get("Principal", "*") not in ("*", {"AWS": "*"}):
        yield Looser.ANY_PRINCIPAL


def _actions(statement: dict[str, Any]) -> list[str]:
    actions = statement.get("Action", [])
    return actions if isinstance(actions, list) else [actions]


def _whole_service(action: str) -> str:
    return action if action == "*" else f"{action.partition(':')[0]}:*"


def _part(holder: Any, part: str | int) -> Any:
    if isinstance(holder, dict):
        return holder.get(str(part))
    if isinstance(holder, list) and isinstance(part, int) and part < len(holder):
        return holder[part]
    return None
