"""One change of a pipeline in an account, as the table of records keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from penstock.deployment.origin import Origin
from penstock.errors import Problem, ServiceError

State = Literal["applying", "applied", "abandoned"]
Action = Literal["upsert", "delete"]


@dataclass(frozen=True, slots=True)
class Version:
    """One change.

    Attributes:
        number: 1, 2, 3 … for each pipeline, without gaps.
        action: What was done.
        body: sha256 of the definition's text, 64 digits; empty: deleted.
        before: The body that was there before; empty: there was none.
        origin: The commit and release it came from.
        actor: Who did it, an ARN.
        at: When it began, ISO 8601 in UTC.
        reason: Why it was forced; empty: it was not.
        parameters: What the environment gives every execution: image, role, places.
        state: `applying` until what is there was read back; `abandoned`: it never came there.
    """

    number: int
    action: Action
    body: str
    before: str
    origin: Origin
    actor: str
    at: str
    reason: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    state: State = "applying"

    def now(self, state: State) -> Version:
        """Return this version in another state."""
        return replace(self, state=state)

    @property
    def text(self) -> str:
        """All of it but its state, as JSON."""
        facts = asdict(self)
        del facts["state"]
        return json.dumps(facts, sort_keys=True)


def read_version(text: str, state: str, where: str) -> Version:
    """Return the version that a record holds.

    Raises:
        ServiceError: It holds none.
    """
    try:
        facts: dict[str, Any] = json.loads(text)
        return Version(**{**facts, "origin": Origin(**facts["origin"]), "state": state})
    except (ValueError, TypeError, KeyError) as error:
        what = "a record of the table cannot be read: another Penstock, or a hand, wrote it."
        raise ServiceError(Problem(what, where, "Look at the item in DynamoDB.")) from error
