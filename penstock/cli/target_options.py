"""The options of commands that are about pipelines in an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def environment_options(function: F) -> F:
    """Add `--env` and `--environments`."""
    return click.option(
        "--env", "environment", metavar="NAME", required=True, help="The environment."
    )(
        click.option(
            "--environments",
            "file",
            metavar="FILE",
            type=click.Path(),
            help="The file that names it; default environments.yaml.",
        )(function)
    )


def target_options(function: F) -> F:
    """Add the options of an environment, a use case and a personal copy."""
    return environment_options(
        click.option(
            "--use-case", default="fraud", show_default=True, help="Name or folder of a use case."
        )(
            click.option(
                "--suffix",
                metavar="TEXT",
                default="",
                help="A personal copy: NAME-TEXT, in dev; it may be removed after 14 days.",
            )(function)
        )
    )
