"""A CloudFormation template and where it is deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Template:
    """A template of one stack.

    Attributes:
        stack: Name of the stack.
        account: 12 digits.
        region: Such as `eu-west-1`.
        body: The template, read from its JSON.
        parameters: Values that the stack is deployed with; others have their default.
        partition: Of AWS.
    """

    stack: str
    account: str
    region: str
    body: Mapping[str, Any]
    parameters: Mapping[str, str] = field(default_factory=dict)
    partition: str = "aws"

    def resources(self, *types: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield logical id and resource, in the order of the ids.

        Args:
            types: Only of these; none: all.
        """
        for logical_id, resource in sorted(self.body.get("Resources", {}).items()):
            if not types or resource["Type"] in types:
                yield logical_id, resource
