"""The command as a whole: help, summaries, start-up, exit codes."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from penstock.cli.main import COMMANDS

HEAVY = (
    "kfp",
    "pandas",
    "numpy",
    "boto3",
    "botocore",
    "pydantic",
    "rich",
    "yaml",
    "duckdb",
    "xgboost",
    "sklearn",
    "mlflow",
    "requests",
    "asyncio",
    "multiprocessing",
)


def loaded_by(*arguments: str) -> set[str]:
    program = (
        "import sys\n"
        "from penstock.cli.main import main\n"
        f"main({list(arguments)!r})\n"
        "print('LOADED', *sorted({name.partition('.')[0] for name in sys.modules}))\n"
        "print('OURS', *sorted(name for name in sys.modules if name.startswith('penstock.')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    return {word for line in lines if line.startswith(("LOADED", "OURS")) for word in line.split()}


def test_help_loads_no_command_and_nothing_heavy() -> None:
    loaded = loaded_by("--help")
    assert loaded.isdisjoint(HEAVY)
    assert not [name for name in loaded if name.startswith("penstock.cli.commands")]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_loads_nothing_heavy(name: str) -> None:
    assert loaded_by(name, "--help").isdisjoint(HEAVY)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_of_summaries_agrees_with_each_command(name: str) -> None:
    module, summary = COMMANDS[name]
    command = importlib.import_module(module).command
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.short_help == summary
    assert str(command.help).splitlines()[0] == summary


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_and_the_common_options(name: str, pipeline) -> None:
    answer = pipeline(name, "--help")
    assert answer.code == 0
    assert f"Example: pipeline {name}" in answer.out
    assert "--json" in answer.out
    assert "--debug" in answer.out


def test_every_command_has_a_file_and_every_file_a_command() -> None:
    folder = Path(importlib.import_module("penstock.cli.commands").__file__ or "").parent
    files = {file.stem for file in folder.glob("*.py")} - {"__init__"}
    assert files == {module.rpartition(".")[2] for module, _ in COMMANDS.values()}


def test_a_misspelt_command_is_named_with_the_nearest_one(pipeline) -> None:
    answer = pipeline("rnu")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "pipeline: there is no command 'rnu'. Did you mean 'run'? "
        f"Use one of: {', '.join(COMMANDS)}. See: pipeline --help\n"
    )


def test_an_unknown_option_is_a_wrong_request(pipeline) -> None:
    answer = pipeline("check", "--zzz", "x")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "pipeline: no such option '--zzz'. See: pipeline check --help\n"


def test_a_reader_that_goes_away_is_no_error() -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(
        f"{sys.executable} -m penstock.cli schema use-case | head -c 1 >/dev/null",
        shell=True,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.stderr == ""


@pytest.mark.parametrize(("given", "threshold"), [("None", "50000"), ("['--version']", "700")])
def test_only_a_process_of_our_own_looks_for_cycles_less_often(given: str, threshold: str) -> None:
    program = (
        "import gc, sys\nfrom penstock.cli.main import main\nsys.argv = ['pipeline', '--version']\n"
        f"gc.set_threshold(700)\nmain({given})\nprint(gc.get_threshold()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == threshold
