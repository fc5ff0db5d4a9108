"""One promise, every registry."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from penstock.data.digest import content_digest
from penstock.errors import RequestError, ServiceError
from penstock.registry import Candidate, default_uri, open_registry
from penstock.registry.in_memory import InMemoryRegistry


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """A database that MLflow has set up: it takes a second each time."""
    from penstock.registry.mlflow.client import empty_database

    file = tmp_path_factory.mktemp("template") / "mlflow.db"
    file.write_bytes(empty_database())
    return file


@pytest.fixture(params=["in_memory", "mlflow"])
def registry(request, tmp_path):
    if request.param == "in_memory":
        return InMemoryRegistry()
    shutil.copy(request.getfixturevalue("empty_database"), tmp_path / "mlflow.db")
    return open_registry(f"sqlite:///{tmp_path}/mlflow.db")


@pytest.fixture
def candidate(tmp_path):
    folder = tmp_path / "candidate"
    (folder / "model").mkdir(parents=True)
    (folder / "model" / "model.json").write_text("{}")
    (folder / "model" / "model.ubj").write_bytes(b"\x00\x01")
    document = {
        "metrics": {
            "roc_auc": {"value": 0.9, "low": 0.8, "high": 0.95},
            "card_precision@100": {"value": 0.3, "low": None, "high": None},
        }
    }
    (folder / "metrics.json").write_text(json.dumps(document))
    (folder / "report.html").write_text("<!DOCTYPE html>")
    return Candidate(
        "fraud",
        folder / "model",
        folder / "metrics.json",
        folder / "report.html",
        {"execution": "e1", "step": "register", "use_case": "fraud@sha256:0", "who@where": "it's"},
    )


def test_versions_count_from_one_in_each_group(registry, candidate):
    plain = replace(candidate, properties={})
    numbers = [registry.register(plain).version for _ in range(3)]
    other = registry.register(replace(plain, group="wine"))
    assert numbers == [1, 2, 3]
    assert other.version == 1
    assert [each.version for each in registry.versions("fraud")] == [1, 2, 3]
    assert list(registry.versions("unheard-of")) == []


def test_a_version_is_pending_and_carries_properties_digests_and_metrics(registry, candidate):
    registered = registry.register(candidate)
    found = registry.describe("fraud", 1)
    assert found.registered == registered
    assert found.status == "pending"
    assert found.properties == {
        **candidate.properties,
        "model_digest": content_digest(candidate.model),
        "metrics_digest": content_digest(candidate.metrics),
        "report_digest": content_digest(candidate.report),
    }
    assert found.metrics == {
        "roc_auc": 0.9,
        "roc_auc_low": 0.8,
        "roc_auc_high": 0.95,
        "card_precision@100": 0.3,
    }


def test_a_property_may_be_called_like_one_of_the_registrys_own(registry, candidate):
    properties = {"status": "fine", "mlflow.user": "nobody", "penstock.x": "y"}
    registry.register(replace(candidate, properties=properties))
    found = registry.describe("fraud", 1)
    assert found.status == "pending"
    assert properties.items() <= found.properties.items()


def test_one_step_of_a_run_registers_once(registry, candidate):
    first, again = registry.register(candidate), registry.register(candidate)
    other_step = registry.register(
        replace(candidate, properties={"execution": "e1", "step": "second"})
    )
    other_run = registry.register(replace(candidate, properties={"execution": "e2"}))
    assert first == again
    assert [other_step.version, other_run.version] == [2, 3]


def test_registrations_at_once_get_a_version_each(registry, candidate):
    def register(number):
        properties = {"execution": f"e{number // 2}"}
        return registry.register(replace(candidate, properties=properties)).version

    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(register, range(12)))
    assert sorted(set(versions)) == [1, 2, 3, 4, 5, 6]
    assert [each.version for each in registry.versions("fraud")] == [1, 2, 3, 4, 5, 6]


def test_an_unsound_candidate_is_refused_with_every_problem(registry, candidate, tmp_path):
    unsound = replace(candidate, group="-no_group", model=tmp_path / "gone")
    with pytest.raises(RequestError) as caught:
        registry.register(unsound)
    assert str(caught.value).splitlines() == [
        "the group '-no_group' is no name for a model group. "
        "Use letters, digits and dashes, at most 63, no dash at either end.",
        f"{tmp_path}/gone: the candidate's model is missing. Run its step again.",
    ]


def test_metrics_that_are_no_json_are_refused_and_nothing_is_registered(registry, candidate):
    candidate.metrics.write_text("nan?")
    with pytest.raises(RequestError, match="the metrics are not JSON"):
        registry.register(candidate)
    assert list(registry.versions("fraud")) == []


def test_an_unknown_version_is_refused_with_those_that_exist(registry, candidate):
    registry.register(candidate)
    with pytest.raises(RequestError) as caught:
        registry.describe("fraud", 7)
    assert str(caught.value) == "the group 'fraud' has no version 7. It has: 1."
    with pytest.raises(RequestError) as caught:
        registry.describe("wine", 1)
    assert str(caught.value) == "the group 'wine' has no version 1. It has none."


def test_a_model_is_fetched_as_it_was_registered(registry, candidate, tmp_path):
    registry.register(candidate)
    folder = tmp_path / "models" / "fraud-1"
    for _ in range(2):
        registry.fetch_model("fraud", 1, folder)
        assert content_digest(folder) == content_digest(candidate.model)
    assert [each.name for each in folder.parent.iterdir()] == ["fraud-1"]
    with pytest.raises(RequestError) as caught:
        registry.fetch_model("fraud", 7, folder)
    assert str(caught.value) == "the group 'fraud' has no version 7. It has: 1."


def test_a_model_that_is_one_file_is_fetched_in_a_folder(registry, candidate, tmp_path):
    registry.register(replace(candidate, model=candidate.model / "model.ubj"))
    registry.fetch_model("fraud", 1, tmp_path / "fetched")
    assert (tmp_path / "fetched" / "model.ubj").read_bytes() == b"\x00\x01"


def test_a_model_that_was_changed_in_the_store_is_not_fetched(registry, candidate, tmp_path):
    registry.register(candidate)
    registry.fetch_model("fraud", 1, tmp_path / "fetched")
    place = Path(urlsplit(registry.describe("fraud", 1).model_uri).path)
    (place / "model.ubj").write_bytes(b"other")
    with pytest.raises(ServiceError) as caught:
        registry.fetch_model("fraud", 1, tmp_path / "fetched")
    digest = registry.describe("fraud", 1).properties["model_digest"]
    assert str(caught.value) == (
        f"{registry.describe('fraud', 1).registered.uri}: the registry's model is not the one that "
        f"was registered: its digest is not {digest}. See what changed it in the registry's store, "
        "or use another version."
    )
    assert (tmp_path / "fetched" / "model.ubj").read_bytes() == b"\x00\x01"


@pytest.mark.slow
def test_a_server_that_keeps_its_own_artifacts_gives_them_out(candidate, tmp_path):
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    uri = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"),
            *("--backend-store-uri", f"sqlite:///{tmp_path}/server.db"),
            *("--artifacts-destination", str(tmp_path / "store")),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urlopen(f"{uri}/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.3)
        registry = open_registry(uri)
        registry.register(candidate)
        assert registry.describe("fraud", 1).model_uri.startswith("mlflow-artifacts:/")
        registry.fetch_model("fraud", 1, tmp_path / "fetched")
        assert content_digest(tmp_path / "fetched") == content_digest(candidate.model)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def test_mlflow_keeps_model_metrics_and_report_beside_its_database(
    candidate, tmp_path, empty_database
):
    shutil.copy(empty_database, tmp_path / "mlflow.db")
    open_registry(f"sqlite:///{tmp_path}/mlflow.db").register(candidate)
    artifacts = tmp_path / "artifacts" / "fraud"
    files = {path.relative_to(artifacts).as_posix() for path in artifacts.rglob("*.*")}
    assert {file.partition("/artifacts/")[2] for file in files} == {
        "model/model.json",
        "model/model.ubj",
        "metrics.json",
        "report.html",
    }


@pytest.mark.slow
def test_processes_that_start_at_once_on_a_new_database_get_a_version_each(candidate, tmp_path):
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from penstock.registry import Candidate, open_registry\n"
        "uri, model, execution = sys.argv[1:]\n"
        "candidate = Candidate('fraud', Path(model), properties={'execution': execution})\n"
        "print(open_registry(uri).register(candidate).version)\n"
    )
    uri = f"sqlite:///{tmp_path}/new/mlflow.db"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, uri, str(candidate.model), f"e{number}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    assert sorted(process.communicate()[0].strip() for process in running) == ["1", "2", "3"]


def test_a_database_that_cannot_be_made_is_a_service_error(candidate, tmp_path):
    (tmp_path / "file").write_text("in the way")
    uri = f"sqlite:///{tmp_path}/file/mlflow.db"
    with pytest.raises(ServiceError) as caught:
        open_registry(uri).register(candidate)
    assert str(caught.value).startswith(f"{uri}: the model registry refused: ")


def test_an_address_of_no_known_kind_is_refused():
    with pytest.raises(RequestError) as caught:
        open_registry("ftp://models")
    assert str(caught.value) == (
        "the registry 'ftp://models' is of no known kind. "
        "Use sqlite:///PATH/mlflow.db, or the http(s) address of an MLflow server."
    )


def test_a_path_that_a_database_address_would_read_otherwise_is_refused():
    with pytest.raises(RequestError) as caught:
        open_registry("sqlite:////rows/a%20b/mlflow.db")
    assert str(caught.value) == (
        "sqlite:////rows/a%20b/mlflow.db: the path of a registry's file can hold neither % nor ?. "
        "Work in another folder, or name another file: --registry sqlite:////DIR/mlflow.db"
    )


def test_the_default_is_mlflows_own_variable_or_the_local_file():
    assert default_uri({"MLFLOW_TRACKING_URI": "http://here"}) == "http://here"
    assert default_uri({}) == "sqlite:///.penstock/mlflow.db"


def test_opening_a_registry_loads_no_mlflow():
    program = (
        "import sys; from penstock.registry import open_registry; open_registry('sqlite:///x.db')\n"
        "assert not {'mlflow', 'sqlalchemy', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
