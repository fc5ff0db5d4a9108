import os
import signal
import threading
import time

import pytest

from penstock.targets.local.jobs.launch import Cancellation, readable


@pytest.fixture
def cancellation() -> Cancellation:
    return Cancellation()


def test_a_wait_ends_with_the_time(cancellation: Cancellation) -> None:
    started = time.monotonic()
    cancellation.wait(0.05)
    assert 0.04 < time.monotonic() - started < 5
    assert not cancellation.cancelled


def test_a_cancellation_ends_every_wait(cancellation: Cancellation) -> None:
    threads = [threading.Thread(target=cancellation.wait, args=(30,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    cancellation.cancel()
    cancellation.cancel()
    for thread in threads:
        thread.join(5)
    assert not any(thread.is_alive() for thread in threads)
    assert cancellation.cancelled
    assert readable([cancellation.fileno()], 0) == [cancellation.fileno()]


def test_a_signal_can_cancel_the_wait_that_it_interrupts(cancellation: Cancellation) -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: cancellation.cancel())
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))
    timer.start()
    try:
        cancellation.wait(30)
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)
    assert cancellation.cancelled


@pytest.mark.parametrize("seconds", [0.0, -1.0, 0.02])
def test_nothing_to_read_is_an_empty_list_when_the_time_is_over(
    cancellation: Cancellation, seconds: float
) -> None:
    assert readable([cancellation.fileno()], seconds) == []


@pytest.mark.parametrize("seconds", [None, 28 * 86_400.0, 1e12])
def test_the_longest_time_of_the_service_can_be_waited_for(
    cancellation: Cancellation, seconds: float | None
) -> None:
    cancellation.cancel()
    assert readable([cancellation.fileno()], seconds) == [cancellation.fileno()]


def test_a_long_wait_is_made_of_shorter_ones(
    cancellation: Cancellation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("penstock.targets.local.jobs.launch._LONGEST_POLL_SECONDS", 0.02)
    started = time.monotonic()
    assert readable([cancellation.fileno()], 0.1) == []
    assert time.monotonic() - started >= 0.09
