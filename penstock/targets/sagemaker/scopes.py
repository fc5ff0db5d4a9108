"""The conditions under which a step runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.targets.sagemaker.resolved_conditions import Resolved


@dataclass(frozen=True, slots=True)
class Scope:
    """One branch: its condition, and the branch around it."""

    path: str
    condition: Resolved
    parent: Scope | None
    after: tuple[str, ...] = ()
    after_any: tuple[str, ...] = ()

    def chain(self) -> tuple[Scope, ...]:
        """The branches from the outermost to this one."""
        return (*(self.parent.chain() if self.parent else ()), self)


def within(outer: Scope | None, branch: Scope | None) -> Scope | None:
    """Return the branch in which both hold."""
    if branch is None or (outer is not None and branch in outer.chain()):
        return outer
    if outer is None or outer in branch.chain():
        return branch
    parent = within(outer, branch.parent)
    return Scope(
        path=f"{outer.path}+{branch.path}",
        condition=branch.condition,
        parent=parent,
        after=branch.after,
        after_any=branch.after_any,
    )
