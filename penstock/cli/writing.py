"""Writes a command's product to a file as a whole, or to standard output."""

from __future__ import annotations

import os
from pathlib import Path

import click

from penstock.errors import Problem, RequestError


def write_out(text: str, output: str | None) -> None:
    """Write `text` to the file `output`, which is replaced only once all of it is on the disk.

    A device or a pipe, such as /dev/null, is written to and never replaced.

    Raises:
        RequestError: The folder of the file does not exist.
    """
    if output is None:
        click.echo(text, nl=False)
        return
    path = Path(output)
    if not path.parent.is_dir():
        raise RequestError(
            Problem("the folder does not exist.", str(path.parent), "Make it, or choose another.")
        )
    if path.is_dir():
        raise RequestError(Problem("this is a folder.", str(path), "Name a file to write."))
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    # A link leads to the file that is meant.
    path = path.resolve()
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
