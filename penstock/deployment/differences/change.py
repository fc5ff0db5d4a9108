"""Single changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One value.

    Attributes:
        path: Where, such as `HyperParameters.seed`.
        before: In one line; `nothing` where there was none.
        after: In one line.
    """

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class StepChange:
    """One step.

    Attributes:
        name: Of the step.
        type: Such as `Training`.
        kind: What happened to it.
        changes: Of a step that stayed.
    """

    name: str
    type: str
    kind: Kind
    changes: Sequence[Change] = ()
