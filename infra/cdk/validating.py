"""What the templates are held to while they are synthesized."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import cdk_nag
import jsii

from infra.cdk.described import described
from infra.cdk.inputs import Inputs
from infra.cdk.rules.every import RULES
from infra.cdk.rules.finding import Finding, Template


def add_validations(app: cdk.App, inputs: Inputs) -> None:
    """Add the checks of AWS's solutions and our own; a finding fails the synthesis."""
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(), OwnRules(inputs))


@jsii.implements(cdk.IPolicyValidationPlugin)
class OwnRules:
    """Our rules as a plugin of the CDK."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs

    @property
    def name(self) -> str:
        """Of the plugin."""
        return "penstock"

    @property
    def version(self) -> str:
        """Of the plugin."""
        return "1"

    @property
    def rule_ids(self) -> list[str]:
        """Names of the rules' functions."""
        return [each.__name__ for each in RULES]

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Hold every template to every rule."""
        violations = []
        for path in context.template_paths:
            template = read_template(Path(path), self._inputs)
            violations += [_violation(each, path) for each in findings(template)]
        return cdk.PolicyValidationPluginReport(success=not violations, violations=violations)


def findings(template: Template) -> Iterator[Finding]:
    """Yield what is wrong with a template."""
    for rule in RULES:
        yield from rule(template)


def read_template(path: Path, inputs: Inputs) -> Template:
    """Return a template that was written by the app."""
    content = path.read_bytes()
    document = json.loads(content)
    told = described(document)
    kinds = {each.name: each.kind for each in inputs.environments}
    networks = {each.name: bool(each.subnets) for each in inputs.environments}
    digests = frozenset(hashlib.sha256(each.body.encode()).hexdigest() for each in inputs.pipelines)
    name = f"penstock-{told.environment}-{told.stack}"
    kind = kinds.get(told.environment, "")
    network = networks.get(told.environment, False)
    return Template(
        name, told.environment, kind, document, len(content), digests, in_network=network
    )


def _violation(finding: Finding, path: str) -> cdk.PolicyViolation:
    return cdk.PolicyViolation(
        rule_name=finding.rule,
        description=f"{finding.resource or 'the template'}: {finding.what}",
        fix=finding.remedy,
        severity="error",
        violating_resources=[
            cdk.PolicyViolatingResource(
                resource_logical_id=finding.resource, template_path=path, locations=[]
            )
        ],
    )
