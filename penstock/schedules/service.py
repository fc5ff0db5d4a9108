"""EventBridge Scheduler and the pipelines it starts, as one account holds them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated
from penstock.executions.parameters import declared_parameters
from penstock.schedules.naming import PREFIX
from penstock.schedules.wanted import Document, Target

_MISSING = ("ResourceNotFound", "ResourceNotFoundException", "ValidationException")
_KEYS = (
    "Name",
    "GroupName",
    "Description",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "State",
    "FlexibleTimeWindow",
    "Target",
    "KmsKeyArn",
    "StartDate",
    "EndDate",
)


class Service:
    """One group of schedules."""

    def __init__(self, region: str, group: str) -> None:
        self._region, self._group = region, group
        self._scheduler: Any = open_client("scheduler", region)
        self._sagemaker: Any = open_client("sagemaker", region)

    def schedules(self) -> list[Document]:
        """Return the schedules of the group whose names begin as ours do, by name."""
        with translated("scheduler", self._group):
            if not self._has_group():
                return []
            pages = self._scheduler.get_paginator("list_schedules").paginate(
                GroupName=self._group, NamePrefix=PREFIX
            )
            names = [each["Name"] for page in pages for each in page["Schedules"]]
        return [found for name in sorted(names) if (found := self._read(name)) is not None]

    def target(self, name: str) -> Target | None:
        """Return a pipeline of the account; None where there is none."""
        with translated("sagemaker", f"pipeline {name} in {self._region}"):
            try:
                found = self._sagemaker.describe_pipeline(PipelineName=name)
            except self._sagemaker.exceptions.ClientError as error:
                if error_code(error) in _MISSING:
                    return None
                raise
        definition = json.loads(found["PipelineDefinition"])
        declared = {
            each["Name"]: each.get("DefaultValue") for each in definition.get("Parameters", [])
        }
        types = declared_parameters(found["PipelineDefinition"])
        return Target(found["PipelineArn"], name, declared, types)

    def make_group(self, tags: Mapping[str, str]) -> None:
        """Create the group, where there is none."""
        with translated("scheduler", self._group):
            if self._has_group():
                return
            try:
                self._scheduler.create_schedule_group(
                    Name=self._group,
                    Tags=[{"Key": key, "Value": value} for key, value in tags.items() if value],
                )
            except self._scheduler.exceptions.ConflictException:
                # Somebody else made it in between.
                return

    def write(self, document: Document, *, new: bool) -> None:
        """Create or update a schedule."""
        operation = self._scheduler.create_schedule if new else self._scheduler.update_schedule
        with translated("scheduler", document["Name"]):
            operation(**document)

    def remove(self, name: str) -> None:
        """Delete a schedule; one that is gone already is well."""
        with translated("scheduler", name):
            try:
                self._scheduler.delete_schedule(GroupName=self._group, Name=name)
            except self._scheduler.exceptions.ResourceNotFoundException:
                return

    def _read(self, name: str) -> Document | None:
        with translated("scheduler", name):
            try:
                found = self._scheduler.get_schedule(GroupName=self._group, Name=name)
            except self._scheduler.exceptions.ResourceNotFoundException:
                return None
        return {key: found[key] for key in _KEYS if found.get(key) is not None}

    def _has_group(self) -> bool:
        try:
            self._scheduler.get_schedule_group(Name=self._group)
        except self._scheduler.exceptions.ResourceNotFoundException:
            return False
        return True
