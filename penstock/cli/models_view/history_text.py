"""The ledger, and what was live at an instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from penstock.approval.words import plain
from penstock.cli.models_view.words import instant_words, short_digest
from penstock.cli.run_view.text_table import text_table

if TYPE_CHECKING:
    from penstock.approval.port import Approvals, Entry, Live

_WORDS = {
    "approve": "approved",
    "reject": "rejected",
    "rollback": "rolled back to",
    "flag": "flagged",
    "seal": "sealed",
}


def history_text(entries: Sequence[Entry]) -> str:
    """Return entries as a table, oldest first."""
    if not entries:
        return "nothing has been decided yet."
    rows = [
        [
            str(each.sequence),
            instant_words(each.at),
            plain(each.actor.name),
            f"{_WORDS[each.action]} {each.group}/{each.version}",
            each.stage,
            "live" if each.live else "",
            short_digest(each.evidence),
            plain("; ".join(filter(None, [each.comment, each.justification]))),
        ]
        for each in entries
    ]
    heads = ["entry", "when", "who", "decision", "stage", "effect", "evidence", "in their words"]
    return text_table(heads, rows)


def lives_at(
    approvals: Approvals, group: str | None, stage: str | None, at: datetime | None
) -> Sequence[Live]:
    """Return what was in force at an instant, or is, by group and stage."""
    decided = sorted({(each.group, each.stage) for each in approvals.history(group, stage)})
    known = approvals.stages()
    found = (approvals.live(*each, at) for each in decided if each[1] in known)
    return [each for each in found if each is not None]


def lives_text(lives: Sequence[Live], at: datetime) -> str:
    """Return what was in force at an instant as a table."""
    if not lives:
        return f"nothing was live at {instant_words(at)}."
    rows = [
        [
            f"{each.group}/{each.version}",
            each.stage,
            instant_words(each.since),
            " and ".join(map(plain, each.approved_by)),
            short_digest(each.model_digest),
            plain(each.use_case[:32]),
            str(len(each.segments) or ""),
        ]
        for each in lives
    ]
    heads = ["version", "stage", "live since", "approved by", "model", "use case", "segments"]
    return f"live at {instant_words(at)}\n{text_table(heads, rows)}"
