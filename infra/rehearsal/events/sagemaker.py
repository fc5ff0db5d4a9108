"""The events that SageMaker puts on the default bus of an account; moto puts none.

Source: SageMaker's developer guide, "Events that Amazon SageMaker AI sends to Amazon EventBridge".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.sagemaker.models import ModelPackage

from sandbox.execution import Execution

SOURCE = "aws.sagemaker"
PACKAGE_CHANGED = "SageMaker Model Package State Change"
EXECUTION_CHANGED = "SageMaker Model Building Pipeline Execution Status Change"
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def package_detail(package: ModelPackage) -> Mapping[str, Any]:
    """Return what is told of a model package."""
    told: dict[str, Any] = {
        "ModelPackageArn": package.arn,
        "ModelPackageGroupName": package.model_package_group_name,
        "ModelPackageVersion": package.model_package_version,
        "ModelPackageStatus": package.model_package_status,
        "ModelApprovalStatus": package.model_approval_status,
        "CreationTime": package.creation_time.strftime(_TIME),
        "CustomerMetadataProperties": package.customer_metadata_properties or {},
        "CertifyForMarketplace": False,
    }
    if package.last_modified_time is not None:
        told["LastModifiedTime"] = package.last_modified_time.strftime(_TIME)
    if package.approval_description:
        told["ApprovalDescription"] = package.approval_description
    return told


def execution_detail(execution: Execution, before: str) -> Mapping[str, Any]:
    """Return what is told of an execution.

    Args:
        before: Its status until now.
    """
    told = {
        "pipelineArn": execution.place.arn("pipeline", execution.pipeline),
        "pipelineExecutionArn": execution.arn,
        "pipelineExecutionDisplayName": execution.display_name,
        "pipelineExecutionDescription": execution.description,
        "currentPipelineExecutionStatus": execution.status,
        "previousPipelineExecutionStatus": before,
        "executionStartTime": execution.created.strftime(_TIME),
    }
    if execution.is_over:
        told["executionEndTime"] = execution.changed.strftime(_TIME)
    return told
