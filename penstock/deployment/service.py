"""Pipelines of SageMaker, as one account holds them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated
from penstock.deployment.wanted import Existing, Wanted
from penstock.errors import Problem, RequestError

_MISSING = ("ResourceNotFound", "ResourceNotFoundException", "ValidationException")


class Service:
    """SageMaker in one Region, for the account of these credentials."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._client: Any = open_client("sagemaker", region)

    def read(self, name: str) -> Existing | None:
        """Return a pipeline as it is; None where there is none."""
        where = self._where(name)
        with translated("sagemaker", where):
            try:
                found = self._client.describe_pipeline(PipelineName=name)
            except Exception as error:
                if _is_missing(error):
                    return None
                raise
            arn = found["PipelineArn"]
            tags = {
                each["Key"]: each["Value"]
                for page in self._client.get_paginator("list_tags").paginate(ResourceArn=arn)
                for each in page["Tags"]
            }
        parallel = found.get("ParallelismConfiguration", {}).get("MaxParallelExecutionSteps", 0)
        changed = found.get("LastModifiedTime")
        by = found.get("LastModifiedBy", {})
        who = by.get("UserProfileName") or by.get("IamIdentity", {}).get("Arn", "")
        return Existing(
            arn,
            found["PipelineDefinition"],
            found.get("RoleArn", ""),
            parallel,
            tags,
            changed.isoformat() if isinstance(changed, datetime) else "",
            who,
        )

    def create(self, wanted: Wanted, tags: Mapping[str, str], token: str) -> None:
        """Create a pipeline.

        Args:
            wanted: As it shall be.
            tags: All of its tags.
            token: The same for every try of one creation.

        Raises:
            RequestError: There is one by now.
            ServiceError: SageMaker refused.
        """
        with self._changing(wanted.name, "is there by now: somebody created it meanwhile"):
            self._client.create_pipeline(
                PipelineName=wanted.name,
                PipelineDefinition=wanted.definition,
                ClientRequestToken=token,
                RoleArn=wanted.role,
                Tags=_pairs(tags),
                ParallelismConfiguration={"MaxParallelExecutionSteps": wanted.parallel},
            )

    def update(self, wanted: Wanted) -> None:
        """Give a pipeline its new definition, role and parallelism.

        Raises:
            RequestError: There is none any more.
            ServiceError: SageMaker refused.
        """
        with self._changing(wanted.name, "is gone: somebody deleted it meanwhile"):
            self._client.update_pipeline(
                PipelineName=wanted.name,
                PipelineDefinition=wanted.definition,
                RoleArn=wanted.role,
                ParallelismConfiguration={"MaxParallelExecutionSteps": wanted.parallel},
            )

    def tag(self, existing: Existing, tags: Mapping[str, str]) -> None:
        """Give a pipeline exactly these tags; those of AWS stay."""
        gone = [key for key in existing.tags if key not in tags and not key.startswith("aws:")]
        new = {key: value for key, value in tags.items() if existing.tags.get(key) != value}
        with translated("sagemaker", existing.arn):
            if new:
                self._client.add_tags(ResourceArn=existing.arn, Tags=_pairs(new))
            if gone:
                self._client.delete_tags(ResourceArn=existing.arn, TagKeys=gone)

    def delete(self, name: str, token: str) -> None:
        """Delete a pipeline; one that is gone already is as good."""
        with translated("sagemaker", self._where(name)):
            try:
                self._client.delete_pipeline(PipelineName=name, ClientRequestToken=token)
            except Exception as error:
                if not _is_missing(error):
                    raise

    def _where(self, name: str) -> str:
        return f"the pipeline {name} in {self._region}"

    def _changing(self, name: str, otherwise: str) -> _Changing:
        return _Changing(self._where(name), otherwise)


class _Changing:
    """Turns a refusal that means that somebody was faster into a request that was wrong."""

    def __init__(self, where: str, otherwise: str) -> None:
        self._where, self._otherwise = where, otherwise
        self._inner = translated("sagemaker", where)

    def __enter__(self) -> None:
        self._inner.__enter__()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        there = error is not None and (
            _is_missing(error) or "already exists" in str(error) or error_code(error) == "Conflict"
        )
        if there:
            problem = Problem(f"it {self._otherwise}.", self._where, "Look: pipeline plan.")
            raise RequestError(problem) from error
        self._inner.__exit__(kind, error, trace)


def _is_missing(error: BaseException) -> bool:
    code, text = error_code(error), str(error)
    return code in _MISSING[:2] or (
        code == _MISSING[2] and ("does not exist" in text or "not find" in text.lower())
    )


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
