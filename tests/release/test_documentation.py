"""docs/releases.md names every option of `build` and every place inside a release."""

import re
from pathlib import Path

import click

from penstock.cli.commands.release import command
from penstock.release import layout

PAGE = (Path(__file__).parents[2] / "docs" / "releases.md").read_text(encoding="utf-8")


def test_the_page_names_every_option_of_build() -> None:
    build = command.commands["build"]
    assert isinstance(build, click.Command)
    options = {option for each in build.params for option in each.opts}
    assert options - set(re.findall(r"--[a-z]+", PAGE)) == {"--debug"}


def test_the_page_shows_every_place_inside() -> None:
    (tree,) = re.findall(r"```\n(manifest\.json.*?)```", PAGE, re.DOTALL)
    shown = {line.split()[0].partition("/")[0] for line in tree.splitlines()}
    assert shown == {*layout.DOCUMENTS, *(each.rstrip("/") for each in layout.FOLDERS)}
