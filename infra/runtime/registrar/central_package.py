"""The central version of a candidate: made once, its files and its statement in its metadata."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from infra.runtime.canonical import canonical_json
from infra.runtime.clients import error_code
from infra.runtime.errors import Refused
from infra.runtime.metadata import (
    EVIDENCE,
    FORMAT,
    MOST_ENTRIES,
    OWN,
    REPORT,
    encode,
    properties_of,
)
from infra.runtime.registrar.sealing import beside
from infra.runtime.source_package import SourcePackage
from infra.runtime.statements import (
    AUTHOR,
    DIGEST,
    RELEASE,
    SIGNATURE,
    STATEMENT,
    Statement,
    folder,
    place,
)
from infra.runtime.storage import Storage

_ELSEWHERE = ("ModelDataUrl", "ModelDataSource", "ModelDataETag")
_MOST_BYTES = 1 << 12


def register(
    sagemaker: Any,
    storage: Storage,
    central: str,
    arguments: Mapping[str, Any],
    statement: Statement,
) -> str:
    """Return the ARN of the central version; it is made unless it is there.

    Args:
        sagemaker: Client in the central account.
        storage: S3 as the registrar sees it.
        central: `s3://BUCKET` of the central registry.
        arguments: As `creation` gives them.
        statement: Of the promotion.

    Raises:
        Refused: The version was made before, and is not to be found.
    """
    marker = beside(central, statement, "package.json")
    noted = storage.read(marker, _MOST_BYTES)
    if noted is not None:
        return str(json.loads(noted)["package"])
    try:
        arn = str(sagemaker.create_model_package(**arguments)["ModelPackageArn"])
    except Exception as error:
        if error_code(error) != "ConflictException":
            raise
        arn = _registered_before(sagemaker, statement)
    storage.keep(marker, canonical_json({"package": arn}))
    return arn


def creation(
    source: SourcePackage, statement: Statement, signature: str, central: str
) -> Mapping[str, Any]:
    """Return the arguments of CreateModelPackage.

    Raises:
        Refused: The candidate has more than one container, or its properties take more entries
            than the service allows.
    """
    if source.containers != 1:
        what = f"it has {source.containers} containers; a version with one is promoted."
        raise Refused(what, source.arn, "Register the model in one container.")
    root = folder(central, statement.group, statement.files_digest)
    paths = {each.path.partition("/")[0]: each.path for each in statement.files}
    container = {name: each for name, each in source.container.items() if name not in _ELSEWHERE}
    data = {
        "S3Uri": f"{root}/model/",
        "S3DataType": "S3Prefix",
        "CompressionType": "None",
    }
    specification = dict(source.answer["InferenceSpecification"])
    specification["Containers"] = [{**container, "ModelDataSource": {"S3DataSource": data}}]
    arguments: dict[str, Any] = {
        "ModelPackageGroupName": statement.group,
        "InferenceSpecification": specification,
        "ModelApprovalStatus": "PendingManualApproval",
        "CustomerMetadataProperties": _entries(source, statement, signature, central),
        "ClientToken": str(uuid.UUID(statement.digest[:32])),
    }
    if "metrics" in paths:
        statistics = {"ContentType": "application/json", "S3Uri": f"{root}/{paths['metrics']}"}
        arguments["ModelMetrics"] = {"ModelQuality": {"Statistics": statistics}}
    return arguments


def _entries(
    source: SourcePackage, statement: Statement, signature: str, central: str
) -> Mapping[str, str]:
    root = folder(central, statement.group, statement.files_digest)
    paths = {each.path.partition("/")[0]: each.path for each in statement.files}
    properties = {
        **source.properties,
        "model_digest": statement.model_digest,
        "evidence_digest": statement.evidence_digest,
        RELEASE: statement.release,
        AUTHOR: statement.author,
        STATEMENT: place(central, statement),
        DIGEST: statement.digest,
        SIGNATURE: signature,
    }
    told = source.answer.get("CustomerMetadataProperties") or {}
    own = {name: value for name, value in told.items() if name.startswith(OWN)}
    own |= {FORMAT: "1", EVIDENCE: f"{root}/evidence/"}
    own.pop(REPORT, None)
    if "report" in paths:
        own[REPORT] = f"{root}/{paths['report']}"
    entries = encode(properties) | own
    if len(entries) > MOST_ENTRIES:
        what = f"its properties take {len(entries)} entries; SageMaker allows {MOST_ENTRIES}."
        raise Refused(what, source.arn, "Give the candidate fewer or shorter properties.")
    return entries


def _registered_before(sagemaker: Any, statement: Statement) -> str:
    """Return the version of a statement whose client token is used already."""
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=statement.group, SortBy="CreationTime", SortOrder="Descending"
    )
    for page in pages:
        for each in page["ModelPackageSummaryList"]:
            arn = str(each["ModelPackageArn"])
            found = sagemaker.describe_model_package(ModelPackageName=arn)
            told = properties_of(found.get("CustomerMetadataProperties") or {})
            if told.get(DIGEST) == statement.digest:
                return arn
    raise Refused(
        "the model was registered centrally before, and its version is not to be found.",
        f"the model group {statement.group}",
        "Start the delivery again.",
    )
