"""What every command knows about how it was called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class Session:
    """One call of the command. The option parser fills it before a command's body runs."""

    json: bool = False
    debug: bool = False


def _remember(name: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def callback(context: click.Context, _: click.Parameter, given: bool) -> None:
        if given:
            setattr(context.ensure_object(Session), name, True)

    return callback


def debug_option(function: F) -> F:
    """Add `--debug`."""
    return click.option(
        "--debug",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_remember("debug"),
        help="Show the traceback of an error.",
    )(function)


def common_options(function: F) -> F:
    """Add the options that every command has: `--json` and `--debug`."""
    return click.option(
        "--json",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_remember("json"),
        help="Print one JSON document for machines instead of text.",
    )(debug_option(function))
