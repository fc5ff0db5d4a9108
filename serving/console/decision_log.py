"""One line of JSON for every decision and every refused one; comments stay in the ledger."""

import json
import logging

from penstock.approval.port import Decision, Person
from penstock.errors import PenstockError

LOGGER = logging.getLogger("penstock.console")


def log_decision(decision: Decision, client: str) -> None:
    """Note what was decided, by whom, and where it stands in the ledger."""
    entry = decision.entry
    _write(
        {
            "event": "decision",
            "action": entry.action,
            "group": entry.group,
            "version": entry.version,
            "stage": entry.stage,
            "actor": entry.actor.name,
            "method": entry.actor.method,
            "evidence": entry.evidence,
            "entry": entry.sequence,
            "standing": decision.standing,
            "at": entry.at.isoformat(),
            "client": client,
        }
    )


def log_refusal(
    action: str,
    group: str,
    version: int,
    stage: str,
    actor: Person,
    client: str,
    error: PenstockError,
) -> None:
    """Note a decision that a rule forbade."""
    _write(
        {
            "event": "refused",
            "action": action,
            "group": group,
            "version": version,
            "stage": stage,
            "actor": actor.name,
            "client": client,
            "problems": [problem.what for problem in error.problems],
        }
    )


def log_sign_in(actor: Person, role: str, client: str) -> None:
    """Note who came in."""
    _write(
        {
            "event": "sign_in",
            "actor": actor.name,
            "method": actor.method,
            "role": role,
            "client": client,
        }
    )


def _write(event: dict[str, object]) -> None:
    LOGGER.info("%s", json.dumps(event, ensure_ascii=True))
