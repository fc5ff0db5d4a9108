"""What is asked about many principals at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from infra.policies.principal import Principal
from infra.policies.request import Request


@dataclass(frozen=True, slots=True)
class Question:
    """A request without who makes it.

    Attributes:
        action: Such as `s3:GetObject`.
        resource: The ARN; `*` for an action that no resource can be named for.
        context: Condition keys and their values; see `Request`.
        any_context: Whether keys that are not given may have any value; see `Request`.
        name: What a table calls the resource; empty: its ARN.
    """

    action: str
    resource: str
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict, hash=False)
    any_context: bool = False
    name: str = ""

    def of(self, principal: Principal) -> Request:
        """Return the request that a principal makes."""
        return Request(
            principal, self.action, self.resource, self.context, any_context=self.any_context
        )
