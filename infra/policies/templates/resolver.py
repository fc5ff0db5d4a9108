"""Resolves the intrinsic functions of a template.

Source: CloudFormation User Guide, "Intrinsic function reference", "Pseudo parameters reference".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.policies.errors import PolicyError, Problem
from infra.policies.templates.choices import is_true
from infra.policies.templates.naming import NAMINGS, Naming, invented_name
from infra.policies.templates.template import Template

NO_VALUE = object()
"""What Ref AWS::NoValue gives: the property is left out."""

_SUBSTITUTION = re.compile(r"\$\{(!?)([^{}]*)\}")
_SUFFIXES = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}
_FORMAT_FIELD = re.compile(r"\{(\w+)\}")

Import = Callable[[str], str]
"""Gives the value of an export by its name."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves values of one template.

    Attributes:
        template: The template.
        imported: Gives what other stacks of the same account and Region export.
        resolving: Names of resources that are being worked out, so that a circle is seen.
    """

    template: Template
    imported: Import
    resolving: tuple[str, ...] = ()

    def resolve(self, value: Any) -> Any:
        """Return a value without intrinsic functions; `NO_VALUE` if it is left out.

        Raises:
            PolicyError: A function or a reference cannot be resolved; the message names it.
        """
        if isinstance(value, str):
            if "{{resolve:" in value:
                raise _unresolved(value, "Write the value: a policy is judged as it stands.")
            return value
        if isinstance(value, list):
            resolved = [self.resolve(each) for each in value]
            return [each for each in resolved if each is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self._function(function, argument)
        resolved_items = {key: self.resolve(each) for key, each in value.items()}
        return {key: each for key, each in resolved_items.items() if each is not NO_VALUE}

    def condition(self, name: str) -> bool:
        """Work out a condition of the template by its name."""
        conditions = self.template.body.get("Conditions", {})
        if name not in conditions:
            raise _unresolved(f"Condition {name}", "Declare it under Conditions.")
        return is_true(conditions[name], self.resolve, self.condition)

    def arn(self, logical_id: str) -> str:
        """Return the ARN of a resource; empty if policies name none of its type."""
        resource = self._resource(logical_id)
        naming = NAMINGS.get(resource["Type"])
        return self._formatted(logical_id, resource, naming, "") if naming and naming.arn else ""

    def name(self, logical_id: str) -> str:
        """Return the physical name of a resource."""
        resource = self._resource(logical_id)
        return self._formatted(logical_id, resource, self._naming(logical_id), "{name}")

    def _function(self, function: str, argument: Any) -> Any:
        functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::ImportValue": lambda name: self.imported(self.resolve(name)),
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
        }
        if function not in functions:
            raise _unresolved(function, f"Known: {', '.join(functions)}.")
        return functions[function](argument)

    def _ref(self, name: str) -> Any:
        template = self.template
        pseudo = {
            "AWS::Partition": template.partition,
            "AWS::AccountId": template.account,
            "AWS::Region": template.region,
            "AWS::URLSuffix": _SUFFIXES[template.partition],
            "AWS::StackName": template.stack,
            "AWS::StackId": f"arn:{template.partition}:cloudformation:{template.region}:"
            f"{template.account}:stack/{template.stack}/{template.stack}",
            "AWS::NoValue": NO_VALUE,
        }
        if name in pseudo:
            return pseudo[name]
        parameters = template.body.get("Parameters", {})
        if name in parameters:
            value = template.parameters.get(name, parameters[name].get("Default", NO_VALUE))
            if value is NO_VALUE:
                raise _unresolved(f"Ref {name}", "Give Template.parameters a value of it.")
            return value
        naming = self._naming(name, f"Ref {name}")
        return self._formatted(name, self._resource(name), naming, naming.ref)

    def _get_att(self, argument: Any) -> str:
        logical_id, attribute = (
            argument.split(".", 1) if isinstance(argument, str) else self.resolve(argument)
        )
        naming = self._naming(logical_id, f"Fn::GetAtt {logical_id}.{attribute}")
        if attribute not in naming.attributes:
            kind = self._resource(logical_id)["Type"]
            known = ", ".join(naming.attributes) or "none"
            raise _unresolved(
                f"Fn::GetAtt {logical_id}.{attribute} of {kind}", f"Known attributes: {known}."
            )
        resource = self._resource(logical_id)
        return self._formatted(logical_id, resource, naming, naming.attributes[attribute])

    def _sub(self, argument: Any) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})

        def value(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in variables:
                return str(self.resolve(variables[name]))
            return str(self._get_att(name) if "." in name else self._ref(name))

        return _SUBSTITUTION.sub(value, text)

    def _join(self, argument: Any) -> str:
        separator, values = argument
        return str(separator).join(str(each) for each in self.resolve(values))

    def _select(self, argument: Any) -> Any:
        index, values = argument
        listed = self.resolve(values)
        return listed[int(self.resolve(index))]

    def _split(self, argument: Any) -> list[str]:
        separator, text = argument
        return str(self.resolve(text)).split(separator)

    def _if(self, argument: Any) -> Any:
        name, then, otherwise = argument
        return self.resolve(then if self.condition(name) else otherwise)

    def _find_in_map(self, argument: Any) -> Any:
        value: Any = self.template.body.get("Mappings", {})
        for key in (self.resolve(each) for each in argument):
            if key not in value:
                raise _unresolved(f"Fn::FindInMap {argument}", "Declare it under Mappings.")
            value = value[key]
        return value

    def _resource(self, logical_id: str) -> Mapping[str, Any]:
        resources: Mapping[str, Any] = self.template.body.get("Resources", {})
        if logical_id not in resources:
            raise _unresolved(f"Ref {logical_id}", "Name a parameter or a resource.")
        resource: Mapping[str, Any] = resources[logical_id]
        return resource

    def _naming(self, logical_id: str, wanted: str = "") -> Naming:
        kind = self._resource(logical_id)["Type"]
        if kind not in NAMINGS:
            what = f"{wanted or logical_id}: what the type {kind} is called is not known."
            raise PolicyError(
                Problem(what, "", "Add the type to infra/policies/templates/naming.py.")
            )
        return NAMINGS[kind]

    def _formatted(
        self, logical_id: str, resource: Mapping[str, Any], naming: Naming | None, form: str
    ) -> str:
        naming = naming or self._naming(logical_id)
        if logical_id in self.resolving:
            raise _unresolved(f"Ref {logical_id}", "It refers to itself.")
        inner = Resolver(self.template, self.imported, (*self.resolving, logical_id))
        template, properties = self.template, resource.get("Properties", {})
        invented = invented_name(
            resource["Type"], template.stack, logical_id, template.account, template.region
        )
        given = inner.resolve(properties.get(naming.property, NO_VALUE))
        further = {}
        for key, default in naming.defaults.items():
            value = inner.resolve(properties.get(key, NO_VALUE))
            further[key] = default if value is NO_VALUE else str(value)
        if further.get("EventBusName"):
            bus = further["EventBusName"].rpartition("/")[2]
            further["EventBusName"] = "" if bus == "default" else f"{bus}/"
        name = invented if given is NO_VALUE else str(given)
        if resource["Type"] == "AWS::IAM::OIDCProvider":
            name = name.removeprefix("https://")
        if resource["Type"] == "AWS::SSM::Parameter" and not form:
            name = name.removeprefix("/")
        values = {
            "partition": template.partition,
            "region": template.region,
            "account": template.account,
            "suffix": _SUFFIXES[template.partition],
            "name": name,
            "digest": invented[-6:],
            **further,
        }
        return _FORMAT_FIELD.sub(lambda match: values[match[1]], form or naming.arn)


def _unresolved(what: str, remedy: str) -> PolicyError:
    return PolicyError(Problem(f"{what} cannot be resolved.", "", remedy))
