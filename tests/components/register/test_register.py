import json

from components.register import register
from penstock.contract import HTML, Metrics, Model
from penstock.registry import open_registry


def artifact(kind, path):
    found = kind()
    found.uri = str(path)
    return found


def test_it_registers_at_mlflows_own_address_once_a_step(tmp_path, monkeypatch):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.json").write_text("{}")
    (tmp_path / "metrics").write_text(json.dumps({"metrics": {"rmse": {"value": 2.0}}}))
    (tmp_path / "report").write_text("<p>")
    inputs = (
        "fraud",
        artifact(Model, tmp_path / "model"),
        artifact(Metrics, tmp_path / "metrics"),
        artifact(HTML, tmp_path / "report"),
    )
    properties = {"execution": "e1", "rows": 5.0}
    assert register(*inputs, properties) == 1
    assert register(*inputs, properties) == 1
    assert register(*inputs, {"execution": "e2"}) == 2
    found = open_registry(uri).describe("fraud", 1)
    assert found.properties["rows"] == "5"
    assert found.metrics == {"rmse": 2.0}
