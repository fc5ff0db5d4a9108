"""The only file that loads MLflow."""

import functools
import importlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from penstock.errors import Problem, RequestError, ServiceError

_SQLITE = "sqlite:///"
_STORES = (
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.model_registry.sqlalchemy_store",
)
"""Declare the tables; MLflow itself loads them when it meets the address of a database."""


def open_client(uri: str) -> Any:
    """Return a client of the tracking server and registry at `uri`.

    Raises:
        RequestError: MLflow is not installed.
        ServiceError: The database cannot be opened.
    """
    with _installed():
        from mlflow import MlflowClient
    file = database_file(uri)
    with translated(uri):
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        if uri.startswith("arn:"):
            import mlflow

            # What signs the requests asks MLflow's own setting for the server.
            mlflow.set_tracking_uri(uri)
        return MlflowClient(tracking_uri=uri, registry_uri=uri)


@functools.cache
def empty_database() -> bytes:
    """Return the SQLite file of a registry that holds nothing, as MLflow itself sets one up.

    Its some fifty migrations take most of a second, and on a disk longer; in memory nobody sees
    one half done. A process that jobs are forked from can have it ready.

    Raises:
        RequestError: MLflow is not installed.
    """
    with _installed():
        from sqlalchemy import create_engine
        from sqlalchemy.pool import StaticPool

        for name in _STORES:
            importlib.import_module(name)
        database: Any = importlib.import_module("mlflow.store.db.utils")
    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        database._initialize_tables(engine)
        with engine.connect() as connection:
            embedded: Any = connection.connection.driver_connection
            content: bytes = embedded.serialize()
    finally:
        engine.dispose()
    return content


@contextmanager
def _installed() -> Iterator[None]:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    for name in ("mlflow.store.db.utils", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        yield
    except ImportError as error:
        raise RequestError(
            Problem("MLflow is not installed.", remedy="Install mlflow-skinny and SQLAlchemy.")
        ) from error


def database_file(uri: str) -> Path | None:
    """Return the file of a SQLite address, or None for a server."""
    return Path(uri.removeprefix(_SQLITE)) if uri.startswith(_SQLITE) else None


@contextmanager
def translated(uri: str) -> Iterator[None]:
    """Turn what MLflow and SQLAlchemy raise into a `ServiceError`.

    Raises:
        ServiceError: The registry refused or could not be reached.
    """
    try:
        yield
    except OSError as error:
        raise _refusal(uri, str(error), "Check the path, the free space and the rights.") from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("mlflow", "sqlalchemy", "requests"):
            raise
        raise _refusal(uri, str(error).partition("\n")[0], "See whether it is up.") from error


def is_missing(error: Exception) -> bool:
    """Return whether MLflow says that there is no such thing."""
    return getattr(error, "error_code", "") == "RESOURCE_DOES_NOT_EXIST"


def is_there(error: Exception) -> bool:
    """Return whether MLflow says that the thing exists already."""
    return getattr(error, "error_code", "") == "RESOURCE_ALREADY_EXISTS"


def _refusal(uri: str, reason: str, remedy: str) -> ServiceError:
    return ServiceError(Problem(f"the model registry refused: {reason}.", uri, remedy))
