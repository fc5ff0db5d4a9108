"""Kills a handler between any two of its calls to AWS, and lets it run again.

A kill is a `BaseException`, so that no code that reports errors can report it: it is what a
function meets when its time is up, and the next thing that anybody sees is the same event again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from unittest.mock import patch

from botocore.client import BaseClient

World = TypeVar("World")


class Killed(BaseException):
    """The process is gone."""


@contextlib.contextmanager
def recorded_calls(kill_before: int = 0) -> Iterator[list[str]]:
    """Record every call to AWS such as `s3:PutObject`; kill before the one of this number.

    Args:
        kill_before: Counted from 1; 0: none is killed.
    """
    make, calls = BaseClient._make_api_call, list[str]()

    def make_or_die(self: Any, operation: str, arguments: Any) -> Any:
        calls.append(f"{self.meta.service_model.service_name}:{operation}")
        if len(calls) == kill_before:
            raise Killed
        return make(self, operation, arguments)

    with patch.object(BaseClient, "_make_api_call", make_or_die):
        yield calls


def assert_survives_every_kill(
    make_world: Callable[[], World],
    run: Callable[[World], object],
    state: Callable[[World], object],
) -> list[str]:
    """Assert that a run killed before any call, then repeated, ends as an undisturbed one.

    A run that ended well and is then repeated is tried too.

    Args:
        make_world: Makes what a run works on; each must be like the other.
        run: One run of the handler.
        state: All that a run leaves behind, in a form that can be compared.

    Returns:
        The calls of an undisturbed run.
    """
    world = make_world()
    with recorded_calls() as calls:
        run(world)
    wanted = state(world)
    run(world)
    assert state(world) == wanted, "run again after it had ended well"
    for number, call in enumerate(calls, start=1):
        world = make_world()
        died = False
        with recorded_calls(kill_before=number):
            try:
                run(world)
            except Killed:
                died = True
        assert died, f"the run swallowed the kill before call {number}, {call}"
        run(world)
        assert state(world) == wanted, f"killed before call {number}, {call}"
    return calls


def starts_of_two_tries(
    run: Callable[[], object], meanwhile: Callable[[], object]
) -> list[Mapping[str, Any]]:
    """Return what each try asked of StartPipelineExecution, the first killed right after it.

    Args:
        run: One run of the handler.
        meanwhile: What happens between the two.
    """
    make, starts = BaseClient._make_api_call, list[Mapping[str, Any]]()

    def make_and_die(self: Any, operation: str, arguments: Any) -> Any:
        answer = make(self, operation, arguments)
        if operation == "StartPipelineExecution":
            starts.append(arguments)
            if len(starts) == 1:
                raise Killed
        return answer

    with patch.object(BaseClient, "_make_api_call", make_and_die):
        with contextlib.suppress(Killed):
            run()
        assert len(starts) == 1, "the first try started nothing"
        meanwhile()
        run()
    return starts
