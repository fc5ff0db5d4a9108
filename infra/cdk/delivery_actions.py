"""Stages and actions of deliveries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import aws_codepipeline as codepipeline

from infra.cdk.inputs import as_json
from infra.cdk.naming import GATE_ACTION, GATE_STAGE, Names, bucket_of, stack_of

Stage = codepipeline.CfnPipeline.StageDeclarationProperty
Action = codepipeline.CfnPipeline.ActionDeclarationProperty
_PIPELINE = codepipeline.CfnPipeline
_SOURCE = "Release"
_TOO_LONG_MINUTES = 24 * 60
"""After a day without an answer a gate shuts: the use case's next deliveries wait behind it."""


def take_up(names: Names) -> Stage:
    """Return the stage that takes up what was handed over.

    Args:
        names: Of tooling.
    """
    action = Action(
        name=_SOURCE,
        action_type_id=_type("Source", "S3"),
        configuration={
            "S3Bucket": bucket_of(names.environment.releases),
            # Nothing is there: a start names the object of its own release, and one that nobody
            # asked for, such as CodePipeline's own when a pipeline is made, takes nothing up.
            "S3ObjectKey": "delivery/release.zip",
            "AllowOverrideForS3ObjectKey": "true",
            "PollForSourceChanges": "false",
        },
        output_artifacts=[_PIPELINE.OutputArtifactProperty(name=_SOURCE)],
        namespace=_SOURCE,
        run_order=1,
    )
    return Stage(name="Source", actions=[action])


def verify(names: Names, parameters: Mapping[str, str]) -> Stage:
    """Return the stage that verifies it; later actions read `Checked.release`.

    Args:
        names: Of tooling.
        parameters: Of the function.
    """
    action = invoke(
        "ReleaseCheck", names.of("release-check"), parameters, order=1, namespace="Checked"
    )
    return Stage(name="Verify", actions=[action])


def ask(names: Names, question: str) -> Stage:
    """Return a gate: a person answers a question.

    Args:
        names: Of tooling.
        question: What they read.
    """
    action = Action(
        name=GATE_ACTION,
        action_type_id=_type("Approval", "Manual"),
        configuration={"CustomData": question, "NotificationArn": names.topic},
        run_order=1,
        timeout_in_minutes=_TOO_LONG_MINUTES,
    )
    return Stage(name=GATE_STAGE, actions=[action])


def deploy(name: str, places: Sequence[Names], group: str, *then: Action) -> Stage:
    """Return a stage that deploys the stack of a use case, in the role that deploys no other.

    What else an account holds, the platform team deploys.

    Args:
        name: Of the stage.
        places: Where.
        group: Of the use case.
        then: What comes after.
    """
    delivered = stack_of(group)
    actions = [
        Action(
            name=f"{each.environment.name}-pipelines",
            action_type_id=_type("Deploy", "CloudFormation"),
            configuration={
                "ActionMode": "CREATE_UPDATE",
                "StackName": each.stack(delivered),
                "TemplatePath": f"{_SOURCE}::templates/{each.stack(delivered)}.template.json",
                "ParameterOverrides": as_json({"ReleaseDigest": "#{Checked.release}"}),
                "RoleArn": each.cloudformation_role(),
            },
            input_artifacts=[_PIPELINE.InputArtifactProperty(name=_SOURCE)],
            role_arn=each.role(delivered),
            region=each.region,
            run_order=1,
        )
        for each in places
    ]
    return Stage(name=name, actions=[*actions, *then])


def invoke(
    name: str,
    function: str,
    parameters: Mapping[str, str],
    *,
    order: int,
    namespace: str = "",
) -> Action:
    """Return an action that asks a function.

    Args:
        name: Of the action.
        function: Name of the function.
        parameters: That it is given.
        order: When, within the stage.
        namespace: Of the variables that it answers; empty: nobody reads them.
    """
    return Action(
        name=name,
        action_type_id=_type("Invoke", "Lambda"),
        configuration={"FunctionName": function, "UserParameters": as_json(parameters)},
        input_artifacts=[_PIPELINE.InputArtifactProperty(name=_SOURCE)],
        namespace=namespace or None,
        run_order=order,
    )


def _type(category: str, provider: str) -> codepipeline.CfnPipeline.ActionTypeIdProperty:
    return _PIPELINE.ActionTypeIdProperty(
        category=category, owner="AWS", provider=provider, version="1"
    )
