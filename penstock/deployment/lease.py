"""The right to change a pipeline, held by one at a time and given up by whoever dies with it."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType

from penstock.deployment.records import Lock, Records
from penstock.errors import PenstockError, Problem, WorkError

LEASE_SECONDS = 30.0
"""A holder shows a sign of life three times in this time."""

_PATIENCE = 180.0
_LONGEST_LOOK = 1.0


class Lease:
    """The lock of one pipeline, as a context.

    No clock of another machine is trusted: a holder counts as gone when its lock was seen unchanged
    for as long as the holder itself said.

    Args:
        records: The table.
        pipeline: Its name in the account.
        owner: Who asks, for people.
        seconds: How long it holds without a sign of life.
        patience: Seconds to wait for it.
        told: Is given a sentence when there is somebody to wait for.
    """

    def __init__(
        self,
        records: Records,
        pipeline: str,
        owner: str,
        *,
        seconds: float = LEASE_SECONDS,
        patience: float = _PATIENCE,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.token = secrets.token_hex(16)
        self._records, self._pipeline, self._owner = records, pipeline, owner
        self._seconds, self._patience, self._told = seconds, patience, told
        self._lock = Lock(self.token, "", owner, "", seconds)
        self._ended = threading.Event()
        self._lost = threading.Event()
        self._one = threading.Lock()
        self._alive = threading.Thread(target=self._live, daemon=True)

    def __enter__(self) -> Lease:
        """Wait for the lock and take it.

        Raises:
            WorkError: Somebody else holds it for longer than the patience lasts.
        """
        self._take()
        self._alive.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._alive.join()
        # What cannot be given back is taken over by the next one once it shows no sign of life.
        with suppress(PenstockError):
            self._records.free_lock(self._pipeline, self.token)

    def check(self) -> None:
        """Prove once more that the lock is held, right before something is changed.

        Raises:
            WorkError: It was lost.
        """
        if self._lost.is_set() or not self._beat():
            raise self.lost()

    def lost(self) -> WorkError:
        """Return the error that says that somebody else holds the lock by now."""
        return WorkError(
            Problem(
                f"this process stood still for over {self._seconds:g} s and lost the lock of "
                f"{self._pipeline} to somebody else.",
                remedy="Look at it and do it again: pipeline plan.",
            )
        )

    def _take(self) -> None:
        began = time.monotonic()
        seen: Lock | None = None
        since = began
        while True:
            found = self._records.lock(self._pipeline)
            now = time.monotonic()
            if found is None or (found == seen and now - since >= found.seconds):
                mine = replace(
                    self._lock, beat=secrets.token_hex(8), since=datetime.now(UTC).isoformat()
                )
                if self._records.take_lock(self._pipeline, mine, found):
                    self._lock = mine
                    return
                continue
            if found != seen:
                if seen is None or seen.token != found.token:
                    self._told(f"waiting for {found.owner}, who changes {self._pipeline} now")
                seen, since = found, now
            if now - began > self._patience:
                what = (
                    f"{found.owner} has been changing {self._pipeline} since {found.since}; "
                    f"waited {self._patience:g} s."
                )
                raise WorkError(Problem(what, remedy="Nothing was done. Try again."))
            # Not in step with others who wait for the same lock.
            pause = min(_LONGEST_LOOK, found.seconds / 4)
            time.sleep(pause * (0.5 + secrets.randbelow(1000) / 1000))

    def _beat(self) -> bool:
        with self._one:
            mine = replace(self._lock, beat=secrets.token_hex(8))
            if not self._records.take_lock(self._pipeline, mine, self._lock):
                self._lost.set()
                return False
            self._lock = mine
        return True

    def _live(self) -> None:
        while not self._ended.wait(self._seconds / 3):
            # A table that does not answer is asked again; `check` has the last word.
            with suppress(PenstockError):
                if not self._beat():
                    return
