"""The only file that loads MLflow."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from penstock.errors import Problem, RequestError, ServiceError

_SQLITE = "sqlite:///"


def open_client(uri: str) -> Any:
    """Return a client of the tracking server and registry at `uri`.

    A new SQLite file is set up by MLflow itself, which locks while it does.

    Raises:
        RequestError: MLflow is not installed.
        ServiceError: The database cannot be opened.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    for name in ("mlflow.store.db.utils", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise RequestError(
            Problem("MLflow is not installed.", remedy="Install mlflow-skinny and SQLAlchemy.")
        ) from error
    file = database_file(uri)
    with translated(uri):
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        return MlflowClient(tracking_uri=uri, registry_uri=uri)


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
