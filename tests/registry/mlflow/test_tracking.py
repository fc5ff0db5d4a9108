"""What MLflow's own tools see of a registered candidate."""

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from penstock.data.digest import content_digest
from penstock.registry import Candidate, open_registry
from penstock.registry.mlflow.client import empty_database, open_client

_LINEAGE = {
    "data_table": "iceberg+sqlite:///sales.db#shop.orders",
    "data_snapshot_from": "none",
    "data_snapshot_to": "8143",
    "data_rows": "120",
}
_FACTS = {
    "format": "penstock.model/1",
    "kind": "xgboost",
    "task": "multiclass",
    "classes": ["low", "top"],
    "features": [
        {"name": "amount", "type": "double"},
        {"name": "visits", "type": "int64"},
        {"name": "is new", "type": "bool"},
    ],
}


@pytest.fixture
def uri(tmp_path):
    (tmp_path / "mlflow.db").write_bytes(empty_database())
    return f"sqlite:///{tmp_path}/mlflow.db"


@pytest.fixture
def candidate(tmp_path):
    folder = tmp_path / "candidate"
    (folder / "model").mkdir(parents=True)
    (folder / "model" / "model.json").write_text(json.dumps(_FACTS))
    (folder / "model" / "artifact.json").write_text("{}")
    (folder / "evidence").mkdir()
    (folder / "evidence" / "evidence.json").write_text("{}")
    profile = {"features": {"amount": {"edges": [1.0, 2.5, 9.0]}, "visits": {"edges": [3.0]}}}
    (folder / "evidence" / "profile.json").write_text(json.dumps(profile))
    scores = [
        {"name": "boost", "kind": "xgboost", "rounds": 40, "scores": {"log_loss": 0.2}},
        {"name": "base", "kind": "constant", "scores": {"log_loss": 0.75, "roc_auc": 0.5}},
    ]
    document = {"metrics": {"log_loss": {"value": 0.25}}, "candidates": scores}
    (folder / "metrics.json").write_text(json.dumps(document))
    return Candidate(
        "shop",
        folder / "model",
        folder / "metrics.json",
        properties={"execution": "e1", "step": "register", **_LINEAGE},
        evidence=folder / "evidence",
    )


@pytest.fixture
def run(uri, candidate):
    open_registry(uri).register(candidate)
    client = open_client(uri)
    return client.get_run(client.get_model_version("shop", "1").run_id)


def _folder(run):
    return Path(urlsplit(run.info.artifact_uri).path)


def test_a_run_has_parameters_metrics_and_the_snapshots_of_its_data(run):
    assert run.data.params == {"execution": "e1", "step": "register", **_LINEAGE}
    assert run.data.metrics == {"log_loss": 0.25}
    assert _LINEAGE.items() <= run.data.tags.items()
    (seen,) = run.inputs.dataset_inputs
    assert (seen.dataset.name, seen.dataset.digest, seen.dataset.source_type) == (
        "iceberg+sqlite:///sales.db#shop.orders",
        "8143",
        "iceberg+sqlite",
    )
    assert json.loads(seen.dataset.source) == {
        "uri": "iceberg+sqlite:///sales.db#shop.orders",
        "data_table": "iceberg+sqlite:///sales.db#shop.orders",
        "data_snapshot_to": "8143",
        "data_rows": "120",
    }


def test_the_rivals_of_a_model_are_a_table_that_mlflow_loads(run, uri, monkeypatch):
    monkeypatch.setattr("mlflow.tracking._tracking_service.utils._tracking_uri", uri)
    table = open_client(uri).load_table(
        run.info.experiment_id, "candidates.json", run_ids=[run.info.run_id]
    )
    assert table.astype(object).where(table.notna(), None).to_dict("records") == [
        {
            "name": "boost",
            "kind": "xgboost",
            "rounds": 40.0,
            "threshold": None,
            "log_loss": 0.2,
            "roc_auc": None,
        },
        {
            "name": "base",
            "kind": "constant",
            "rounds": None,
            "threshold": None,
            "log_loss": 0.75,
            "roc_auc": 0.5,
        },
    ]


def test_the_signature_is_that_of_the_model_and_the_example_its_median_row(run):
    from mlflow.models import Model

    found = Model.load(str(_folder(run)))
    assert [(each.name, each.type.name) for each in found.signature.inputs] == [
        ("amount", "double"),
        ("visits", "long"),
        ("is new", "boolean"),
    ]
    assert [(each.name, each.type.name) for each in found.signature.outputs] == [
        ("score_low", "double"),
        ("score_top", "double"),
    ]
    example = found.load_input_example(str(_folder(run)))
    assert example.to_dict("records") == [{"amount": 2.5, "visits": 3, "is new": False}]


def test_what_makes_a_model_mlflows_lies_beside_the_model_and_changes_no_digest(
    run, candidate, uri
):
    found = open_registry(uri).describe("shop", 1)
    bare = content_digest(candidate.model, leaving_out="artifact.json")
    assert found.properties["model_digest"] == bare
    assert found.model_uri == f"{run.info.artifact_uri}/model"
    assert content_digest(Path(urlsplit(found.model_uri).path)) == bare
    assert sorted(path.name for path in _folder(run).iterdir()) == [
        "MLmodel",
        "candidates.json",
        "code",
        "evidence",
        "input_example.json",
        "metrics.json",
        "model",
        "python_env.yaml",
        "requirements.txt",
        "serving_input_example.json",
    ]


def test_a_model_of_another_kind_is_registered_without_a_loader(uri, candidate, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "weights.bin").write_bytes(b"x")
    open_registry(uri).register(replace(candidate, model=tmp_path / "other", metrics=None))
    client = open_client(uri)
    run = client.get_run(client.get_model_version("shop", "1").run_id)
    assert sorted(path.name for path in _folder(run).iterdir()) == ["evidence", "model"]
    assert open_registry(uri).describe("shop", 1).model_uri == f"{run.info.artifact_uri}/model"


def test_a_version_that_points_to_its_model_folder_itself_is_read_and_fetched(uri, tmp_path):
    """As versions did that were registered before."""
    client = open_client(uri)
    place = tmp_path / "artifacts" / "run" / "model"
    place.mkdir(parents=True)
    (place / "model.json").write_text("{}")
    client.create_registered_model("old")
    experiment = client.create_experiment("old", (tmp_path / "artifacts").as_uri())
    run = client.create_run(experiment)
    client.create_model_version("old", place.as_uri(), run.info.run_id)
    assert open_registry(uri).describe("old", 1).model_uri == place.as_uri()
    open_registry(uri).fetch_model("old", 1, tmp_path / "fetched")
    assert (tmp_path / "fetched" / "model.json").read_text() == "{}"
