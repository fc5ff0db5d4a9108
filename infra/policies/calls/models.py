"""What calls of SageMaker ask for.

Source: Service Authorization Reference, "Amazon SageMaker".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.policies.calls.call import Call
from infra.policies.calls.encrypting import Keys
from infra.policies.errors import PolicyError, Problem
from infra.policies.question import Question

_NEW_VERSION = "1"
"""The next number is not known beforehand, and policies do not name it."""


def of_pipeline(call: Call, _: Keys) -> Iterator[Question]:
    """What is about a pipeline."""
    yield Question(_action(call), call.named("sagemaker", "pipeline/", call["PipelineName"]))


def of_execution(call: Call, _: Keys) -> Iterator[Question]:
    """What is about an execution of a pipeline."""
    yield Question(_action(call), call["PipelineExecutionArn"])


def of_tags(call: Call, _: Keys) -> Iterator[Question]:
    """What is about the tags of anything."""
    yield Question(_action(call), call["ResourceArn"])


def of_package(call: Call, _: Keys) -> Iterator[Question]:
    """What reads a model package."""
    yield Question(_action(call), call.named("sagemaker", "model-package/", call[_NAME]))


def of_packages(call: Call, _: Keys) -> Iterator[Question]:
    """ListModelPackages: the versions of a group."""
    group = _group(call, call["ModelPackageGroupName"])
    yield Question(_action(call), f"{_versions(group)}/*")


def of_group(call: Call, _: Keys) -> Iterator[Question]:
    """What is about a group of model packages."""
    yield Question(_action(call), _group(call, call["ModelPackageGroupName"]))


def create_package(call: Call, _: Keys) -> Iterator[Question]:
    """CreateModelPackage: the group and the version that comes of it."""
    if "Tags" in call.parameters:
        what = f"{call} gives tags, and what that asks for is not known."
        raise PolicyError(Problem(what, "", "Add it to infra/policies/calls/models.py."))
    group, given = _group(call, call["ModelPackageGroupName"]), _told(call)
    yield Question(_action(call), group, given)
    yield Question(_action(call), f"{_versions(group)}/{_NEW_VERSION}", given)


def update_package(call: Call, _: Keys) -> Iterator[Question]:
    """UpdateModelPackage: the version, with what becomes of it."""
    removed = call.parameters.get("CustomerMetadataPropertiesToRemove", ())
    more = {"sagemaker:CustomerMetadataPropertiesToRemove": tuple(removed)} if removed else {}
    yield Question(_action(call), call["ModelPackageArn"], {**_told(call), **more})


_NAME = "ModelPackageName"


def _action(call: Call) -> str:
    return f"sagemaker:{call.operation}"


def _group(call: Call, name: str) -> str:
    return call.named("sagemaker", "model-package-group/", name)


def _versions(group: str) -> str:
    return group.replace(":model-package-group/", ":model-package/", 1)


def _told(call: Call) -> Mapping[str, str]:
    """Return the condition keys that tell what is written."""
    told = {}
    if "ModelApprovalStatus" in call.parameters:
        told["sagemaker:ModelApprovalStatus"] = str(call["ModelApprovalStatus"])
    for key, value in call.parameters.get("CustomerMetadataProperties", {}).items():
        told[f"sagemaker:CustomerMetadataProperties/{key}"] = str(value)
    cycle = call.parameters.get("ModelLifeCycle", {})
    for part in cycle.keys() & {"Stage", "StageStatus"}:
        told[f"sagemaker:ModelLifeCycle:{part}"] = str(cycle[part])
    return told
