"""What a candidate of a delivery is compared with: the version that was approved last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.runtime.champion import NO_CHAMPION
from infra.runtime.source_package import source_package


def approved_champion(sagemaker: Any, group: str) -> Mapping[str, str]:
    """Return the parameters of a training that name the champion.

    What is live is prod's to know. Whatever is live was approved in the centre, and the latest
    approval goes live, going back included: so that is what a candidate has to be better than.

    Args:
        sagemaker: Client of SageMaker in the account of the central registry.
        group: Model package group.
    """
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        PaginationConfig={"PageSize": 100},
    )
    arns = [each["ModelPackageArn"] for page in pages for each in page["ModelPackageSummaryList"]]
    found = [sagemaker.describe_model_package(ModelPackageName=each) for each in arns]
    if not found:
        return NO_CHAMPION
    newest = max(found, key=lambda each: each.get("LastModifiedTime") or each["CreationTime"])
    package = source_package(newest)
    return {
        "champion": package.model,
        "champion_version": f"{group}/{newest['ModelPackageVersion']}",
        "champion_evidence": package.evidence,
    }
