"""The lock of a pipeline: one holder, given back, taken over from the dead alone."""

import time
from dataclasses import replace

import pytest

from penstock.deployment.lease import Lease
from penstock.deployment.records import Lock
from penstock.errors import RequestError, WorkError


def lease(place, owner="ann", **settings):
    return Lease(place.records, "p", owner, **{"seconds": 0.6, **settings})


def test_a_lock_is_given_back(place):
    with lease(place) as held:
        assert place.records.lock("p").token == held.token
        held.check()
    assert place.records.lock("p") is None


def test_a_living_holder_is_waited_for_and_named(place):
    told = []
    with lease(place):
        began = time.monotonic()
        with (
            pytest.raises(WorkError) as refused,
            lease(place, "ben", patience=1.8, told=told.append),
        ):
            pass
        assert time.monotonic() - began > 1.8
    assert told == ["waiting for ann, who changes p now"]
    assert str(refused.value).startswith("ann has been changing p since ")
    assert str(refused.value).endswith("; waited 1.8 s. Nothing was done. Try again.")


def test_the_lock_of_the_dead_is_taken_over_once(place):
    dead = Lock("dead", "1", "carl", "", 0.5)
    assert place.records.take_lock("p", dead, None)
    with lease(place, "ben") as held:
        assert place.records.lock("p").owner == "ben"
        held.check()
        assert not place.records.take_lock("p", replace(dead, token="late", beat="2"), dead)


def test_who_lost_the_lock_is_told_and_takes_nothing_away(place):
    other = Lock("other", "b", "ben", "", 9.0)
    with lease(place) as held:
        assert place.records.take_lock("p", other, place.records.lock("p"))
        with pytest.raises(WorkError) as told:
            held.check()
    assert str(told.value) == (
        "this process stood still for over 0.6 s and lost the lock of p to somebody else. Look at "
        "it and do it again: pipeline plan."
    )
    assert place.records.lock("p") == other


def test_a_repeated_writing_of_the_same_lock_counts_as_written(place):
    mine = Lock("me", "1", "ann", "", 0.5)
    assert place.records.take_lock("p", mine, None)
    assert place.records.take_lock("p", mine, None)


def test_a_missing_table_is_told(place, environment):
    from penstock.deployment.records import Records

    with pytest.raises(RequestError) as told:
        Records("no-such-table", "us-east-1").lock("p")
    assert str(told.value) == (
        "the table no-such-table: there is no such table. Create it with the hash key `pk` (S) and "
        "the range key `sk` (S), or mend `records` in environments.yaml; see `pipeline doctor "
        "--env`."
    )
