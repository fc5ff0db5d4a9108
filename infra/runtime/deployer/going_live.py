"""Production: what passed the trial, and two gates that people opened, decides from now on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from infra.runtime.canonical import canonical_json
from infra.runtime.deployer.account import Account
from infra.runtime.deployer.approval import Approval, claim_of, is_moment
from infra.runtime.deployer.checks import Opened
from infra.runtime.deployer.ending import finish, refuse
from infra.runtime.deployer.passing import record_place
from infra.runtime.deployer.promotions import LIVE, Promotion
from infra.runtime.errors import Refused
from infra.runtime.identities import same_person

_MOST_BYTES = 1 << 16
_GATE = ("approved_by", "at", "delivery")


def opened(account: Account, event: Mapping[str, Any]) -> None:
    """Let a model decide whose door to production was opened.

    Raises:
        Refused: The message is about no approval that could be recorded.
        NotYet: The pipeline is not deployed yet.
    """
    detail = event["detail"]
    approval, gate = _approval(account, detail)
    promotion = account.promotions.find(approval)
    if promotion is None:
        try:
            facts = _facts(account, approval, detail, gate)
        except Refused as error:
            refuse(account, approval, error)
            return
        promotion = account.promotions.go_live(approval, facts)
    if promotion.state == LIVE and not promotion.told:
        _keep(account, promotion)
        account.promotions.told(promotion)
    finish(account, promotion)


def _approval(account: Account, detail: Mapping[str, Any]) -> tuple[Approval, Mapping[str, str]]:
    settings = account.settings
    claim = claim_of(
        detail.get("package"),
        detail.get("group"),
        detail.get("version"),
        region=settings.region,
        account=settings.tooling,
        groups=settings.groups,
    )
    at, gate = detail.get("approved_at"), detail.get("gate")
    if not is_moment(at):
        raise Refused(f"its approval's time, {at!r}, is none.", claim.package)
    told = gate if isinstance(gate, Mapping) else {}
    missing = [name for name in _GATE if not isinstance(told.get(name), str) or not told[name]]
    if missing:
        raise Refused(f"it does not say of its gate: {', '.join(missing)}.", claim.package)
    return (
        Approval(claim.package, claim.group, claim.version, str(at)),
        {name: str(told[name]) for name in _GATE},
    )


def _facts(
    account: Account, approval: Approval, detail: Mapping[str, Any], gate: Mapping[str, str]
) -> Mapping[str, str]:
    """Return what is known of a model that may decide.

    Raises:
        Refused: A door is shut.
    """
    found = account.doors.open(approval, account.doors.describe(approval))
    facts = found.facts
    if detail.get("release") != facts["release"]:
        what = f"the message is about the release {detail.get('release')}; the model is of "
        raise Refused(f"{what}{facts['release']}.", approval.package, "Open its own release.")
    if same_person(gate["approved_by"], facts["author"]):
        what = f"{gate['approved_by']} opened production, and {facts['author']} is its author."
        raise Refused(what, approval.package, "Let somebody else open it.")
    execution = _require_trial(account, approval, found)
    return {
        **facts,
        "trial": execution,
        "opened_by": gate["approved_by"],
        "opened_at": gate["at"],
        "delivery": gate["delivery"],
    }


def _require_trial(account: Account, approval: Approval, found: Opened) -> str:
    """Return the execution of the trial that succeeded."""
    place = record_place(
        account.settings.releases, approval.group, approval.version, approval.approved_at
    )
    content = account.storage.read(place, _MOST_BYTES)
    if content is None:
        what = "there is no record that its trial before production succeeded."
        raise Refused(what, place, "Approve the version again, so that it is tried.")
    try:
        record = json.loads(content)
    except ValueError:
        record = None
    told = record if isinstance(record, dict) else {}
    wanted = {
        "package": approval.package,
        "approved_at": approval.approved_at,
        "statement": found.facts["statement"],
        "body": found.facts["body"],
    }
    problems = [
        f"its {name} is {told.get(name, 'missing')}, not {value}."
        for name, value in wanted.items()
        if told.get(name) != value
    ]
    if problems:
        what = f"this is the record of another trial: {' '.join(problems)}"
        raise Refused(what, place, "See in the bucket's history who wrote it.")
    return str(told.get("execution", ""))


def _keep(account: Account, promotion: Promotion) -> None:
    """Write down in the ledger, where nothing is ever changed, what decides since when."""
    approval = promotion.approval
    content = {
        "package": approval.package,
        "group": approval.group,
        "version": approval.version,
        "pipeline": approval.pipeline,
        "approved_at": approval.approved_at,
        **promotion.facts,
    }
    place = f"{account.settings.ledger}/live/{approval.group}/{approval.approved_at}.json"
    account.storage.keep(place, canonical_json(content))
