"""Writes a rejection into the ledger's bucket, once; it deploys nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger

from infra.runtime.canonical import canonical_json, sha256
from infra.runtime.clients import open_client
from infra.runtime.errors import Refused
from infra.runtime.package_arns import package_arn
from infra.runtime.settings import Reader
from infra.runtime.storage import Storage

FORMAT = "penstock.rejection/1"
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_GROUP = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the function is deployed with: the ledger's bucket and the registry's Region."""

    ledger: str
    region: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read the variables.

        Raises:
            SettingsError: They are missing or wrong.
        """
        reader = Reader(environ)
        found = cls(reader.place("PENSTOCK_LEDGER"), reader.text("PENSTOCK_REGION"))
        reader.check()
        return found


def handle(event: Mapping[str, Any], context: object) -> None:
    """Take an event of the rule for rejections; one that is none is logged, and that is all."""
    del context
    logger = Logger(service="penstock-recorder")
    try:
        where = record(event)
    except Refused as error:
        logger.error("the event is refused", event_id=event.get("id"), reason=str(error))
        return
    logger.info("the rejection is recorded", event_id=event.get("id"), where=where)


def record(event: Mapping[str, Any]) -> str:
    """Write a rejection down, unless it is; return where.

    Raises:
        Refused: The event tells of no rejection of a version.
    """
    settings = Settings.from_environment(os.environ)
    detail = event.get("detail") or {}
    package, group = str(detail.get("ModelPackageArn")), str(detail.get("ModelPackageGroupName"))
    event_id, status = str(event.get("id")), str(detail.get("ModelApprovalStatus"))
    named = package_arn(package)
    if status != "Rejected":
        raise Refused(f"the event says {status}, not Rejected.", package, "Look at the rule.")
    if not _ID.fullmatch(event_id) or not _GROUP.fullmatch(group) or group.lower() != named.group:
        raise Refused("the event names no event or no group.", package, "Look at the rule.")
    who, comment = _said(settings, package)
    content = canonical_json(
        {
            "format": FORMAT,
            "event": event_id,
            "package": package,
            "group": group,
            "version": named.version,
            "at": str(event.get("time") or ""),
            "rejected_by": who,
            "comment": comment,
        }
    )
    where = f"{settings.ledger}/rejections/{group}/{named.version}/{event_id}.json"
    # The first writing counts: a repeated event may find that somebody changed the version since.
    Storage(open_client("s3", region=settings.region)).put_once(
        where, content, sha256(content), "application/json"
    )
    return where


def _said(settings: Settings, package: str) -> tuple[str, str]:
    """Return who rejected a version and why, unless it was changed since."""
    found = open_client("sagemaker", region=settings.region).describe_model_package(
        ModelPackageName=package
    )
    if found.get("ModelApprovalStatus") != "Rejected":
        return "", ""
    by = found.get("LastModifiedBy") or {}
    who = (by.get("IamIdentity") or {}).get("Arn") or by.get("UserProfileArn") or ""
    return str(who), str(found.get("ApprovalDescription") or "")
