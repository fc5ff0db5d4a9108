"""The end of a promotion that goes no further: written down once, logged, and told."""

from __future__ import annotations

from infra.runtime.deployer.account import Account
from infra.runtime.deployer.approval import Approval
from infra.runtime.deployer.promotions import FAILED, REFUSED, Promotion
from infra.runtime.errors import Refused


def refuse(account: Account, approval: Approval, error: Refused) -> None:
    """End a promotion at a door that is shut."""
    finish(account, account.promotions.refuse(approval, str(error)))


def finish(account: Account, promotion: Promotion) -> None:
    """Tell what became of a promotion; who has to know is told again after a crash."""
    account.say(promotion)
    if promotion.told or promotion.state not in (FAILED, REFUSED):
        return
    approval, where = promotion.approval, account.settings.environment
    account.notify(
        f"Penstock {where}: {approval.name} {promotion.state}",
        f"The promotion of {approval.name} in {where} was {promotion.state}: {promotion.reason}\n\n"
        f"Model package: {approval.package}\nApproved at: {approval.approved_at}\n"
        if promotion.state == REFUSED
        else f"The trial of {approval.name} in {where} failed: {promotion.reason}\n\n"
        f"Model package: {approval.package}\nApproved at: {approval.approved_at}\n"
        f"See why: pipeline logs {promotion.facts['execution']} --env {where}\n",
    )
    account.promotions.told(promotion)


def refuse_message(account: Account, message: str, error: Refused) -> None:
    """End a message that is about no approval.

    Args:
        account: Where it arrived.
        message: Its id.
        error: Why.
    """
    reason = str(error)
    account.ignore(reason)
    if account.messages.refuse(message, reason):
        where = account.settings.environment
        account.notify(
            f"Penstock {where}: message refused",
            f"The message {message} was refused in {where}: {reason}\n",
        )
        account.messages.told(message)
