"""What goes wrong with a database is told by what, where and how to mend."""

import socket
import sqlite3
import time
from pathlib import Path

import duckdb
import pytest

from penstock.data.address import parse_address
from penstock.data.database import failures
from penstock.data.database.opening import connected
from penstock.data.sources.opening import open_source
from penstock.data.sources.table import Request
from penstock.errors import DataError, PenstockError, ServiceError


def told(uri: str, kind: type[PenstockError], folder: Path) -> str:
    with pytest.raises(kind) as error:
        open_source(uri).attach(duckdb.connect(), folder)
    return str(error.value)


def place(uri: str) -> str:
    return uri.partition("?")[0]


def test_a_wrong_password_is_told_and_not_shown(postgres_database, tmp_path, monkeypatch):
    monkeypatch.setenv("WRONG", "not-the-arepa")
    uri = f"{place(postgres_database)}?password=env:WRONG#t"
    assert told(uri, ServiceError, tmp_path) == (
        f"{place(postgres_database)}#t: the password is wrong. "
        "Check the secret that the address names."
    )


def test_a_database_that_is_down_is_told_after_a_few_tries(tmp_path, monkeypatch):
    pauses: list[float] = []
    monkeypatch.setattr(failures.time, "sleep", pauses.append)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    uri = f"postgresql://penstock@127.0.0.1:{port}/kitchen"
    assert told(f"{uri}#t", ServiceError, tmp_path) == (
        f"{uri}#t: the database cannot be reached: Connection refused. "
        "See whether it is up, and check host and port."
    )
    assert pauses == sorted(pauses)
    assert len(pauses) == failures.CONNECT_TRIES - 1


def test_a_slow_query_is_stopped_and_told(postgres, postgres_database, tmp_path):
    name = place(postgres_database).rpartition("/")[2]
    postgres.execute("CREATE VIEW slow AS SELECT pg_sleep(30)::text AS x", name)
    begun = time.monotonic()
    message = told(f"{postgres_database}&statement_timeout_seconds=1#slow", ServiceError, tmp_path)
    assert time.monotonic() - begun < 10
    assert message == (
        f"{place(postgres_database)}#slow: the database took too long: "
        "canceling statement due to statement timeout. "
        "Ask for fewer days, or raise ?statement_timeout_seconds= in the address."
    )


def test_a_database_that_is_not_there_is_named(postgres, tmp_path):
    uri = postgres.address("pantry")
    assert told(f"{uri}#t", DataError, tmp_path) == (
        f'{place(uri)}#t: there is no such database: database "pantry" does not exist. '
        "Check the name in the address."
    )


def test_a_table_that_is_not_there_names_those_that_are(postgres, postgres_database, tmp_path):
    name = place(postgres_database).rpartition("/")[2]
    postgres.execute("CREATE TABLE telemetry (x int)", name)
    assert told(f"{postgres_database}#telemetri", DataError, tmp_path) == (
        f"{place(postgres_database)}#telemetri: there is no such table. There are: telemetry."
    )


def test_a_missing_column_names_those_that_are_there(postgres, postgres_database, tmp_path):
    name = place(postgres_database).rpartition("/")[2]
    postgres.execute("CREATE TABLE telemetry (heat int)", name)
    source = open_source(f"{postgres_database}#telemetry")
    with pytest.raises(DataError) as error:
        source.attach(duckdb.connect(), tmp_path, Request(columns=["warmth"]))
    assert str(error.value) == (
        f"{place(postgres_database)}#telemetry: the table has none of the columns warmth. "
        "It has: heat."
    )


def test_a_time_that_arrow_lacks_is_told(postgres, postgres_database, tmp_path):
    name = place(postgres_database).rpartition("/")[2]
    postgres.execute("CREATE TABLE telemetry (heat int, read_at timestamp)", name)
    postgres.execute("INSERT INTO telemetry VALUES (1, 'infinity')", name)
    assert told(f"{postgres_database}#telemetry", DataError, tmp_path) == (
        "table telemetry: a value cannot be taken over: In CSV column #1: CSV conversion error to "
        "timestamp[us]: invalid value 'infinity'. Columns, from 0: heat, read_at. "
        "Mend the row, or read a view that leaves it out."
    )


