"""What became of every approval: items of the table, and the steps from one state to the next.

| pk | sk | what it holds |
|---|---|---|
| `promotion#<package ARN>` | approved_at | what became of that approval |
| `group#<group>` | `newest` | the newest approval whose doors opened, where models are on trial |
| `execution#<execution ARN>` | `execution` | of which approval an execution is the trial |
| `live#<pipeline>` | `live` | the model that decides, in production |
| `history#<pipeline>` | approved_at | a model that decided from then on |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from infra.runtime.deployer.approval import Approval
from infra.runtime.table import Item, Key, Table

ACCEPTED, TRIAL, PASSED, FAILED = "accepted", "trial", "passed", "failed"
LIVE, SUPERSEDED, REFUSED = "live", "superseded", "refused"
OPEN = (ACCEPTED, TRIAL)
"""States from which it goes on."""

_YES = "yes"
_OWN = ("pk", "sk", "package", "group", "version", "approved_at", "state", "reason", "told")


@dataclass(frozen=True, slots=True)
class Promotion:
    """What became of an approval.

    Attributes:
        approval: Of it.
        state: Of those above.
        reason: Why it goes no further; empty: it does.
        told: Whether those who have to know were told of the state.
        facts: What is known of the model, and of what was done with it.
    """

    approval: Approval
    state: str
    reason: str
    told: bool
    facts: Mapping[str, str]

    def to_item(self) -> Item:
        """Return it as the table keeps it."""
        approval = self.approval
        own = {
            "package": approval.package,
            "group": approval.group,
            "version": approval.version,
            "approved_at": approval.approved_at,
            "state": self.state,
            "reason": self.reason,
            "told": _YES if self.told else "",
        }
        return {**self.facts, **own}


def key_of(approval: Approval) -> Key:
    """Return the key of what became of an approval."""
    return f"promotion#{approval.package}", approval.approved_at


def execution_key(arn: str) -> Key:
    """Return the key of an execution."""
    return f"execution#{arn}", "execution"


def live_key(pipeline: str) -> Key:
    """Return the key of the model that decides in a pipeline."""
    return f"live#{pipeline}", "live"


class Promotions:
    """The table as the deployer uses it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, approval: Approval) -> Promotion | None:
        """Return what became of an approval; None: nothing yet."""
        item = self._table.get(key_of(approval))
        return None if item is None else _promotion(item)

    def of_execution(self, arn: str) -> Promotion | None:
        """Return the approval of which an execution is the trial; None: it is of none."""
        item = self._table.get(execution_key(arn))
        if item is None:
            return None
        found = self._table.get((item["promotion_pk"], item["promotion_sk"]))
        return None if found is None else _promotion(found)

    def accept(self, approval: Approval, facts: Mapping[str, str]) -> Promotion:
        """Write down that the doors are open, unless a newer approval of the group got there first.

        Returns:
            What became of it, which another delivery may have written.
        """
        accepted = Promotion(approval, ACCEPTED, "", told=False, facts=facts)
        newest = {"package": approval.package, "approved_at": approval.approved_at}
        if self._table.write(
            self._table.creation(key_of(approval), accepted.to_item()),
            self._table.replacement(_newest_key(approval.group), newest, "approved_at"),
        ):
            return accepted
        return self.find(approval) or self.supersede(accepted)

    def still_newest(self, promotion: Promotion) -> Promotion:
        """Return an accepted promotion as it is, or superseded by a newer approval."""
        newest = self._table.get(_newest_key(promotion.approval.group)) or {}
        if newest.get("approved_at") == promotion.approval.approved_at:
            return promotion
        return self.supersede(promotion)

    def supersede(self, promotion: Promotion) -> Promotion:
        """Write down that a newer approval took its place; nobody has to be told."""
        reason = "a newer approval took its place."
        return self._end(replace(promotion, state=SUPERSEDED, reason=reason, told=True))

    def refuse(self, approval: Approval, reason: str) -> Promotion:
        """Write down that a door is shut, unless it is over already."""
        return self._end(Promotion(approval, REFUSED, reason, told=False, facts={}))

    def fail(self, promotion: Promotion, reason: str, **facts: str) -> Promotion:
        """Write down that its trial did not succeed, unless it is over already."""
        found = {**promotion.facts, **facts}
        return self._end(replace(promotion, state=FAILED, reason=reason, facts=found))

    def start(self, promotion: Promotion, execution: str) -> Promotion:
        """Write down its trial; first the execution, whose end may be told at any time."""
        pk, sk = key_of(promotion.approval)
        item = {"promotion_pk": pk, "promotion_sk": sk}
        self._table.write(self._table.creation(execution_key(execution), item))
        changes = {"state": TRIAL, "execution": execution}
        self._table.write(self._table.change((pk, sk), changes, "state", [ACCEPTED]))
        return self.find(promotion.approval) or promotion

    def succeed(self, promotion: Promotion, **facts: str) -> Promotion:
        """Write down that its trial succeeded, if its approval is still the newest of the group."""
        approval = promotion.approval
        key, changes = key_of(approval), {"state": PASSED, **facts}
        if not self._table.write(
            self._table.change(key, changes, "state", OPEN),
            self._table.requirement(
                _newest_key(approval.group), "approved_at", approval.approved_at
            ),
        ):
            found = self.find(approval) or promotion
            return self.supersede(found) if found.state in OPEN else found
        return replace(promotion, state=PASSED, facts={**promotion.facts, **facts})

    def go_live(self, approval: Approval, facts: Mapping[str, str]) -> Promotion:
        """Let a model decide from now on, unless one that was approved later does.

        Returns:
            What became of it, which another delivery may have written.
        """
        live = Promotion(approval, LIVE, "", told=False, facts=facts)
        kept = {
            name: value
            for name, value in live.to_item().items()
            if name not in ("state", "reason", "told")
        }
        if self._table.write(
            self._table.creation(key_of(approval), live.to_item()),
            self._table.replacement(live_key(approval.pipeline), kept, "approved_at"),
            self._table.creation((f"history#{approval.pipeline}", approval.approved_at), kept),
        ):
            return live
        return self.find(approval) or self.supersede(live)

    def told(self, promotion: Promotion) -> None:
        """Write down that those who have to know of its state were told."""
        change = {"told": _YES}
        key = key_of(promotion.approval)
        self._table.write(self._table.change(key, change, "state", [promotion.state]))

    def _end(self, wanted: Promotion) -> Promotion:
        """Write a last state down, unless there is another one, and return which there is."""
        key, item = key_of(wanted.approval), wanted.to_item()
        if self._table.write(self._table.creation(key, item)):
            return wanted
        changes = {name: item[name] for name in ("state", "reason", "told")} | dict(wanted.facts)
        self._table.write(self._table.change(key, changes, "state", OPEN))
        return self.find(wanted.approval) or wanted


def _newest_key(group: str) -> Key:
    return f"group#{group}", "newest"


def _promotion(item: Item) -> Promotion:
    approval = Approval(item["package"], item["group"], item["version"], item["approved_at"])
    facts = {name: value for name, value in item.items() if name not in _OWN}
    told = item["told"] == _YES
    return Promotion(approval, item["state"], item["reason"], told=told, facts=facts)
