"""The threads of a transfer end together."""

import threading
import time
from collections.abc import Iterator

import pytest

from penstock.data.aws.transfers.movement import Body, Moved, Movement, StoppedError
from penstock.data.aws.transfers.parts import Part, Sizes

PARTS = Sizes(10).parts_of(60)


def test_a_part_on_its_way_breaks_off_once_another_one_has_failed() -> None:
    movement = Movement("file", PARTS, None)
    body, is_read, ended = Body(b"0123456789", movement), threading.Event(), []

    def work(part: Part) -> None:
        if part.number == 2:
            assert is_read.wait(30)
            raise OSError("the network is gone")
        try:
            while body.read(1) or not body.seek(0):
                is_read.set()
        except StoppedError:
            ended.append(part.number)
            raise

    with pytest.raises(OSError, match="the network is gone"):
        movement.run(work, PARTS, 2)
    assert ended == [1]


def test_how_far_it_is_can_be_told_at_each_part() -> None:
    watched: list[Moved] = []
    movement = Movement("file", PARTS, watched.append)
    movement.add(PARTS[0])
    movement.run(movement.add, PARTS[1:], 3)
    assert [each.parts for each in watched] == [1, 2, 3, 4, 5, 6]
    assert watched[-1] == Moved("file", 6, 6, 60, 60) == movement.moved
    assert str(Moved("file", 3, 1_200, 3 << 20, 1_200 << 20)) == (
        "3 of 1,200 parts (3.0 of 1,200.0 MiB)"
    )


def test_who_is_stopped_while_parts_are_handed_out_waits_for_none_of_them() -> None:
    movement, is_at_work, ended = Movement("file", PARTS, None), threading.Event(), []

    def work(part: Part) -> None:
        is_at_work.set()
        try:
            # As long as a slow part may take.
            for _ in range(500):
                movement.require_going_on()
                time.sleep(0.01)
        except StoppedError:
            ended.append(part.number)
            raise

    def stopped() -> Iterator[Part]:
        yield PARTS[0]
        assert is_at_work.wait(30)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        movement.run(work, stopped(), 2)
    assert ended == [1]
