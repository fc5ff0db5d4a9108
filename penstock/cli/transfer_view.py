"""Shows on a terminal how far a large file has come on its way to or from S3."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from penstock.data.aws.transfers.movement import Moved

_CLEARED = "\r\x1b[K"


@contextmanager
def open_transfer_view(*, silent: bool = False) -> Iterator[Callable[[Moved], None] | None]:
    """Give what shows a transfer, in one line that is gone afterwards.

    Args:
        silent: Show nothing, as where the standard error is no terminal.
    """
    if silent or not sys.stderr.isatty():
        yield None
        return

    def show(moved: Moved) -> None:
        click.echo(f"{_CLEARED}{moved.what}: {moved}", nl=False, err=True)

    try:
        yield show
    finally:
        click.echo(_CLEARED, nl=False, err=True)
