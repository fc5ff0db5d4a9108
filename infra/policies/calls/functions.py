"""What calls of Lambda and of CloudWatch Logs ask for.

Sources: Service Authorization Reference, "AWS Lambda", "Amazon CloudWatch Logs".
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.policies.calls.call import Call
from infra.policies.calls.encrypting import Keys
from infra.policies.question import Question


def invoke(call: Call, _: Keys) -> Iterator[Question]:
    """Invoke: the function."""
    yield Question("lambda:InvokeFunction", call.named("lambda", "function:", call["FunctionName"]))


def of_log_group(call: Call, _: Keys) -> Iterator[Question]:
    """What is about a log as a whole, however its ARN ends."""
    group = call.arn("logs", f"log-group:{call['logGroupName']}")
    for each in (group, f"{group}:log-stream:"):
        yield Question(f"logs:{call.operation}", each)


def of_log_stream(call: Call, _: Keys) -> Iterator[Question]:
    """What writes a log: a stream of the group, whatever it is called."""
    stream = call.parameters.get("logStreamName", "stream")
    group = call.arn("logs", f"log-group:{call['logGroupName']}")
    yield Question(f"logs:{call.operation}", f"{group}:log-stream:{stream}")
