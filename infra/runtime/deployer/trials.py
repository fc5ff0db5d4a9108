"""An approval in an account before production: the doors are tried, then the model is on trial.

The trial is the inference pipeline on live data, with outputs that lead to no live sink.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from infra.runtime.deployer.account import Account
from infra.runtime.deployer.approval import Approval, changed_at, claim_of, moment
from infra.runtime.deployer.checks import Opened
from infra.runtime.deployer.ending import finish, refuse
from infra.runtime.deployer.promotions import ACCEPTED, TRIAL, Promotion
from infra.runtime.errors import Refused
from infra.runtime.rows import Rows

DESCRIPTION = "penstock promotion"
"""How the descriptions of executions begin that are trials."""

_SKEW = timedelta(seconds=60)
"""The clocks of the registry and of the events may differ so much."""
_LONGEST_NAME = 82
"""Of an execution (botocore 1.44.5)."""
_SOURCE = "source"


def approved(account: Account, event: Mapping[str, Any]) -> None:
    """Put a model on trial whose approval an event of the registry tells.

    Raises:
        Refused: The event is about no approval that could be recorded.
        NotYet: Something that is needed is not there yet.
    """
    approval, package = _approval(account, event)
    recorded = account.promotions.find(approval)
    if recorded is not None and recorded.state != ACCEPTED:
        finish(account, recorded)
        return
    try:
        opened = account.doors.open(approval, package)
        facts = opened.facts if recorded else _settled(account, approval, opened)
    except Refused as error:
        refuse(account, approval, error)
        return
    # Meanwhile a newer approval may have been accepted, of the same group.
    promotion = (
        account.promotions.accept(approval, facts)
        if recorded is None
        else account.promotions.still_newest(recorded)
    )
    if promotion.state == ACCEPTED:
        promotion = _start(account, promotion, opened)
    if promotion.state == TRIAL:
        account.say(promotion)
    else:
        finish(account, promotion)


def _approval(account: Account, event: Mapping[str, Any]) -> tuple[Approval, Mapping[str, Any]]:
    """Return the approval that an event is about, and its package as it is now."""
    settings, detail = account.settings, event["detail"]
    status = detail.get("ModelApprovalStatus")
    package = str(detail.get("ModelPackageArn") or "")
    if status != "Approved":
        raise Refused(f"the event tells of {status}, not of an approval.", package)
    if event.get("account") != settings.tooling:
        what = f"the event is of account {event.get('account')}; models come from "
        raise Refused(f"{what}{settings.tooling}.", package)
    claim = claim_of(
        package,
        detail.get("ModelPackageGroupName"),
        detail.get("ModelPackageVersion"),
        region=settings.region,
        account=settings.tooling,
        groups=settings.groups,
    )
    found = account.doors.describe(claim)
    at, told_at = changed_at(found), _time_of(event, package)
    if found.get("ModelApprovalStatus") == "Approved" and at > moment(told_at + _SKEW):
        what = f"the package was changed at {at}, after this event of {moment(told_at)}."
        remedy = "The event of that change counts; if there is none, approve the version again."
        raise Refused(what, package, remedy)
    return Approval(claim.package, claim.group, claim.version, at), found


def _time_of(event: Mapping[str, Any], package: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(event.get("time")))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Refused(f"the time of the event, {event.get('time')!r}, is none.", package)
    return found


def _settled(account: Account, approval: Approval, opened: Opened) -> Mapping[str, str]:
    """Return what is written down of an approval, with the rows that its trial reads.

    So whoever tries again starts it with the same rows, whatever is committed meanwhile.
    """
    settings = account.settings
    source = settings.sources.get(settings.groups[approval.group], "")
    if not source or _SOURCE not in opened.declared:
        return opened.facts
    return {**opened.facts, _SOURCE: Rows().pinned(source)}


def _start(account: Account, promotion: Promotion, opened: Opened) -> Promotion:
    settings, approval = account.settings, promotion.approval
    root = settings.parameters["ArtifactRoot"].rstrip("/")
    sinks = [f"{root}/trial/{approval.group}/{approval.version}/"]
    values = {
        **settings.parameters,
        "model": promotion.facts["model"],
        "model_version": approval.name,
        "model_digest": promotion.facts["model_digest"],
        "sinks": json.dumps(sinks),
    }
    if _SOURCE in promotion.facts:
        values[_SOURCE] = promotion.facts[_SOURCE]
    token = "\n".join((approval.package, approval.approved_at, settings.environment))
    answer = account.sagemaker.start_pipeline_execution(
        PipelineName=approval.pipeline + settings.suffix,
        PipelineExecutionDisplayName=f"promotion-{approval.group}-{approval.version}"[
            :_LONGEST_NAME
        ].rstrip("-"),
        PipelineExecutionDescription=(
            f"{DESCRIPTION} of {approval.package}, approved at {approval.approved_at}"
        ),
        PipelineParameters=[
            {"Name": name, "Value": value}
            for name, value in sorted(values.items())
            if name in opened.declared
        ],
        ClientRequestToken=hashlib.sha256(token.encode()).hexdigest(),
    )
    return account.promotions.start(promotion, str(answer["PipelineExecutionArn"]))
