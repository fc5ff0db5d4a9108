"""How far a transfer has come, and the threads that move its parts."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from penstock.data.aws.transfers.parts import Part

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Moved:
    """How far a transfer has come.

    Attributes:
        what: Name of the file that is sent, or address of the object that is fetched.
        parts: That are where they belong, those of an earlier run among them.
        of_parts: All.
        size: Of those, in bytes.
        of_size: Of all, in bytes.
    """

    what: str
    parts: int
    of_parts: int
    size: int
    of_size: int

    def __str__(self) -> str:
        parts = f"{self.parts:,} of {self.of_parts:,} parts"
        return f"{parts} ({self.size / _MIB:,.1f} of {self.of_size / _MIB:,.1f} MiB)"


Watch = Callable[[Moved], None]
"""Is told after each part, by one thread at a time."""


class InterruptedTransferError(KeyboardInterrupt):
    """The user stopped a transfer.

    Args:
        done: What has come where it belongs.
        rest: What the same command does with the others.
    """

    def __init__(self, done: str, rest: str) -> None:
        super().__init__(f"interrupted: {done}{rest}")
        self.done = done


class StoppedError(BaseException):
    """Another thread of the same transfer has failed. No exception: botocore would try again."""


class Movement:
    """A transfer under way; its threads share it."""

    def __init__(self, what: str, parts: Iterable[Part], watch: Watch | None) -> None:
        sizes = [each.size for each in parts]
        self._moved = Moved(what, 0, len(sizes), 0, sum(sizes))
        self._watch, self._lock = watch, threading.Lock()
        self._stopped = threading.Event()

    @property
    def moved(self) -> Moved:
        """So far."""
        return self._moved

    def add(self, part: Part) -> None:
        """Count a part that is where it belongs."""
        with self._lock:
            before = self._moved
            self._moved = Moved(
                before.what,
                before.parts + 1,
                before.of_parts,
                before.size + part.size,
                before.of_size,
            )
            if self._watch is not None:
                self._watch(self._moved)

    def require_going_on(self) -> None:
        """Raise where another thread has failed, or the user stopped it.

        Raises:
            StoppedError: So it is.
        """
        if self._stopped.is_set():
            raise StoppedError

    def run(self, work: Callable[[Part], None], parts: Iterable[Part], at_once: int) -> None:
        """Do the work for each part, by so many threads.

        Raises:
            Exception: What the first one that failed raised; the others have ended by then.
        """

        def guarded(part: Part) -> None:
            try:
                self.require_going_on()
                work(part)
            except BaseException:
                self._stopped.set()
                raise

        with ThreadPoolExecutor(at_once) as pool:
            try:
                # Who is stopped while parts are still handed out waits for none of them.
                tasks = [pool.submit(guarded, part) for part in parts]
                for task in as_completed(tasks):
                    error = task.exception()
                    if error is not None and not isinstance(error, StoppedError):
                        raise error
            finally:
                self._stopped.set()
                pool.shutdown(wait=True, cancel_futures=True)


class Body(io.BytesIO):
    """A part on its way, which breaks off when its transfer is stopped."""

    def __init__(self, content: bytes, movement: Movement) -> None:
        super().__init__(content)
        self._movement = movement

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes.

        Raises:
            StoppedError: The transfer is stopped.
        """
        self._movement.require_going_on()
        return super().read(size)
