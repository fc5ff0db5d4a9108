"""When pipelines run in production."""

from __future__ import annotations

from pydantic import Field

from penstock.use_case.base import Settings


class Schedule(Settings):
    """When one pipeline runs: at a time, or after another one has succeeded."""

    at: str = Field(default="", pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")
    """Local time of the use case's zone, every day, such as `06:00`."""
    cron: str = ""
    """Instead of `at`: the six fields of EventBridge's cron, such as `0 6 ? * MON *`."""
    depends_on: list[str] = []
    """Pipelines of the use case that must have succeeded first, such as `training`."""
