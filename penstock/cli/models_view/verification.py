"""What is in force, verified byte by byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.approval.words import plain
from penstock.errors import PenstockError, Problem

if TYPE_CHECKING:
    from penstock.approval.port import Approvals


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at.

    Attributes:
        entries: How many entries the ledger has; all of them hold.
        sound: Versions in force whose every byte is as it was approved, with their stage.
        problems: What is not.
        notices: What was changed and bears on nothing that is in force.
    """

    entries: int
    sound: Sequence[str]
    problems: Sequence[Problem]
    notices: Sequence[Problem] = ()


def verify_all(approvals: Approvals, group: str | None, stage: str | None) -> Verified:
    """Verify the ledger and everything in force.

    Raises:
        ApprovalError: The ledger does not hold.
    """
    entries = approvals.history(group, stage)
    sound: list[str] = []
    problems: list[Problem] = []
    for name, at in sorted({(each.group, each.stage) for each in entries if each.live}):
        try:
            live = approvals.verified(name, at)
            sound.append(f"{live.group}/{live.version} at {live.stage}")
        except PenstockError as error:
            problems += error.problems
    return Verified(len(approvals.history()), sound, problems, approvals.notices())


def verified_text(found: Verified) -> str:
    """Return the outcome, a line a finding."""
    count = f"{found.entries} entr{'y' if found.entries == 1 else 'ies'}"
    lines = [f"ledger   {count}, all signed and in order"]
    lines += [f"live     {each}: every byte is as it was approved" for each in found.sound]
    lines += [f"notice   {plain(str(each))}" for each in found.notices]
    lines += [f"differs  {plain(str(each))}" for each in found.problems]
    if not found.sound and not found.problems:
        lines.append("live     nothing")
    return "\n".join(lines)
