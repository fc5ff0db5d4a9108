"""Errors become messages and exit codes; nobody sees a traceback unasked."""

import errno
import json

import click
import pytest

from penstock.cli.boundary import InterruptedWorkError, guarded
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
