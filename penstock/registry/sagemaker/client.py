"""The only file that speaks to SageMaker's registry."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated

_PAGE = 100
_MISSING = re.compile(r"not found|does not exist", re.IGNORECASE)
"""The service has no code of its own for what is not there."""

Answer = Mapping[str, Any]


class Packages:
    """Model packages of one account and Region. Several threads may use one."""

    def __init__(self, region: str, where: str) -> None:
        self._region, self._where = region, where
        self._arns: dict[str, str] = {}

    @cached_property
    def _client(self) -> Any:
        return open_client("sagemaker", self._region, self._where)

    def groups(self) -> Iterator[str]:
        """Yield the names of all groups."""
        with translated("sagemaker", self._where):
            pages = self._client.get_paginator("list_model_package_groups")
            for page in pages.paginate(SortBy="Name", SortOrder="Ascending"):
                for each in page["ModelPackageGroupSummaryList"]:
                    yield str(each["ModelPackageGroupName"])

    def ensure_group(self, group: str) -> None:
        """Create a group, if it is missing.

        Raises:
            ServiceError: The service refused.
        """
        if self._group_arn(group):
            return
        with translated("sagemaker", f"the model group {group}"):
            try:
                self._client.create_model_package_group(
                    ModelPackageGroupName=group,
                    ModelPackageGroupDescription=f"Versions of {group}",
                )
            except Exception as error:
                # Somebody else was faster; the group is there.
                if error_code(error) not in ("ValidationException", "ConflictException"):
                    raise
                if not self._group_arn(group):
                    raise

    def summaries(self, group: str, **narrowed: Any) -> Iterator[Answer]:
        """Yield the versions of a group, newest first; none of an unknown one."""
        with translated("sagemaker", f"the model group {group}"):
            pages = self._client.get_paginator("list_model_packages")
            try:
                for page in pages.paginate(
                    ModelPackageGroupName=group,
                    SortBy="CreationTime",
                    SortOrder="Descending",
                    PaginationConfig={"PageSize": _PAGE},
                    **narrowed,
                ):
                    yield from page["ModelPackageSummaryList"]
            except Exception as error:
                if not _is_missing(error):
                    raise

    def describe(self, group: str, version: int) -> Answer | None:
        """Return a version; None where it is missing."""
        arn = self.arn(group, version)
        if not arn:
            return None
        with translated("sagemaker", arn):
            try:
                found: Answer = self._client.describe_model_package(ModelPackageName=arn)
            except Exception as error:
                if _is_missing(error):
                    return None
                raise
        return found

    def create(self, arguments: Answer) -> str | None:
        """Create a version and return its ARN; None if its client token stands for another one."""
        where = f"the model group {arguments['ModelPackageGroupName']}"
        with translated("sagemaker", where):
            try:
                return str(self._client.create_model_package(**arguments)["ModelPackageArn"])
            except Exception as error:
                if error_code(error) == "ConflictException":
                    return None
                raise

    def update(self, arn: str, arguments: Answer) -> bool:
        """Change a version; return False if somebody else is changing it."""
        with translated("sagemaker", arn):
            try:
                self._client.update_model_package(ModelPackageArn=arn, **arguments)
            except Exception as error:
                if error_code(error) == "ConflictException":
                    return False
                raise
        return True

    def arn(self, group: str, version: int) -> str:
        """Return the ARN of a version; empty where the group is missing."""
        if group not in self._arns:
            found = self._group_arn(group)
            if not found:
                return ""
            self._arns[group] = found
        owner, _, _ = self._arns[group].partition(":model-package-group/")
        return f"{owner}:model-package/{group.lower()}/{version}"

    def _group_arn(self, group: str) -> str:
        with translated("sagemaker", f"the model group {group}"):
            try:
                found = self._client.describe_model_package_group(ModelPackageGroupName=group)
            except Exception as error:
                if _is_missing(error):
                    return ""
                raise
        return str(found["ModelPackageGroupArn"])


def _is_missing(error: Exception) -> bool:
    code = error_code(error)
    return code == "ResourceNotFound" or (
        code == "ValidationException" and bool(_MISSING.search(str(error)))
    )
