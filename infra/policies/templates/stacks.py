"""Stacks that import from one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from infra.policies.errors import PolicyError, Problem
from infra.policies.place import Place
from infra.policies.policy import Policy, parse_policy
from infra.policies.templates.resolver import NO_VALUE, Resolver
from infra.policies.templates.template import Template


@dataclass(slots=True)
class Stacks:
    """Templates that are read together.

    Attributes:
        templates: By stack.
        problems: What could not be read so far.
        read: Where policy documents were read.
    """

    templates: Sequence[Template]
    problems: list[Problem] = field(default_factory=list)
    read: set[Place] = field(default_factory=set)
    _importing: list[str] = field(default_factory=list)

    def resources(self, *types: str) -> Iterator[tuple[Template, str, Mapping[str, Any]]]:
        """Yield template, logical id and resource of those that are deployed."""
        for template in self.templates:
            for logical_id, resource in template.resources(*types):
                with self.noting(Place(template.stack, logical_id)):
                    wanted = resource.get("Condition")
                    if wanted is None or self.resolver(template).condition(wanted):
                        yield template, logical_id, resource

    def resolver(self, template: Template) -> Resolver:
        """Return what resolves the values of a template."""
        return Resolver(template, partial(self._imported, template))

    @contextmanager
    def noting(self, place: Place) -> Iterator[None]:
        """Note problems instead of raising them; those without a place are at this one."""
        try:
            yield
        except PolicyError as error:
            self.problems += [
                Problem(each.what, each.where or str(place), each.remedy) for each in error.problems
            ]

    def policy(self, template: Template, document: Any, place: Place, *, attached: bool) -> Policy:
        """Read a policy document of a template.

        Args:
            template: Where it stands.
            document: As it stands there, with intrinsic functions.
            place: Of the document.
            attached: Whether it is on a resource and has to name principals; otherwise it may not.

        Raises:
            PolicyError: It cannot be read.
        """
        self.read.add(place)
        resolve = self.resolver(template).resolve
        if isinstance(document, dict) and isinstance(document.get("Statement"), list):
            policy = parse_policy(document, place, resolve=resolve, absent=NO_VALUE)
        else:
            policy = parse_policy(resolve(document), place)
        problems = []
        for statement in policy.statements:
            if attached and statement.principals is None:
                what, remedy = "the statement names no principal.", "Name who it is about."
                problems.append(Problem(what, str(statement.place), remedy))
            if not attached and statement.principals is not None:
                what, remedy = "an identity's statement names a principal.", "Remove Principal."
                problems.append(Problem(what, str(statement.place), remedy))
            if not attached and statement.resources is None:
                what, remedy = "an identity's statement names no resource.", "Add Resource."
                problems.append(Problem(what, str(statement.place), remedy))
        if problems:
            raise PolicyError(problems)
        return policy

    def _imported(self, importer: Template, name: str) -> str:
        if name in self._importing:
            what = f"Fn::ImportValue {name} cannot be resolved."
            raise PolicyError(Problem(what, "", "It refers to itself."))
        for template in self.templates:
            if (template.account, template.region) != (importer.account, importer.region):
                continue
            resolver = self.resolver(template)
            for output in template.body.get("Outputs", {}).values():
                if "Export" in output and resolver.resolve(output["Export"]["Name"]) == name:
                    self._importing.append(name)
                    try:
                        return str(resolver.resolve(output["Value"]))
                    finally:
                        self._importing.remove(name)
        what = f"Fn::ImportValue {name} cannot be resolved."
        remedy = f"Give the template of {importer.account} in {importer.region} that exports it."
        raise PolicyError(Problem(what, "", remedy))
