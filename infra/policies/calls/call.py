"""A call of AWS's API that somebody made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.policies.errors import PolicyError, Problem
from infra.policies.principal import Principal

_SERVICE = ".amazonaws.com"
_NOT_THERE = ("404", "NoSuchKey", "NotFound")


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Attributes:
        role: ARN of the role that made it; the name of a service that makes it as itself.
        session: Name of its session.
        region: Of the service that was called.
        service: As botocore calls it, such as `s3`.
        operation: Such as `GetObject`.
        parameters: As botocore takes them.
        error: Code that the service answered; empty: it went well.
        source: ARN of what a service makes it for, such as a rule.
    """

    role: str
    session: str
    region: str
    service: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    error: str = ""
    source: str = ""

    @property
    def is_of_service(self) -> bool:
        """Whether a service makes it as itself."""
        return self.role.endswith(_SERVICE)

    @property
    def principal(self) -> Principal:
        """Who made it."""
        if self.is_of_service:
            return Principal.service(self.role)
        return Principal.role(self.role, session=self.session)

    @property
    def is_of_nothing(self) -> bool:
        """Whether the service answered that what was asked for is not there."""
        return self.error in _NOT_THERE

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of something in the account and the partition of who calls."""
        _, partition, _, _, account, _ = (self.source or self.role).split(":", 5)
        return f"arn:{partition}:{service}:{self.region}:{account}:{resource}"

    def named(self, service: str, kind: str, name: str) -> str:
        """Return the ARN of what a parameter gives by name or by ARN.

        Args:
            service: Prefix of the ARN.
            kind: What stands before the name in the ARN, such as `table/`.
            name: The parameter.
        """
        return name if name.startswith("arn:") else self.arn(service, f"{kind}{name}")

    def __getitem__(self, parameter: str) -> Any:
        """Return a parameter.

        Raises:
            PolicyError: It was not given.
        """
        if parameter not in self.parameters:
            what = f"{self} has no parameter {parameter}."
            raise PolicyError(Problem(what, "", "Add to infra/policies/calls what it means then."))
        return self.parameters[parameter]

    def __str__(self) -> str:
        return f"{self.service}:{self.operation} by {self.role or 'nobody'}"


def read_calls(lines: str) -> list[Call]:
    """Read recorded calls: an object of JSON with the attributes of `Call` on each line.

    Raises:
        PolicyError: A line is none; every such line is told.
    """
    calls, problems = [], []
    for number, line in enumerate(lines.splitlines(), start=1):
        try:
            calls.append(Call(**json.loads(line)))
        except (TypeError, ValueError) as error:
            what = f"this is no recorded call: {error}."
            problems.append(Problem(what, f"line {number}", "Record the calls anew."))
    if problems:
        raise PolicyError(problems)
    return calls