def test_a_user_without_the_right_is_told(postgres, postgres_database, tmp_path, monkeypatch):
    name = place(postgres_database).rpartition("/")[2]
    user = f"guest_{name}"
    monkeypatch.setenv("GUEST", "arepa")
    postgres.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'arepa'")
    try:
        postgres.execute("CREATE TABLE telemetry (heat int)", name)
        uri = f"postgresql://{user}@{postgres.host_port}/{name}"
        assert told(f"{uri}?password=env:GUEST#telemetry", ServiceError, tmp_path) == (
            f"{uri}#telemetry: this user has no right to do that: "
            "permission denied for table telemetry. Grant it."
        )
    finally:
        postgres.execute(f"DROP ROLE {user}")


def test_every_wrong_option_is_told_at_once_and_no_password_shown(tmp_path):
    uri = "postgresql://me:arepa@host/kitchen?password=cachapa&sslmode=maybe&colour=red"
    message = told(f"{uri}&statement_timeout_seconds=soon#t", DataError, tmp_path)
    assert "arepa" not in message
    assert "cachapa" not in message
    for part in (
        "a password stands in the address",
        "`password` holds something else than a reference",
        "the sslmode 'maybe' is unknown",
        "the option 'colour' is unknown",
        "statement_timeout_seconds is 'soon', not a whole number from 1 on",
    ):
        assert part in message


def test_tls_that_the_server_does_not_speak_is_refused(postgres_database, tmp_path, monkeypatch):
    monkeypatch.setattr(failures.time, "sleep", lambda _: None)
    message = told(f"{postgres_database}&sslmode=require#t", ServiceError, tmp_path)
    assert message.startswith(f"{place(postgres_database)}#t: ")
    assert "SSL" in message


def test_reading_sees_one_state_and_cannot_write(postgres, postgres_database):
    name = place(postgres_database).rpartition("/")[2]
    postgres.execute("CREATE TABLE telemetry (heat int)", name)
    with connected(parse_address(postgres_database)) as database:
        count = "SELECT count(*) FROM telemetry"
        assert database.exec_driver_sql(count).scalar() == 0
        postgres.execute("INSERT INTO telemetry VALUES (1)", name)
        assert database.exec_driver_sql(count).scalar() == 0
    with (
        pytest.raises(ServiceError, match="read-only transaction"),
        connected(parse_address(postgres_database)) as database,
    ):
        database.exec_driver_sql("INSERT INTO telemetry VALUES (2)")


def test_a_file_that_is_no_database_is_told(tmp_path):
    file = tmp_path / "kitchens.db"
    file.write_bytes(b"these are no pages of a database" * 100)
    assert told(f"sqlite:///{file}#t", DataError, tmp_path) == (
        f"sqlite:///{file}#t: this is no SQLite database: file is not a database. Check the path."
    )


def test_a_database_file_that_is_not_there_is_not_made(tmp_path):
    file = tmp_path / "kitchens.db"
    assert told(f"sqlite:///{file}#t", DataError, tmp_path) == (
        f"sqlite:///{file}#t: there is no such database file. Check the path."
    )
    assert not file.exists()


def test_values_of_another_type_than_declared_reach_the_checks_as_text(tmp_path):
    with sqlite3.connect(tmp_path / "kitchens.db") as database:
        database.execute("CREATE TABLE t (heat REAL, at TIMESTAMP)")
        database.execute("INSERT INTO t VALUES (0.1, '2026-05-01'), ('hot', 'noon')")
    connection = duckdb.connect()
    table = open_source(f"sqlite:///{tmp_path}/kitchens.db#t").attach(connection, tmp_path)
    assert connection.execute(
        f'SELECT typeof(heat), "at", TRY_CAST(heat AS DOUBLE) FROM {table.relation}'
    ).fetchall() == [
        ("VARCHAR", "2026-05-01", 0.1),
        ("VARCHAR", "noon", None),
    ]
