"""What a Callback step asks: whether a file is there, and for how long it waits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from infra.runtime.errors import Refused

MOST_MINUTES = 13 * 24 * 60
"""SQS keeps no message longer (botocore 1.44.5, MessageRetentionPeriod)."""

_FILE = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(.*[^/])", re.DOTALL)
_MINUTES = re.compile(r"[1-9][0-9]{0,4}")


@dataclass(frozen=True, slots=True)
class Question:
    """A question that can be answered, if only with what is wrong with it.

    Attributes:
        token: Of the step that waits.
        execution: Its ARN, for messages; may be empty.
        arguments: As the pipeline gave them.
    """

    token: str
    execution: str
    arguments: Mapping[str, object]

    @property
    def problem(self) -> str:
        """What is wrong with the arguments; empty: nothing."""
        problems = []
        if not _FILE.fullmatch(str(self.arguments.get("wait_for"))):
            problems.append("wait_for has to be a file, s3://BUCKET/KEY.")
        given = str(self.arguments.get("timeout_minutes"))
        if not _MINUTES.fullmatch(given) or int(given) > MOST_MINUTES:
            problems.append(f"timeout_minutes has to be a whole number, 1 to {MOST_MINUTES}.")
        return " ".join(problems)

    @property
    def place(self) -> str:
        """The address of the file."""
        return str(self.arguments["wait_for"])

    @property
    def file(self) -> tuple[str, str]:
        """Bucket and key of the file."""
        bucket, _, key = self.place.removeprefix("s3://").partition("/")
        return bucket, key

    @property
    def minutes(self) -> int:
        """How long the step waits for it."""
        return int(str(self.arguments["timeout_minutes"]))


def question_of(body: str) -> Question:
    """Return the question of a message.

    Raises:
        Refused: It is none, and nobody waits for its answer.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    told = found if isinstance(found, dict) else {}
    token, arguments = told.get("token"), told.get("arguments")
    if not isinstance(token, str) or not token:
        what = "the message is no question of a Callback step."
        raise Refused(what, remedy="See who may send to the queue.")
    given = arguments if isinstance(arguments, dict) else {}
    return Question(token, str(told.get("pipelineExecutionArn") or ""), given)
