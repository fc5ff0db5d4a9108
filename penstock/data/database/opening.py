"""Opens a database by its address."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.data.address import Address
from penstock.data.database.failures import ConnectionLostError, translated, with_retries
from penstock.data.secrets import resolve_secret
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 600
_OPTIONS = ("password", "host", "sslmode", "statement_timeout_seconds")
_SSL_MODES = ("disable", "require", "verify-full")


@contextmanager
def connected(address: Address, *, writing: bool = False) -> Iterator[Connection]:
    """Open a connection with a transaction: one view of the data as they are now.

    It is committed where the block ends well and rolled back where it does not.

    Args:
        address: `postgresql://user@host:port/database` with the options `password` (`env:NAME`,
            `aws:SECRET/FIELD`), `sslmode` (`disable`, `require`, `verify-full`), `host` (folder of
            a Unix socket) and `statement_timeout_seconds`; or `sqlite:////path`.
        writing: Whether something is written; a SQLite file is then made where there is none.

    Raises:
        DataError: The address is wrong, or there is no such database.
        ServiceError: The database refused or cannot be reached.
    """
    where = shown(address)
    check_address(address)
    if address.scheme == "sqlite":
        with _sqlite(address, where, writing=writing) as connection:
            yield connection
        return
    with _postgresql(address, where, writing=writing) as connection:
        yield connection


def shown(address: Address) -> str:
    """Return the address as messages and lineage show it: without options."""
    return f"{address.scheme}://{address.place}" + (f"#{address.table}" if address.table else "")


def check_address(address: Address) -> None:
    """Refuse addresses that hold a secret, or options that are none.

    Raises:
        DataError: Every problem is listed; the secret is not.
    """
    problems = []
    user, at, rest = address.place.rpartition("@")
    where = f"{address.scheme}://{rest}"
    if at and ":" in user:
        problems.append(
            Problem(
                "a password stands in the address.",
                where,
                "Leave it out and say where it is: ?password=env:NAME or ?password=aws:SECRET.",
            )
        )
    password = address.options.get("password", "env:")
    if not password.startswith(("env:", "aws:")):
        problems.append(
            Problem(
                "the option `password` holds something else than a reference.",
                where,
                "Use ?password=env:NAME or ?password=aws:SECRET.",
            )
        )
    for option in address.options:
        if option not in _OPTIONS:
            what = f"the option {option!r} is unknown."
            problems.append(Problem(what, where, f"Use one of: {', '.join(_OPTIONS)}."))
    mode = address.options.get("sslmode", "disable")
    if mode not in _SSL_MODES:
        what = f"the sslmode {mode!r} is unknown."
        problems.append(Problem(what, where, f"Use one of: {', '.join(_SSL_MODES)}."))
    seconds = address.options.get("statement_timeout_seconds", "1")
    if not (seconds.isascii() and seconds.isdigit() and int(seconds)):
        what = f"statement_timeout_seconds is {seconds!r}, not a whole number from 1 on."
        problems.append(Problem(what, where, f"Leave it out for {STATEMENT_SECONDS} seconds."))
    if problems:
        raise DataError(problems)


@contextmanager
def _sqlite(address: Address, where: str, *, writing: bool) -> Iterator[Connection]:
    import sqlalchemy

    file = (
        Path("/" + address.place.lstrip("/")) if address.place[:1] == "/" else Path(address.place)
    )
    if writing:
        file.parent.mkdir(parents=True, exist_ok=True)
    elif not file.is_file():
        raise DataError(Problem("there is no such database file.", where, "Check the path."))
    url = sqlalchemy.URL.create("sqlite", database=str(file))
    engine = sqlalchemy.create_engine(
        url, poolclass=sqlalchemy.NullPool, connect_args={"timeout": CONNECT_SECONDS}
    )

    @sqlalchemy.event.listens_for(engine, "connect")
    def _own_transactions(driver: Any, _: object) -> None:
        driver.isolation_level = None  # Else the driver would begin late and commit early.

    @sqlalchemy.event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    with translated(where), engine.begin() as connection:
        yield connection


@contextmanager
def _postgresql(address: Address, where: str, *, writing: bool) -> Iterator[Connection]:
    import sqlalchemy

    user, _, rest = address.place.rpartition("@")
    host_port, _, database = rest.partition("/")
    host, _, port = host_port.partition(":")
    if not user or not database or (port and not port.isdigit()):
        what = "the address lacks the user or the database."
        raise DataError(Problem(what, where, "Write postgresql://user@host:5432/database#table."))
    password = None
    if "password" in address.options:
        password = resolve_secret(address.options["password"])
    seconds = int(address.options.get("statement_timeout_seconds", STATEMENT_SECONDS))
    arguments: dict[str, Any] = {"application_name": "penstock"}
    mode = address.options.get("sslmode", "disable")
    if mode != "disable":
        arguments["ssl_context"] = _tls(verify=mode == "verify-full")

    def dial() -> Any:
        from pg8000.legacy import Connection as Dialled

        stream = _stream(address, host or "localhost", int(port or 5432), where)
        # Each answer may take as long as a statement: a long one is no lost connection.
        stream.settimeout(seconds + CONNECT_SECONDS)
        try:
            return Dialled(user, password=password, database=database, sock=stream, **arguments)
        except BaseException:
            stream.close()
            raise

    def connect() -> Connection:
        with translated(where):
            engine = sqlalchemy.create_engine(
                "postgresql+pg8000://",
                creator=dial,
                poolclass=sqlalchemy.NullPool,
                isolation_level="READ COMMITTED" if writing else "REPEATABLE READ",
                hide_parameters=True,
            )
            return engine.connect()

    connection = with_retries(connect)
    with translated(where), connection, connection.begin():
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {seconds * 1000}")
        connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        if not writing:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        yield connection


def _stream(address: Address, host: str, port: int, where: str) -> socket.socket:
    try:
        if "host" not in address.options:
            return socket.create_connection((host, port), CONNECT_SECONDS)
        stream = socket.socket(socket.AF_UNIX)
        stream.settimeout(CONNECT_SECONDS)
        stream.connect(f"{address.options['host']}/.s.PGSQL.{port}")
    except OSError as error:
        raise ConnectionLostError(
            Problem(
                f"the database cannot be reached: {error.strerror or error}.",
                where,
                "See whether it is up, and check host and port.",
            )
        ) from error
    return stream


def _tls(*, verify: bool) -> Any:
    import ssl

    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
