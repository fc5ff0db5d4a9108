"""How an embedded registry comes to be."""

import re
import sqlite3
from contextlib import closing

import pytest

from penstock.errors import ServiceError
from penstock.registry import Candidate, open_registry
from penstock.registry.mlflow import registry as adapter
from penstock.registry.mlflow.client import empty_database, open_client


def _schema(file):
    """Return every table and index; Alembic writes the constraints of a table in any order."""
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    return {
        (kind, name): sorted(re.split(r",\s+", (text or "").strip(")\n ")))
        for kind, name, text in found
    }


def _candidate(folder):
    (folder / "model").mkdir()
    (folder / "model" / "model.ubj").write_bytes(b"trees")
    return Candidate("wine", folder / "model", None, None, {})


def test_an_empty_registry_has_the_schema_that_mlflow_sets_up_itself(tmp_path):
    (tmp_path / "ours.db").write_bytes(empty_database())
    open_client(f"sqlite:///{tmp_path}/theirs.db")
    assert _schema(tmp_path / "ours.db") == _schema(tmp_path / "theirs.db")
    assert len(_schema(tmp_path / "ours.db")) > 60


def test_a_new_registry_file_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    class FullDiskPath(type(tmp_path)):
        def replace(self, target):
            raise OSError(28, "No space left on device")

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    registry = open_registry(uri)
    monkeypatch.setattr(registry, "_file", FullDiskPath(tmp_path / "mlflow.db"))
    with pytest.raises(ServiceError) as raised:
        registry.register(_candidate(tmp_path))
    assert str(raised.value) == (
        f"{uri}: the model registry refused: [Errno 28] No space left on device. "
        "Check the path, the free space and the rights."
    )
    assert sorted(file.name for file in tmp_path.iterdir()) == ["mlflow.db.lock", "model"]


def test_a_registry_that_is_there_is_never_set_up_again(tmp_path, monkeypatch):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    assert open_registry(uri).register(_candidate(tmp_path)).version == 1
    monkeypatch.setattr(adapter, "empty_database", None)
    (tmp_path / "model" / "more").write_bytes(b"another model")
    candidate = Candidate("wine", tmp_path / "model", None, None, {})
    assert open_registry(uri).register(candidate).version == 2
