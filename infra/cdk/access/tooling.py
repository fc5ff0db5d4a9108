"""Roles of the account that delivers."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from infra.cdk.access.delivering import delivering, going_to_prod
from infra.cdk.access.role import Roles
from infra.cdk.access.tooling_policies import ToolingPolicies
from infra.cdk.inputs import Inputs
from infra.cdk.naming import Names, title_of
from infra.cdk.statements import allow, trust, trust_roles


class ToolingAccess(cdk.Stack):
    """The roles of tooling."""

    def __init__(
        self, scope: Construct, title: str, inputs: Inputs, names: Names, **stack: object
    ) -> None:
        super().__init__(scope, title, **stack)  # type: ignore[arg-type]
        roles = Roles(self, names)
        make = ToolingPolicies(inputs, names)
        lambdas = trust("lambda.amazonaws.com")
        for title_, function, statements, description in (
            (
                "ReleaseCheck",
                "release-check",
                make.checking(),
                "Verifies the release that is delivered.",
            ),
            ("Training", "training", make.training(), "Has dev train and waits."),
            (
                "Registrar",
                "registrar",
                make.registering(),
                "Registers in the centre what passed the gate.",
            ),
            ("Opener", "opener", make.opening(), "Tells prod that its gate was opened."),
            ("Recorder", "recorder", make.recording(), "Records rejections."),
        ):
            roles.make(title_, names.of(function), lambdas, *statements, description=description)
        for group in inputs.groups():
            self._deliveries(roles, inputs, names, group)
        events = trust("events.amazonaws.com", source_account=names.account)
        roles.make(
            "Forward",
            names.of("forward"),
            events,
            allow(
                "Forward", ["events:PutEvents"], [each.bus for each in inputs.workloads("pre-prod")]
            ),
            description="Carries approvals to pre-prod.",
        )
        roles.make(
            "StartProd",
            names.of("start-prod"),
            events,
            *make.starting_prod(),
            description="Starts the ways to prod when pre-prod has passed.",
        )
        self._people(roles, make, names)

    @staticmethod
    def _deliveries(roles: Roles, inputs: Inputs, names: Names, group: str) -> None:
        taken = trust("codepipeline.amazonaws.com", source_account=names.account)
        roles.make(
            f"{title_of(group)}Delivery",
            names.of(f"delivery-{group}"),
            taken,
            *delivering(inputs, names, group),
            description=f"Runs the delivery of {group}.",
        )
        if inputs.workloads("prod"):
            roles.make(
                f"{title_of(group)}ToProd",
                names.of(f"to-prod-{group}"),
                taken,
                *going_to_prod(inputs, names, group),
                description=f"Runs the way of {group} to prod.",
            )

    @staticmethod
    def _people(roles: Roles, make: ToolingPolicies, names: Names) -> None:
        given = names.environment.trust
        for title, name, who, statements, description in (
            (
                "Builder",
                "builder",
                given.builder_roles,
                make.building(),
                "Stores releases and starts deliveries.",
            ),
            (
                "Gatekeeper",
                "gatekeeper",
                given.gatekeeper_roles,
                make.gatekeeping(),
                "Answers the manual approvals.",
            ),
            (
                "Approver",
                "approver",
                given.approver_roles,
                make.approving(),
                "Approves and rejects models.",
            ),
            (
                "Operator",
                "operator",
                given.operator_roles,
                make.operating(),
                "Stops and retries deliveries.",
            ),
        ):
            if who:
                roles.make(
                    title, names.of(name), trust_roles(*who), *statements, description=description
                )
