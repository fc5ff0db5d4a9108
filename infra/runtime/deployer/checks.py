"""The doors before a model: all of them are tried each time, and none opens another one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.runtime import statements
from infra.runtime.canonical import sha256
from infra.runtime.clients import error_code
from infra.runtime.deployer.approval import Approval, Claim, changed_at
from infra.runtime.deployer.package import require_as_stated
from infra.runtime.deployer.settings import Settings
from infra.runtime.errors import Refused
from infra.runtime.identities import same_person
from infra.runtime.release_archive import fetch_release
from infra.runtime.sealed_promotion import sealed_promotion
from infra.runtime.statements import Statement
from infra.runtime.storage import Storage
from infra.runtime.waiting import NotYet

MODEL_PARAMETERS = ("model", "model_version", "model_digest", "sinks")
"""A definition without one of them would decide by another model, or write where it may not."""

_ABSENT = ("ResourceNotFound", "ResourceNotFoundException", "ValidationException")
_WHO_WROTE = "See in the bucket's history who wrote it, and register the model again."
_STATEMENT = re.compile(r"statement-[0-9a-f]{64}\.[a-z.]{1,20}")
_DEPLOY = "Deploy the release of the model to this account, then approve the model again."


@dataclass(frozen=True, slots=True)
class Opened:
    """What is known of a model once every door is open.

    Attributes:
        facts: What is written down of it.
        declared: Names of the parameters of the pipeline that decides by it.
    """

    facts: Mapping[str, str]
    declared: frozenset[str]


class Doors:
    """The doors of one account."""

    def __init__(
        self, settings: Settings, registry: Any, sagemaker: Any, storage: Storage, kms: Any
    ) -> None:
        self._settings, self._registry, self._sagemaker = settings, registry, sagemaker
        self._storage, self._kms = storage, kms

    def describe(self, claim: Claim) -> Mapping[str, Any]:
        """Return what the central registry says of a version now.

        Raises:
            Refused: There is no such version.
        """
        try:
            found: Mapping[str, Any] = self._registry.describe_model_package(
                ModelPackageName=claim.package
            )
        except Exception as error:
            if error_code(error) in _ABSENT:
                raise Refused("there is no such version of a model.", claim.package) from None
            raise
        if found["ModelPackageArn"] != claim.package:
            raise Refused(f"the registry calls it {found['ModelPackageArn']}.", claim.package)
        return found

    def open(self, approval: Approval, package: Mapping[str, Any]) -> Opened:
        """Try every door.

        Args:
            approval: The approval that is claimed.
            package: What the registry says of the version now.

        Raises:
            Refused: A door is shut.
            NotYet: The pipeline is not deployed yet.
        """
        require_approved(approval, package)
        settings = self._settings
        statement = sealed_promotion(
            package, self._storage, self._kms, settings.seal, settings.central
        ).statement
        approver = _approver(approval, package, statement)
        below = statements.folder(settings.central, statement.group, statement.files_digest)
        require_as_stated(approval, package, statement, below)
        definition, body = self._definition(approval, statement)
        declared = frozenset(str(each["Name"]) for each in definition.get("Parameters", []))
        missing = [name for name in MODEL_PARAMETERS if name not in declared]
        if missing:
            what = f"the definition of {approval.pipeline} takes no {', '.join(missing)}."
            raise Refused(what, approval.name, _DEPLOY)
        self._require_files(statement, below)
        facts = {
            "model": statements.model_below(below),
            "model_digest": statement.model_digest,
            "statement": statement.digest,
            "release": statement.release,
            "body": body,
            "author": statement.author,
            "approved_by": approver,
        }
        return Opened(facts, declared)

    def _require_files(self, statement: Statement, below: str) -> None:
        listed = {each.path: each for each in statement.files}
        there = {path for path, _ in self._storage.names(below) if not _is_statement(path)}
        problems = [f"{path} is not in the statement." for path in sorted(there - listed.keys())]
        for path, each in listed.items():
            found = self._storage.measure(f"{below}/{path}")
            if found is None:
                problems.append(f"{path} is missing.")
            elif (found.size, found.sha256) != (each.size, each.sha256):
                problems.append(f"{path} holds other bytes: their SHA-256 is {found.sha256}.")
        if problems:
            raise Refused(" ".join(problems), below, _WHO_WROTE)

    def _definition(self, approval: Approval, statement: Statement) -> tuple[dict[str, Any], str]:
        release = fetch_release(self._storage, self._settings.releases, statement.release)
        settings = self._settings
        release.require_image(settings.parameters.get("Image", ""), settings.environment)
        body = release.body(approval.pipeline)
        deployed = approval.pipeline + self._settings.suffix
        try:
            answer = self._sagemaker.describe_pipeline(PipelineName=deployed)
        except Exception as error:
            if error_code(error) in _ABSENT:
                raise NotYet(f"{deployed} is not deployed here yet.") from None
            raise
        text = str(answer["PipelineDefinition"])
        found = sha256(text.encode())
        if found != body:
            what = (
                f"the definition that is deployed here has the SHA-256 {found}; that of the "
                f"release {statement.release} has {body}."
            )
            raise Refused(what, str(answer["PipelineArn"]), _DEPLOY)
        return json.loads(text), body


def require_approved(approval: Approval, package: Mapping[str, Any]) -> None:
    """Refuse what is not approved, or not by this very approval.

    Raises:
        Refused: It is rejected, pending, or was changed since.
    """
    status, at = package.get("ModelApprovalStatus"), changed_at(package)
    if status != "Approved":
        raise Refused(f"its status is {status}, not Approved.", approval.package)
    if at != approval.approved_at:
        what = f"it was changed at {at}, after the approval of {approval.approved_at}."
        raise Refused(what, approval.package, "If it is to go on, approve it again.")


def _approver(approval: Approval, package: Mapping[str, Any], statement: Statement) -> str:
    identity = (package.get("LastModifiedBy") or {}).get("IamIdentity") or {}
    arn = str(identity.get("Arn") or "")
    if not arn:
        what = "the registry does not say who approved it, so nobody can be told from its author."
        remedy = "Approve it again as the role of the approvers."
        raise Refused(what, approval.package, remedy)
    if same_person(arn, statement.author):
        what = f"{arn} approved it, and {statement.author} is its author."
        raise Refused(what, approval.package, "Let somebody else approve it.")
    return arn


def _is_statement(path: str) -> bool:
    """Return whether a file is a statement, or what the registrar keeps beside one."""
    return _STATEMENT.fullmatch(path) is not None
