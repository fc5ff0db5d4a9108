"""Work on many items in forked processes, one thread each.

A forked process finds everything that is in memory where it is: rows are neither copied nor sent.
The caller must not have started OpenMP threads of its own before; see `one_thread`.
"""

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

_AHEAD = 2
"""Items that a process has been given: it need not wait for the next one."""

Work = Callable[[str], bytes]


def processes_at_hand() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def each_forked(
    work: Work, items: Sequence[str], *, processes: int
) -> Iterator[tuple[str, bytes | str]]:
    """Yield each item with what `work` returned for it, in the order of finishing.

    Where a process dies at an item, a text that says how stands instead, and another process takes
    over; `work` itself must not raise. The processes end with the caller, whatever ends it.

    Args:
        work: Called in the processes.
        items: Handed out in this order.
        processes: How many at a time; 1 works here, without forking.
    """
    if min(processes, len(items)) <= 1:
        with one_thread():
            for item in items:
                yield item, work(item)
        return
    left = deque(items)
    workers = [_Worker() for _ in range(min(processes, len(items)))]
    try:
        for worker in workers:
            worker.start(work, workers)
            worker.feed(left)
        while busy := {each.connection: each for each in workers if each.given}:
            for connection in wait(list(busy)):
                worker = busy[connection]  # type: ignore[index]  # wait() returns what it got
                item = worker.given[0]
                try:
                    answer: bytes | str = worker.connection.recv_bytes()
                    worker.given.popleft()
                except (EOFError, OSError):
                    answer = worker.death()
                    left.extendleft(reversed(list(worker.given)[1:]))
                    worker.given.clear()
                    worker.start(work, workers)
                worker.feed(left)
                yield item, answer
    finally:
        for worker in workers:
            worker.stop()


class one_thread:  # noqa: N801  # a context manager, read like a function
    """Let OpenMP and BLAS libraries use one thread in a `with` block.

    GNU's OpenMP cannot start threads in a forked process if its parent had started some: a region
    of one thread starts none.
    """

    def __enter__(self) -> None:
        """Set the limits."""
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        self._limits = threadpool_limits(limits=1)

    def __exit__(self, *_: object) -> None:
        """Restore them."""
        self._limits.restore_original_limits()


@dataclass(eq=False, slots=True)
class _Worker:
    connection: Connection = field(init=False)
    process: BaseProcess = field(init=False)
    given: deque[str] = field(default_factory=deque)
    running: bool = False

    def start(self, work: Work, workers: "Sequence[_Worker]") -> None:
        context = multiprocessing.get_context("fork")
        self.connection, inner = context.Pipe()
        others = [each.connection for each in workers if each.running or each is self]
        self.process = context.Process(target=_serve, args=(inner, others, work), daemon=True)
        sys.stdout.flush()
        sys.stderr.flush()
        self.process.start()
        self.running = True
        inner.close()

    def feed(self, left: deque[str]) -> None:
        while left and len(self.given) < _AHEAD:
            self.given.append(left.popleft())
            with suppress(OSError):  # it died: the next answer says so
                self.connection.send_bytes(self.given[-1].encode())

    def death(self) -> str:
        self.running = False
        self.connection.close()
        self.process.join(timeout=10)
        code = self.process.exitcode
        if code is not None and code < 0:
            with suppress(ValueError):
                return f"its process was ended by {signal.Signals(-code).name}."
        return f"its process ended with code {code}."

    def stop(self) -> None:
        if self.running:
            self.running = False
            self.connection.close()
            self.process.terminate()
            self.process.join()


def _serve(connection: Connection, others: Sequence[Connection], work: Work) -> None:
    """Answer items until the other end closes, which it does when the caller ends or dies."""
    for each in others:
        each.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with one_thread(), suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            connection.send_bytes(work(connection.recv_bytes().decode()))
