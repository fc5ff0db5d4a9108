"""What the jobs of an execution print, from CloudWatch Logs, merged by time."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import translated
from penstock.executions.execution import Snapshot, Step
from penstock.executions.following import Pace
from penstock.executions.service import Service, is_missing

_GROUPS: Mapping[str, str] = {
    "Processing": "/aws/sagemaker/ProcessingJobs",
    "Training": "/aws/sagemaker/TrainingJobs",
    "Transform": "/aws/sagemaker/TransformJobs",
}
"""Where the service writes, by the kind of job."""

_LONGEST_PAUSE = 4.0
"""Seconds; whoever reads along wants lines sooner than the next state of a step."""

_LATE_SECONDS = 2.0
"""CloudWatch shows a line a moment after it was printed; so long is waited at the end."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that a step's job printed."""

    time: datetime
    step: str
    stream: str
    message: str


@dataclass(slots=True)
class _Stream:
    """One stream, and the token of what comes after what was read of it."""

    group: str
    name: str
    step: str
    token: str = ""


@dataclass(slots=True)
class Logs:
    """The streams of one execution, each read once from its beginning to where it is now.

    Attributes:
        region: Of the execution.
        only: Steps to read; empty: all that ran. One that took an earlier result is read only if it
            is named.
        pace: How often to ask, and for how long to bear that there is no answer.
    """

    region: str
    only: frozenset[str] = frozenset()
    pace: Pace = field(default_factory=lambda: Pace(longest_seconds=_LONGEST_PAUSE))
    _streams: dict[str, _Stream] = field(default_factory=dict)
    _client: Any = None

    def new_lines(self, snapshot: Snapshot) -> Iterator[Line]:
        """Yield what was not read before, by time.

        Raises:
            ServiceError: CloudWatch Logs refused or did not answer.
        """
        if self._client is None:
            self._client = open_client("logs", self.region)
        for step in snapshot.steps:
            if self._is_wanted(step):
                self._find(step)
        yield from heapq.merge(
            *(self._read(stream) for stream in self._streams.values()), key=lambda line: line.time
        )

    def follow(self, service: Service, arn: str, pace: Pace | None = None) -> Iterator[Line]:
        """Yield lines as they come, until the execution is over.

        Raises:
            ServiceError: A service refused or did not answer.
        """
        self.pace = pace = pace or self.pace
        pause = pace.shortest_seconds
        while True:
            snapshot = pace.patiently(lambda: service.snapshot(arn))
            is_new = False
            for line in self.new_lines(snapshot):
                is_new = True
                yield line
            if snapshot.execution.is_over:
                break
            pause = (
                pace.shortest_seconds if is_new else min(pause * pace.growth, pace.longest_seconds)
            )
            pace.pause(pause)
        if self._is_recent(snapshot):
            pace.sleep(_LATE_SECONDS)
            yield from self.new_lines(snapshot)

    def _is_wanted(self, step: Step) -> bool:
        if step.kind not in _GROUPS or not step.job:
            return False
        return step.name in self.only if self.only else not step.reused

    def _find(self, step: Step) -> None:
        """Look for the streams of a job: one a host, and more where it was tried again."""
        group = _GROUPS[step.kind]
        for name in self.pace.patiently(lambda: self._names(group, step.job)):
            self._streams.setdefault(f"{group}/{name}", _Stream(group, name, step.name))

    def _names(self, group: str, job: str) -> list[str]:
        with translated("logs", f"{group}/{job}"):
            pages = self._client.get_paginator("describe_log_streams").paginate(
                logGroupName=group, logStreamNamePrefix=f"{job}/"
            )
            try:
                found = [each for page in pages for each in page["logStreams"]]
            except Exception as error:
                if is_missing(error):  # Nothing was ever printed there.
                    return []
                raise
        return [str(each["logStreamName"]) for each in found]

    def _read(self, stream: _Stream) -> Iterator[Line]:
        while True:
            events, token = self.pace.patiently(lambda: self._page(stream))
            for event in events:
                at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
                yield Line(at, stream.step, stream.name, str(event["message"]).rstrip("\n"))
            # At the end of a stream the service answers the token that it was given.
            if token == stream.token or not token:
                return
            stream.token = token

    def _page(self, stream: _Stream) -> tuple[Iterable[Mapping[str, Any]], str]:
        onwards = {"nextToken": stream.token} if stream.token else {}
        with translated("logs", f"{stream.group}/{stream.name}"):
            try:
                answer = self._client.get_log_events(
                    logGroupName=stream.group,
                    logStreamName=stream.name,
                    startFromHead=True,
                    **onwards,
                )
            except Exception as error:
                if is_missing(error):  # It was deleted meanwhile.
                    return (), ""
                raise
        return answer["events"], str(answer.get("nextForwardToken") or "")

    def _is_recent(self, snapshot: Snapshot) -> bool:
        changed = snapshot.execution.changed
        return changed is None or time.time() - changed.timestamp() < 10 * _LATE_SECONDS
