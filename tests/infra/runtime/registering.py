"""Lets the registrar do its work, and tells what came of it."""

from __future__ import annotations

from typing import Any

from candidates import Made, central_versions
from tooling_world import World

from infra.runtime.registrar.handler import handle


def registered(world: World, made: Made, **other: str) -> Any:
    """Let the registrar do its work, and return what it told."""
    handle(world.job(**made.parameters(**other)), None)
    return world.answer


def refused(world: World, made: Made, **other: str) -> str:
    """Return why the registrar refuses; no version may be there then."""
    registered(world, made, **other)
    assert not central_versions(world)
    return world.refusal
