"""What jobs print, in moto's CloudWatch Logs."""

from __future__ import annotations

import threading
from datetime import datetime

from moto.logs.models import logs_backends

from sandbox.names import JOB_KINDS, Place

_LONGEST_MESSAGE = 256_000
_AT_ONCE = threading.Lock()
"""moto's backend is made for one request at a time."""


class LogStreams:
    """The streams of one execution, by step."""

    def __init__(self, place: Place) -> None:
        self._backend = logs_backends[place.account][place.region]
        self._streams: dict[str, tuple[str, str]] = {}

    def open(self, step: str, step_type: str, job: str, at: datetime) -> None:
        """Name the stream of a job that has begun; it is there from its first line on."""
        kind = JOB_KINDS.get(step_type)
        if kind is not None:
            self._streams[step] = (kind.log_group, f"{job}/{kind.host}{int(at.timestamp())}")

    def write(self, step: str, lines: list[str], at: datetime) -> None:
        """Append lines; CloudWatch refuses empty ones, and the service's agent leaves them out."""
        if step not in self._streams:
            return
        group, stream = self._streams[step]
        moment = int(at.timestamp() * 1000)
        events = [
            {"timestamp": moment, "message": line[:_LONGEST_MESSAGE]} for line in lines if line
        ]
        if not events:
            return
        with _AT_ONCE:
            self._backend.ensure_log_group(group)
            self._backend.ensure_log_stream(group, stream)
            self._backend.put_log_events(group, stream, events)
