"""What a forked process does to be a job: become what a fresh process would have been."""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import os
import signal
import sys
import threading
import time
import types
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NoReturn

_OK, _UNCAUGHT = 0, 1


def become_job(job: Mapping[str, Any]) -> NoReturn:
    """Take on the job's files, folder, environment and arguments, run its entry, and exit.

    Args:
        job: `stdout`, `stderr` and `working_directory` as absolute paths, `environment`, `entry` as
            `package.module:function`, `arguments`.
    """
    code = _UNCAUGHT
    try:
        os.setsid()
        _take_files(job)
        _take_surroundings(job)
        code = _call(job["entry"], list(job["arguments"]))
    except BaseException:  # noqa: BLE001  # nothing may return to the zygote's loop
        sys.excepthook(*sys.exc_info())
    finally:
        code = _wind_up(code)
        os._exit(code & 0xFF)
    raise AssertionError


def _take_files(job: Mapping[str, Any]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    for target, path, mode in (
        (2, job["stderr"], flags),
        (1, job["stdout"], flags),
        (0, os.devnull, os.O_RDONLY),
    ):
        descriptor = os.open(path, mode, 0o666)
        os.dup2(descriptor, target)
        if descriptor != target:
            os.close(descriptor)


def _take_surroundings(job: Mapping[str, Any]) -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        # The interpreter ignores these two and answers SIGINT; a fresh one would as well.
        if number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_IGN)
        elif number == signal.SIGINT:
            signal.signal(number, signal.default_int_handler)
        elif signal.getsignal(number) is not signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.environ.clear()
    os.environ.update(job["environment"])
    time.tzset()
    os.chdir(job["working_directory"])
    sys.path.insert(0, job["working_directory"])
    sys.argv[:] = [job["entry"].partition(":")[0], *job["arguments"]]
    sys.modules["__main__"] = types.ModuleType("__main__")
    numpy = sys.modules.get("numpy")
    if numpy is not None and "numpy.random" in sys.modules:
        # Python renews its own generator in a forked process; numpy does not.
        numpy.random.seed()
    gc.enable()


def _call(entry: str, arguments: list[str]) -> int:
    module, _, function = entry.partition(":")
    try:
        code = getattr(importlib.import_module(module), function)(arguments)
    except SystemExit as end:
        code = end.code
    if code is None:
        return _OK
    if isinstance(code, int):
        return code
    print(code, file=sys.stderr)
    return _UNCAUGHT


def _wind_up(code: int) -> int:
    """Do what the interpreter does at its end; return the exit code."""
    for step in (threading._shutdown, atexit._run_exitfuncs):  # type: ignore[attr-defined]
        try:
            step()
        except BaseException:  # noqa: BLE001  # the exit code is the entry's
            sys.excepthook(*sys.exc_info())
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or 120
    with suppress(OSError):
        ctypes.CDLL(None).fflush(None)
    return code
