import json

from components.register import register
from penstock.contract import HTML, Dataset, Metrics, Model
from penstock.evidence.pack import write_pack
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
    (tmp_path / "pack").mkdir()
    pack = write_pack(tmp_path / "pack", {})
    inputs = (
        "fraud",
        artifact(Model, tmp_path / "model"),
        artifact(Metrics, tmp_path / "metrics"),
        artifact(HTML, tmp_path / "report"),
        artifact(Dataset, pack.folder),
    )
    properties = {"execution": "e1", "rows": 5.0}
    assert register(*inputs, properties) == 1
    assert register(*inputs, properties) == 1
    assert register(*inputs, {"execution": "e2"}) == 2
    found = open_registry(uri).describe("fraud", 1)
    assert found.properties["rows"] == "5"
    assert found.properties["evidence_digest"] == pack.digest
    assert found.metrics == {"rmse": 2.0}
