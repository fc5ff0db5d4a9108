"""The end of a trial: what succeeded is written down beside its release, and tooling is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from infra.runtime.canonical import canonical_json, sha256
from infra.runtime.clients import error_code
from infra.runtime.deployer.account import Account
from infra.runtime.deployer.approval import moment
from infra.runtime.deployer.checks import require_approved
from infra.runtime.deployer.ending import finish
from infra.runtime.deployer.promotions import OPEN, PASSED, Promotion
from infra.runtime.deployer.trials import DESCRIPTION
from infra.runtime.errors import Refused
from infra.runtime.waiting import NotYet

SOURCE, DETAIL_TYPE = "penstock.promotion", "Pre-production succeeded"
_ABSENT = ("ResourceNotFound", "ResourceNotFoundException", "ValidationException")
_RUNNING = ("Executing", "Stopping")


def ended(account: Account, event: Mapping[str, Any]) -> None:
    """Take the end of an execution of a pipeline, which may be a trial.

    Raises:
        NotYet: It is a trial whose start is not written down yet, or it is not over yet.
    """
    detail = event["detail"]
    arn = str(detail.get("pipelineExecutionArn") or "")
    status = detail.get("currentPipelineExecutionStatus")
    if status in _RUNNING:
        account.ignore(f"{arn} is {status}.")
        return
    promotion = account.promotions.of_execution(arn)
    if promotion is None:
        _require_foreign(account, arn)
        account.ignore(f"{arn} is no trial of a model.")
        return
    if promotion.state in OPEN:
        promotion = _decide(account, promotion, arn)
    if promotion.state == PASSED and not promotion.told:
        _pass_on(account, promotion)
    finish(account, promotion)


def _require_foreign(account: Account, arn: str) -> None:
    found = _described(account, arn)
    if str(found.get("PipelineExecutionDescription") or "").startswith(DESCRIPTION):
        raise NotYet(f"the start of the trial {arn} is not written down yet.")


def _described(account: Account, arn: str) -> Mapping[str, Any]:
    """Return what the service says of an execution; nothing where there is none."""
    try:
        found: Mapping[str, Any] = account.sagemaker.describe_pipeline_execution(
            PipelineExecutionArn=arn
        )
    except Exception as error:
        if error_code(error) in _ABSENT:
            return {}
        raise
    return found


def _decide(account: Account, promotion: Promotion, arn: str) -> Promotion:
    """Write down how a trial ended, as the service says it and not as the event does."""
    found = _described(account, arn)
    status = str(found.get("PipelineExecutionStatus") or "gone")
    if status in _RUNNING:
        raise NotYet(f"the trial {arn} is {status}.")
    if status != "Succeeded":
        reason = str(found.get("FailureReason") or f"its execution is {status}.")
        return account.promotions.fail(promotion, reason, execution=arn)
    try:
        _require_definition(account, promotion, arn)
        require_approved(promotion.approval, account.doors.describe(promotion.approval))
    except Refused as error:
        return account.promotions.refuse(promotion.approval, str(error))
    at = moment(found["LastModifiedTime"])
    return account.promotions.succeed(promotion, execution=arn, ended=at)


def _require_definition(account: Account, promotion: Promotion, arn: str) -> None:
    answer = account.sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    ran = sha256(str(answer["PipelineDefinition"]).encode())
    body = promotion.facts["body"]
    if ran != body:
        what = f"the trial ran a definition with the SHA-256 {ran}; that of the release has {body}."
        raise Refused(what, arn, "See who changed the pipeline, then approve the model again.")


def _pass_on(account: Account, promotion: Promotion) -> None:
    """Write the records that open production's doors, then tell tooling."""
    settings, approval, facts = account.settings, promotion.approval, promotion.facts
    stage, releases = settings.environment, settings.releases
    passed = {
        "release": facts["release"],
        "stage": stage,
        "pipeline": approval.pipeline,
        "body": facts["body"],
        "execution": facts["execution"],
        "ended": facts["ended"],
        "recorded_by": str(account.client("sts").get_caller_identity()["Arn"]),
    }
    content = json.dumps(passed, sort_keys=True).encode()
    account.storage.put_once(
        f"{releases}/{facts['release']}/passed/{stage}/{approval.pipeline}.json",
        content,
        sha256(content),
        "application/json",
    )
    account.storage.keep(
        record_place(releases, promotion.approval.group, approval.version, approval.approved_at),
        canonical_json(
            {
                "package": approval.package,
                "approved_at": approval.approved_at,
                "statement": facts["statement"],
                "execution": facts["execution"],
                "body": facts["body"],
                "at": facts["ended"],
            }
        ),
    )
    _send(account, promotion)
    account.promotions.told(promotion)


def record_place(releases: str, group: str, version: str, approved_at: str) -> str:
    """Return where the record of a trial that succeeded is."""
    return f"{releases}/promoted/{group}/{version}/{approved_at}/pre-prod.json"


def _send(account: Account, promotion: Promotion) -> None:
    bus, approval, facts = account.settings.bus, promotion.approval, promotion.facts
    detail = {
        "package": approval.package,
        "group": approval.group,
        "version": approval.version,
        "approved_at": approval.approved_at,
        "release": facts["release"],
        "statement": facts["statement"],
        "execution": facts["execution"],
    }
    entry = {
        "EventBusName": bus,
        "Source": SOURCE,
        "DetailType": DETAIL_TYPE,
        "Detail": json.dumps(detail, sort_keys=True),
    }
    answer = account.client("events", account.settings.region).put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        failed = answer["Entries"][0]
        code, message = failed.get("ErrorCode"), failed.get("ErrorMessage")
        raise NotYet(f"the bus {bus} did not take the event: {message} ({code}).")
