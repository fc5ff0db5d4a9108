"""What a group was trained on last: where an incremental training goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infra.runtime.metadata import properties_of

_TABLE, _SNAPSHOT = "data_table", "data_snapshot_to"
_NOT_KNOWN = "none"


@dataclass(frozen=True, slots=True)
class Watermark:
    """The newest version that was trained on a table.

    Attributes:
        version: Such as `fraud/3`.
        snapshot: Id of the last snapshot that it saw.
    """

    version: str
    snapshot: str


def watermark_of(sagemaker: Any, group: str, label: str) -> Watermark | None:
    """Return it; None: no version of the group was trained on the table.

    Args:
        sagemaker: Client of SageMaker in the account of the group.
        group: Model package group.
        label: What versions call the table, see `TableAddress.label`.
    """
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending"
    )
    for page in pages:
        for each in page["ModelPackageSummaryList"]:
            arn = each["ModelPackageArn"]
            answer = sagemaker.describe_model_package(ModelPackageName=arn)
            facts = properties_of(answer.get("CustomerMetadataProperties") or {})
            snapshot = facts.get(_SNAPSHOT, _NOT_KNOWN)
            if facts.get(_TABLE) == label and snapshot not in ("", _NOT_KNOWN):
                return Watermark(f"{group}/{answer['ModelPackageVersion']}", snapshot)
    return None
