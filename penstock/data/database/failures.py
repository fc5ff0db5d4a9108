"""What a database says, as errors of ours: by code, not by text."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from penstock.errors import DataError, PenstockError, Problem, ServiceError, WorkError

_SLOW = "Ask for fewer days, or raise ?statement_timeout_seconds= in the address."
_BY_STATE: dict[str, tuple[type[PenstockError], str, str]] = {
    "28P01": (ServiceError, "the password is wrong.", "Check the secret that the address names."),
    "28000": (ServiceError, "this user may not connect.", "Check user, password and pg_hba.conf."),
    "3D000": (DataError, "there is no such database.", "Check the name in the address."),
    "42P01": (DataError, "there is no such table.", "Check its name and schema."),
    "42703": (DataError, "a column is missing.", "Check the columns of the use case."),
    "42501": (ServiceError, "this user has no right to do that.", "Grant it."),
    "57014": (ServiceError, "the database took too long.", _SLOW),
    "53100": (WorkError, "the disk of the database is full.", "Make room."),
    "53300": (ServiceError, "the database has too many connections.", "Try again later."),
    "57P03": (ServiceError, "the database is starting up or shutting down.", "Try again."),
}
_BY_SQLITE: dict[int, tuple[type[PenstockError], str, str]] = {
    sqlite3.SQLITE_FULL: (WorkError, "the disk is full.", "Make room."),
    sqlite3.SQLITE_BUSY: (ServiceError, "somebody else is writing to it.", "Try again."),
    sqlite3.SQLITE_NOTADB: (DataError, "this is no SQLite database.", "Check the path."),
    sqlite3.SQLITE_CANTOPEN: (DataError, "the file cannot be opened.", "Check path and rights."),
    sqlite3.SQLITE_READONLY: (WorkError, "the file may not be written.", "Check the rights."),
    sqlite3.SQLITE_IOERR: (WorkError, "the disk does not take or give it.", "Check the disk."),
}
_DISCONNECTED = ("08", "57P01", "57P02")
CONNECT_TRIES = 3


class ConnectionLostError(ServiceError):
    """The database cannot be reached; another try may succeed."""


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn what the drivers raise into errors that say what, where and how to mend.

    Args:
        where: Address without secrets.

    Raises:
        PenstockError: As the code of the database says.
    """
    import sqlalchemy.exc

    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        raise error_of(error.orig, where) from error
    except sqlite3.Error as error:
        raise error_of(error, where) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("pg8000", "sqlalchemy", "scramp"):
            raise
        raise error_of(error, where) from error


def error_of(error: Any, where: str) -> PenstockError:
    """Return the error of ours for one of a driver."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        primary = code & 0xFF if isinstance(code, int) else None
        known = _BY_SQLITE.get(primary) if primary is not None else None
        text = str(error)
    else:
        first = error.args[0] if getattr(error, "args", ()) else ""
        facts = first if isinstance(first, dict) else {}
        state, text = str(facts.get("C", "")), str(facts.get("M", first))
        known = _BY_STATE.get(state)
        if known is None and (not state or state.startswith(_DISCONNECTED)):
            return ConnectionLostError(
                Problem(
                    f"the database cannot be reached: {_plain(text)}.",
                    where,
                    "See whether it is up, and check host and port.",
                )
            )
    if known is None:
        return ServiceError(Problem(f"the database refused: {_plain(text)}.", where))
    kind, what, remedy = known
    said = _plain(text)
    shown = what if kind is ServiceError and "password" in what else f"{what[:-1]}: {said}."
    return kind(Problem(shown, where, remedy))


def with_retries(connect: Any) -> Any:
    """Call `connect` until it succeeds, a few times, with growing pauses.

    Raises:
        ConnectionLostError: The last try failed, too.
    """
    for attempt in range(1, CONNECT_TRIES + 1):
        try:
            return connect()
        except ConnectionLostError:
            if attempt == CONNECT_TRIES:
                raise
            time.sleep(0.3 * 2**attempt)
    raise AssertionError("unreachable")


def _plain(text: str) -> str:
    return text.partition("\n")[0].strip().rstrip(".") or "it gave no reason"
