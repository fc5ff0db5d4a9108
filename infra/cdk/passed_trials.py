"""What pre-prod has passed asks for the way to prod: of its own use case."""

from __future__ import annotations

from aws_cdk import aws_events as events
from constructs import Construct

from infra.cdk.inputs import Inputs
from infra.cdk.naming import Names, title_of, to_prod_of

_PRE_PROD_PASSED = "Pre-production succeeded"
_INPUT = (
    '{"variables": [{"name": "package", "value": <package>}, '
    '{"name": "approved_at", "value": <approved>}], '
    '"sourceRevisions": [{"actionName": "Release", '
    '"revisionType": "S3_OBJECT_KEY", '
    '"revisionValue": "delivery/<release>.zip"}]}'
)


def start_after_trials(scope: Construct, inputs: Inputs, names: Names, group: str) -> None:
    """Have a passed trial of a use case start its way to prod, with the release of the model.

    Args:
        scope: The stack.
        inputs: Whose trials count.
        names: Of tooling.
        group: Of the use case.
    """
    events.CfnRule(
        scope,
        f"{title_of(group)}PassedRule",
        name=names.of(f"passed-{group}"),
        description=f"What pre-prod has passed of {group} asks for its way to prod.",
        event_pattern={
            "source": ["penstock.promotion"],
            "detail-type": [_PRE_PROD_PASSED],
            "account": [each.account for each in inputs.workloads("pre-prod")],
            "detail": {"group": [group]},
        },
        state="ENABLED",
        targets=[
            events.CfnRule.TargetProperty(
                id="prod",
                arn=names.delivery(to_prod_of(group)),
                role_arn=names.role("start-prod"),
                dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                    arn=names.queue("approved-dead")
                ),
                input_transformer=events.CfnRule.InputTransformerProperty(
                    input_paths_map={
                        "package": "$.detail.package",
                        "approved": "$.detail.approved_at",
                        "release": "$.detail.release",
                    },
                    input_template=_INPUT,
                ),
            )
        ],
    )
