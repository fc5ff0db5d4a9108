"""How often one client may try."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from penstock.errors import Problem
from serving.console.refusal import RefusedError

_MOST_CLIENTS = 10_000


class RateLimit:
    """At most so many tries of one client in any window of time.

    Args:
        what: For the message, such as `sign-ins`.
        tries: How many.
        seconds: Length of the window.
        clock: Seconds that never run backwards.
    """

    def __init__(
        self, what: str, tries: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._tries = tries
        self._seconds = seconds
        self._clock = clock
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: str) -> None:
        """Count a try.

        Raises:
            RefusedError: There were too many; says when to go on.
        """
        now = self._clock()
        with self._lock:
            times = self._seen.setdefault(client, deque())
            self._seen.move_to_end(client)
            while len(self._seen) > _MOST_CLIENTS:
                self._seen.popitem(last=False)
            while times and times[0] <= now - self._seconds:
                times.popleft()
            if len(times) < self._tries:
                times.append(now)
                return
            wait = max(1, round(times[0] + self._seconds - now))
        raise RefusedError(
            429,
            "Too many tries",
            Problem(
                f"there were more than {self._tries} {self._what} in {self._seconds:g} seconds.",
                remedy=f"Wait {wait} seconds and try again.",
            ),
            wait_seconds=wait,
        )
