"""One promise, every registry."""

import hashlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from penstock.data.digest import content_digest
from penstock.errors import RequestError, ServiceError
from penstock.registry import Candidate, default_uri, newest, open_registry
from penstock.registry.in_memory import InMemoryRegistry


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """A database that MLflow has set up: it takes a second each time."""
    from penstock.registry.mlflow.client import empty_database

    file = tmp_path_factory.mktemp("template") / "mlflow.db"
    file.write_bytes(empty_database())
    return file


@pytest.fixture(params=["in_memory", "mlflow", "sagemaker"])
def registry(request, tmp_path):
    if request.param == "in_memory":
        return InMemoryRegistry()
    if request.param == "sagemaker":
        return open_registry(request.getfixturevalue("sagemaker_registry"))
    shutil.copy(request.getfixturevalue("empty_database"), tmp_path / "mlflow.db")
    return open_registry(f"sqlite:///{tmp_path}/mlflow.db")


def overwrite(registry, candidate, part, content):
    """Change a file of fraud/1 where the registry's store keeps it."""
    place = urlsplit(registry.describe("fraud", 1).model_uri)
    if place.scheme == "s3":
        import boto3

        bucket = boto3.session.Session().resource("s3").Bucket(place.netloc)
        (found,) = [each for each in bucket.objects.all() if each.key.endswith(f"/{part}")]
        found.put(Body=content)
    elif isinstance(registry, InMemoryRegistry):
        (candidate.model.parent / part).write_bytes(content)
    else:
        (Path(place.path).parent / part).write_bytes(content)


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
    (folder / "evidence" / "use_case").mkdir(parents=True)
    (folder / "evidence" / "evidence.json").write_bytes(b'{"format":"penstock.evidence/1"}')
    (folder / "evidence" / "use_case" / "use_case.yaml").write_text("name: fraud")
    return Candidate(
        "fraud",
        folder / "model",
        folder / "metrics.json",
        folder / "report.html",
        {"execution": "e1", "step": "register", "use_case": "fraud@sha256:0", "who@where": "it's"},
        folder / "evidence",
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
        "evidence_digest": "sha256:"
        + hashlib.sha256(b'{"format":"penstock.evidence/1"}').hexdigest(),
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
    overwrite(registry, candidate, "model/model.ubj", b"other")
    with pytest.raises(ServiceError) as caught:
        registry.fetch_model("fraud", 1, tmp_path / "fetched")
    digest = registry.describe("fraud", 1).properties["model_digest"]
    assert str(caught.value) == (
        f"{registry.describe('fraud', 1).registered.uri}: the registry's model is not the one that "
        f"was registered: its digest is not {digest}. See what changed it in the registry's store, "
        "or use another version."
    )
    assert (tmp_path / "fetched" / "model.ubj").read_bytes() == b"\x00\x01"


def test_an_evidence_pack_is_fetched_as_it_was_registered(registry, candidate, tmp_path):
    registry.register(candidate)
    for _ in range(2):
        registry.fetch_evidence("fraud", 1, tmp_path / "packs" / "pack")
        assert content_digest(tmp_path / "packs" / "pack") == content_digest(candidate.evidence)
    assert [each.name for each in (tmp_path / "packs").iterdir()] == ["pack"]
    with pytest.raises(RequestError) as caught:
        registry.fetch_evidence("fraud", 7, tmp_path / "pack")
    assert str(caught.value) == "the group 'fraud' has no version 7. It has: 1."


def test_an_evidence_document_that_was_changed_is_not_fetched(registry, candidate, tmp_path):
    registered = registry.register(candidate)
    registry.fetch_evidence("fraud", 1, tmp_path / "fetched")
    overwrite(registry, candidate, "evidence/evidence.json", b'{"format":"penstock.evidence/2"}')
    with pytest.raises(ServiceError) as caught:
        registry.fetch_evidence("fraud", 1, tmp_path / "fetched")
    digest = registry.describe("fraud", 1).properties["evidence_digest"]
    assert str(caught.value) == (
        f"{registered.uri}: the registry's evidence is not the one that was registered: its digest "
        f"is not {digest}. See what changed it in the registry's store, or use another version."
    )
    assert (tmp_path / "fetched" / "evidence.json").read_bytes().endswith(b'/1"}')


def test_a_version_without_evidence_has_no_digest_of_it_and_none_to_fetch(
    registry, candidate, tmp_path
):
    registered = registry.register(replace(candidate, evidence=None))
    assert "evidence_digest" not in registry.describe("fraud", 1).properties
    with pytest.raises(RequestError) as caught:
        registry.fetch_evidence("fraud", 1, tmp_path / "pack")
    assert str(caught.value) == (
        f"{registered.uri}: the version was registered without an evidence pack. "
        "Train again with a pipeline that writes one."
    )
    assert not (tmp_path / "pack").exists()


def test_evidence_without_its_document_is_refused(registry, candidate):
    (candidate.evidence / "evidence.json").unlink()
    with pytest.raises(RequestError) as caught:
        registry.register(candidate)
    assert str(caught.value) == (
        f"{candidate.evidence}: the candidate's evidence has no evidence.json. Run its step again."
    )


def test_groups_are_those_that_have_versions(registry, candidate):
    assert list(registry.groups()) == []
    for group in ("wine", "fraud", "fraud"):
        registry.register(replace(candidate, group=group, properties={}))
    assert list(registry.groups()) == ["fraud", "wine"]


def test_a_page_lists_versions_newest_first_and_the_next_goes_on(registry, candidate):
    for _ in range(5):
        registry.register(replace(candidate, properties={}))
    registry.register(replace(candidate, group="wine", properties={}))

    def numbers(*asked):
        return [each.registered.version for each in registry.page("fraud", *asked)]

    assert numbers() == [5, 4, 3, 2, 1]
    assert numbers(2) == [5, 4]
    assert numbers(2, 4) == [3, 2]
    assert numbers(2, 2) == [1]
    assert numbers(2, 1) == []
    assert numbers(2, 99) == [5, 4]
    assert registry.page("fraud", 1) == [registry.describe("fraud", 5)]
    assert list(registry.page("unheard-of")) == []


@pytest.mark.parametrize("status", ["approved", "rejected", "archived", "pending"])
def test_a_mark_sets_the_status_and_notes_properties_beside_those_there(
    registry, candidate, status
):
    registry.register(candidate)
    registry.register(replace(candidate, properties={}))
    before = registry.describe("fraud", 1)
    registry.mark("fraud", 1, "approved", {"live@local": "yes", "entry": "1"})
    registry.mark("fraud", 1, status, {"entry": "2"})
    after = registry.describe("fraud", 1)
    noted = {"live@local": "yes", "entry": "2"}
    told = {**before.properties, **noted}
    assert after == replace(before, status=status, properties=told, status_by=after.status_by)
    assert registry.describe("fraud", 2).status == "pending"


def test_a_mark_changes_no_digest_and_no_version_that_is_not_there(registry, candidate):
    registry.register(candidate)
    before = registry.describe("fraud", 1)
    with pytest.raises(RequestError) as caught:
        registry.mark("fraud", 1, "approved", {"model_digest": "", "evidence_digest": ""})
    assert str(caught.value).splitlines() == [
        f"the property {name!r} is set when a version is registered and never changed. "
        "Note it under another name."
        for name in ("model_digest", "evidence_digest")
    ]
    with pytest.raises(RequestError) as caught:
        registry.mark("fraud", 7, "approved", {})
    assert str(caught.value) == "the group 'fraud' has no version 7. It has: 1."
    assert registry.describe("fraud", 1) == before


def test_the_newest_is_the_newest_approved_else_the_newest_that_is_pending(registry, candidate):
    assert newest(registry, "fraud") is None
    for _ in range(4):
        registry.register(replace(candidate, properties={}))
    assert newest(registry, "fraud").registered.version == 4
    registry.mark("fraud", 4, "rejected", {})
    registry.mark("fraud", 3, "archived", {})
    assert newest(registry, "fraud").registered.version == 2
    registry.mark("fraud", 1, "approved", {})
    assert newest(registry, "fraud").registered.version == 1


MANAGED = "arn:aws:sagemaker:eu-west-1:111111111111:mlflow-tracking-server/penstock"


def test_a_managed_server_needs_its_package(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(RequestError) as caught:
        open_registry(MANAGED)
    assert str(caught.value) == (
        f"{MANAGED}: MLflow finds this server by the package sagemaker-mlflow, which is not "
        "installed. Install it: pip install sagemaker-mlflow."
    )


@pytest.mark.slow
def test_a_server_that_keeps_its_own_artifacts_gives_them_out(candidate, tmp_path, monkeypatch):
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
        registry.fetch_evidence("fraud", 1, tmp_path / "pack")
        assert content_digest(tmp_path / "pack") == content_digest(candidate.evidence)
        registry.register(replace(candidate, properties={}))
        registry.mark("fraud", 1, "approved", {"by@whom": "mara"})
        assert list(registry.groups()) == ["fraud"]
        older = registry.page("fraud", 5, 2)
        assert [each.registered.version for each in older] == [1]
        assert (older[0].status, older[0].properties["by@whom"]) == ("approved", "mara")
        for name, value in (
            ("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", uri),
            ("AWS_ACCESS_KEY_ID", "testing"),
            ("AWS_SECRET_ACCESS_KEY", "testing"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            # MLflow notes the server here, for processes that it starts.
            ("MLFLOW_TRACKING_URI", uri),
        ):
            monkeypatch.setenv(name, value)
        managed = open_registry(MANAGED)
        assert managed.register(candidate).version == 1
        assert managed.describe("fraud", 1).status == "approved"
        managed.mark("fraud", 2, "rejected", {"by@whom": "ben"})
        assert registry.describe("fraud", 2).status == "rejected"
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
        "evidence/evidence.json",
        "evidence/use_case/use_case.yaml",
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
        "Use sqlite:///PATH/mlflow.db, the http(s) address of an MLflow server, the ARN of one "
        "that SageMaker manages, or "
        "sagemaker://REGION?bucket=BUCKET."
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


def test_reading_fetching_and_marking_an_embedded_registry_loads_no_mlflow(
    candidate, tmp_path, empty_database
):
    shutil.copy(empty_database, tmp_path / "mlflow.db")
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    open_registry(uri).register(candidate)
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from penstock.registry import newest, open_registry\n"
        "registry = open_registry(sys.argv[1])\n"
        "registry.mark('fraud', 1, 'approved', {'by@whom': 'mara'})\n"
        "registry.fetch_model('fraud', 1, Path(sys.argv[2], 'm'))\n"
        "registry.fetch_evidence('fraud', 1, Path(sys.argv[2], 'e'))\n"
        "registry.groups(), registry.versions('fraud'), registry.page('fraud')\n"
        "print(newest(registry, 'fraud').properties['by@whom'])\n"
        "assert not {'mlflow', 'sqlalchemy', 'pandas'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, uri, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "mara\n"


def test_a_registry_that_another_process_holds_locked_is_a_service_error(
    candidate, tmp_path, empty_database, monkeypatch
):
    shutil.copy(empty_database, tmp_path / "mlflow.db")
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    registry = open_registry(uri)
    registry.register(candidate)
    monkeypatch.setattr("penstock.registry.mlflow.embedded._SECONDS", 0.05)
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ServiceError) as caught:
            registry.mark("fraud", 1, "approved", {})
    assert str(caught.value) == (
        f"{tmp_path}/mlflow.db: the model registry refused: database is locked. "
        "Another process writes to it: end it, or try again when it is done."
    )


KILLED_WHILE_IT_WRITES = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA cache_size = 1")
database.execute("BEGIN IMMEDIATE")
database.execute("UPDATE model_versions SET current_stage = 'Deleted_Internal'")
for number in range(400):
    database.execute("INSERT INTO experiments (name) VALUES (?)", (f"{number}" * 200,))
os.kill(os.getpid(), signal.SIGKILL)
"""


def leave_half_written(database):
    """End as a process does that is killed in the middle of a change: its journal stays."""
    subprocess.run([sys.executable, "-c", KILLED_WHILE_IT_WRITES, str(database)], check=False)
    assert Path(f"{database}-journal").read_bytes()[:8] == bytes.fromhex("d9d505f920a163d7")


def test_what_a_killed_process_left_half_written_is_taken_back_by_the_next_who_reads(
    candidate, tmp_path, empty_database
):
    shutil.copy(empty_database, tmp_path / "mlflow.db")
    registry = open_registry(f"sqlite:///{tmp_path}/mlflow.db")
    registry.register(candidate)
    before = (tmp_path / "mlflow.db").read_bytes()
    for read in (
        registry.groups,
        lambda: registry.versions("fraud"),
        lambda: registry.describe("fraud", 1),
    ):
        leave_half_written(tmp_path / "mlflow.db")
        assert (tmp_path / "mlflow.db").read_bytes() != before
        assert read()
        assert (tmp_path / "mlflow.db").read_bytes() == before
    assert [version.version for version in registry.versions("fraud")] == [1]


def test_a_database_that_is_none_is_a_service_error(tmp_path):
    (tmp_path / "mlflow.db").write_text("no database" * 99)
    with pytest.raises(ServiceError) as caught:
        open_registry(f"sqlite:///{tmp_path}/mlflow.db").page("fraud")
    assert str(caught.value) == (
        f"{tmp_path}/mlflow.db: the model registry refused: file is not a database. "
        "Put the database back from a copy."
    )
