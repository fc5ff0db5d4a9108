"""What calls of CodePipeline ask for.

Source: Service Authorization Reference, "AWS CodePipeline".
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.policies.calls.call import Call
from infra.policies.calls.encrypting import Keys
from infra.policies.question import Question


def of_job(call: Call, _: Keys) -> Iterator[Question]:
    """What answers a job: jobs are no resources."""
    yield Question(f"codepipeline:{call.operation}", "*")


def of_delivery(call: Call, _: Keys) -> Iterator[Question]:
    """What is about a pipeline."""
    parameter = "name" if "name" in call.parameters else "pipelineName"
    yield Question(f"codepipeline:{call.operation}", call.arn("codepipeline", call[parameter]))


def of_gate(call: Call, _: Keys) -> Iterator[Question]:
    """PutApprovalResult: the action that asks."""
    action = "/".join(str(call[each]) for each in ("pipelineName", "stageName", "actionName"))
    yield Question(f"codepipeline:{call.operation}", call.arn("codepipeline", action))
