"""What a group was trained on last: where an incremental training goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger

from infra.runtime.metadata import properties_of

_TABLE, _SNAPSHOT = "data_table", "data_snapshot_to"
_NOT_KNOWN = "none"
_MOST_DESCRIBED = 200
"""Each costs a call, and the starter has minutes."""
_PAGE = 100
"""The most of a page (botocore 1.44.5, ListModelPackages)."""

logger = Logger(service="penstock-starter")


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
    """Return it; None: none of the group's newest 200 versions was trained on the table.

    A table that so many versions did not see is as good as a new one: all its rows are then trained
    on, which leaves none out, and the log says so.

    Args:
        sagemaker: Client of SageMaker in the account of the group.
        group: Model package group.
        label: What versions call the table, see `TableAddress.label`.
    """
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group,
        SortBy="CreationTime",
        SortOrder="Descending",
        PaginationConfig={"PageSize": _PAGE, "MaxItems": _MOST_DESCRIBED},
    )
    for page in pages:
        for each in page["ModelPackageSummaryList"]:
            arn = each["ModelPackageArn"]
            answer = sagemaker.describe_model_package(ModelPackageName=arn)
            facts = properties_of(answer.get("CustomerMetadataProperties") or {})
            snapshot = facts.get(_SNAPSHOT, _NOT_KNOWN)
            if facts.get(_TABLE) == label and snapshot not in ("", _NOT_KNOWN):
                return Watermark(f"{group}/{answer['ModelPackageVersion']}", snapshot)
    if pages.resume_token:
        logger.warning(
            "none of the newest versions was trained on this table, and older ones are not looked "
            "at: all its rows are trained on",
            looked_at=_MOST_DESCRIBED,
            group=group,
            table=label,
        )
    return None
