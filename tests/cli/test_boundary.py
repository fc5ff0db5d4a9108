"""Errors become messages and exit codes; nobody sees a traceback unasked."""

import errno
import json
import os
import signal

import click
import pytest

from penstock.cli.boundary import InterruptedWorkError, guarded
from penstock.cli.main import main
from penstock.cli.session import common_options
from penstock.errors import Problem, RequestError, WorkError


def failing(error: BaseException) -> click.Command:
    @click.command("failing")
    @common_options
    def command() -> None:
        raise error

    return command


CASES = {
    "wrong request": (
        RequestError([Problem("a is wrong.", "file:1", "Mend a."), Problem("b is wrong.")]),
        2,
        "pipeline: file:1: a is wrong. Mend a.\npipeline: b is wrong.\n",
    ),
    "failed work": (WorkError(Problem("it broke.")), 1, "pipeline: it broke.\n"),
    "full disk": (
        OSError(errno.ENOSPC, "No space left on device", "/data/x"),
        1,
        "pipeline: /data/x: the disk is full. Free some space and run the command again.\n",
    ),
    "not allowed": (
        PermissionError(errno.EACCES, "Permission denied", "/data/x"),
        1,
        "pipeline: /data/x: not allowed: Permission denied. "
        "Change its permissions or choose a place that you may write to.\n",
    ),
    "interrupted": (
        KeyboardInterrupt(),
        1,
        "pipeline: interrupted. Look what was done before you repeat it.\n",
    ),
    "interrupted while working": (
        InterruptedWorkError("interrupted: 1 of 2 steps is done."),
        1,
        "pipeline: interrupted: 1 of 2 steps is done.\n",
    ),
    "a fault of ours": (
        ZeroDivisionError("division by zero"),
        1,
        "pipeline: a fault in Penstock itself: ZeroDivisionError: division by zero "
        "Run the same command with --debug for the traceback and report it.\n",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_error_is_told_without_a_traceback(
    case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    error, code, message = CASES[case]
    assert guarded(failing(error), []) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.lstrip("\n") == message


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(failing(WorkError("it broke.")), ["--debug"]) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_json_gives_the_problems_to_machines(capsys: pytest.CaptureFixture[str]) -> None:
    error = RequestError(Problem("a is wrong.", "file:1", "Mend a."))
    assert guarded(failing(error), ["--json"]) == 2
    captured = capsys.readouterr()
    assert captured.err == ""
    assert json.loads(captured.out) == {
        "exit_code": 2,
        "problems": [{"what": "a is wrong.", "where": "file:1", "remedy": "Mend a."}],
    }


WRONG = {
    "an option that there is not": (
        ["run", "--nope", "--json"],
        "no such option '--nope'. (Did you mean one of: '--model', '--no-cache', '--to'?)",
        "pipeline run",
    ),
    "the other way round": (
        ["models", "list", "--json", "--nope"],
        "no such option '--nope'.",
        "pipeline models list",
    ),
    "an option of the whole": (["--nope", "--json"], "no such option '--nope'.", "pipeline"),
    "a command that there is not": (
        ["models", "nope", "--json"],
        "no such command 'nope'.",
        "pipeline models",
    ),
    "a command that is missing": (["models", "--json"], "missing command.", "pipeline models"),
    "a value that is missing": (
        ["status", "--json", "--env"],
        "option '--env' requires an argument.",
        "pipeline",
    ),
    "a value that is none": (
        ["status", "--limit", "0", "--json"],
        "invalid value for '--limit': 0 is not in the range 1<=x<=10000.",
        "pipeline status",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_call_that_asks_for_json_is_answered_in_json(
    case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, what, command = WRONG[case]
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err == ""
    document = json.loads(captured.out)
    assert captured.out == json.dumps(document, indent=2) + "\n"
    assert document == {
        "exit_code": 2,
        "problems": [{"what": what, "where": "", "remedy": f"See: {command} --help"}],
    }


def test_the_command_line_of_the_process_counts_as_well(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["pipeline", "doctor", "--nope", "--json"])
    assert main() == 2
    assert json.loads(capsys.readouterr().out)["problems"][0]["what"] == (
        "no such option '--nope'."
    )


@pytest.mark.parametrize("arguments", [["run", "--nope"], ["run", "--nope", "--", "--json"]])
def test_one_that_does_not_ask_for_json_is_answered_in_words(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "pipeline: no such option '--nope'. "
        "(Did you mean one of: '--model', '--no-cache', '--to'?) See: pipeline run --help\n"
    )


def test_a_build_server_that_ends_a_command_is_told_what_ctrl_c_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = signal.getsignal(signal.SIGTERM)

    @click.command("waiting")
    @common_options
    def command() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pause()

    assert guarded(command, []) == 1
    assert capsys.readouterr().err.lstrip("\n") == (
        "pipeline: interrupted. Look what was done before you repeat it.\n"
    )
    assert signal.getsignal(signal.SIGTERM) == before
