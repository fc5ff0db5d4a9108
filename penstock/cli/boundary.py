"""The one place where errors become messages and exit codes."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator

import click

from penstock.cli.session import Session
from penstock.errors import PenstockError, Problem

WORKED, FAILED, WRONG_REQUEST = 0, 1, 2


class InterruptedWorkError(Exception):
    """The user stopped the command; the text says what was and what was not done."""


def guarded(command: click.Command, arguments: list[str] | None) -> int:
    """Run a command; report any error without a traceback unless `--debug` is given."""
    session = Session()
    try:
        with _ended_by_sigterm():
            code = command.main(arguments, prog_name="pipeline", obj=session, standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else WORKED
    except click.UsageError as error:
        # The parser may have stopped before it came to the option.
        session.json = session.json or _asks_for_json(arguments)
        _report(session, [_usage_problem(error)], WRONG_REQUEST)
        return WRONG_REQUEST
    except PenstockError as error:
        _report(session, error.problems, error.exit_code)
        _trace(session)
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output has gone; Python would complain once more on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (InterruptedWorkError, KeyboardInterrupt, click.Abort) as error:
        text = str(error) or "interrupted. Look what was done before you repeat it."
        _report(session, [Problem(text)], FAILED)
        return FAILED
    except OSError as error:
        _report(session, [system_problem(error)], FAILED)
        _trace(session)
        return FAILED
    except Exception as error:  # noqa: BLE001  # the outermost boundary
        fault = Problem(
            f"{type(error).__name__}: {error}",
            "a fault in Penstock itself",
            "Run the same command with --debug for the traceback and report it.",
        )
        _report(session, [fault], FAILED)
        _trace(session)
        return FAILED


@contextlib.contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM, by which build servers stop a command, end it as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def system_problem(error: OSError) -> Problem:
    """Turn the operating system's refusal into a problem that says how to mend it."""
    where = str(error.filename or "")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Problem("the disk is full.", where, "Free some space and run the command again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Problem(
            f"not allowed: {error.strerror}.",
            where,
            "Change its permissions or choose a place that you may write to.",
        )
    if error.errno == errno.ENOENT:
        return Problem("there is no such file or folder.", where, "Check the path.")
    return Problem(f"{error.strerror or error}.", where)


def problem_json(problem: Problem) -> dict[str, str]:
    """Return a problem as plain data."""
    return {"what": problem.what, "where": problem.where, "remedy": problem.remedy}


def _asks_for_json(arguments: list[str] | None) -> bool:
    given = sys.argv[1:] if arguments is None else arguments
    options = given[: given.index("--")] if "--" in given else given
    return "--json" in options


def _usage_problem(error: click.UsageError) -> Problem:
    path = error.ctx.command_path if error.ctx else "pipeline"
    text = error.format_message()
    return Problem(text[:1].lower() + text[1:], "", f"See: {path} --help")


def _report(session: Session, problems: tuple[Problem, ...] | list[Problem], code: int) -> None:
    if session.json:
        import json

        document = {
            "exit_code": code,
            "problems": list(map(problem_json, problems)),
        }
        click.echo(json.dumps(document, indent=2))
        return
    for problem in problems:
        click.echo(f"pipeline: {problem}", err=True)


def _trace(session: Session) -> None:
    if session.debug:
        import traceback

        traceback.print_exc()
