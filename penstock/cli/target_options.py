"""The options of commands that are about pipelines in an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

F = TypeVar("F", bound=Callable[..., Any])


def not_blank(context: click.Context, option: click.Parameter, value: str) -> str:
    """Refuse an option that is given and empty: a variable of a build server was not set."""
    given = context.get_parameter_source(str(option.name)) is not ParameterSource.DEFAULT
    if given and not (value or "").strip():
        raise click.BadParameter("it is given and empty. Leave it out, or give a value.")
    return value


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


def release_option(function: F) -> F:
    """Add `--release`."""
    return click.option(
        "--release",
        metavar="FILE|S3|DIGEST",
        default="",
        callback=not_blank,
        help="Take them from a release, not from the work tree; pre-prod and prod take nothing "
        "else.",
    )(function)


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
                callback=not_blank,
                help="A personal copy: NAME-TEXT, in dev; it may be removed after 14 days.",
            )(function)
        )
    )
