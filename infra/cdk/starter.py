"""The function that starts pipelines, and in production the queue of what waits for a promotion."""

from __future__ import annotations

from collections.abc import Mapping

from constructs import Construct

from infra.cdk.inputs import Inputs, as_json
from infra.cdk.naming import WAITING, Names
from infra.cdk.parts.alarm import Alarms
from infra.cdk.parts.function import Functions, FunctionSettings
from infra.cdk.parts.queue import make_queue
from infra.cdk.promotion import feed


def make_starter(
    scope: Construct,
    inputs: Inputs,
    names: Names,
    make: Functions,
    variables: Mapping[str, str],
    *,
    key: str,
    alarms: Alarms,
) -> None:
    """Make them.

    Args:
        scope: The stack.
        inputs: What the templates are made of.
        names: Of the environment.
        make: Makes functions in the stack.
        variables: Settings of the account's functions.
        key: ARN of the key that encrypts messages.
        alarms: Of the stack.
    """
    settings, incremental = dict(variables), inputs.incremental()
    if incremental:
        settings["PENSTOCK_INCREMENTAL"] = as_json(incremental)
    deciding = names.environment.kind == "prod"
    if deciding:
        settings["PENSTOCK_WAITING"] = names.queue_url(WAITING)
    starter = make.make(
        "Starter",
        # To find what was seen last it may describe hundreds of versions.
        FunctionSettings("starter", "Starts pipelines at their times.", settings, seconds=300),
    )
    if deciding:
        waiting = make_queue(
            scope,
            "WaitingStarts",
            names,
            WAITING,
            key=key,
            senders=[],
            alarms=alarms,
            # The starter gives up after two hours, and tells people; this is for its failures.
            tries=40,
        )
        feed(scope, "Starter", starter, waiting.attr_arn)
