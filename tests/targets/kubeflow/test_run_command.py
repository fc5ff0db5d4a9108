"""`pipeline run --target kubeflow` from the command line to the server."""

import json
from pathlib import Path
from typing import Any

import pytest

from penstock.cli.main import main
from penstock.targets.kubeflow import IRDocument


@pytest.fixture
def file(document: IRDocument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "count.yaml").write_text(document.to_yaml())
    return "count.yaml"


def run(*arguments: str) -> int:
    return main(["run", "--target", "kubeflow", *arguments])


def test_a_run_is_submitted_with_typed_parameters_and_our_image(
    server: Any, file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PENSTOCK_KUBEFLOW_TOKEN", "secret")
    options = ("--host", server.url, "--set", "rows=9", "--task-image", "registry/penstock:1")
    assert run("--from-ir", file, *options) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out == f"submitted run r-1: {server.url}/#/runs/details/r-1\n"
    [(body, token)] = [
        (body, token)
        for method, path, body, token in server.requests
        if (method, path) == ("POST", "runs")
    ]
    assert token == "Bearer secret"
    assert body["runtime_config"]["parameters"] == {"rows": 9}
    executors = body["pipeline_spec"]["deploymentSpec"]["executors"]
    assert executors["exec-count"]["container"]["image"] == "registry/penstock:1"


def test_a_failed_run_that_is_followed_fails_the_command(
    server: Any, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers["runs/r-1"] = (
        200,
        {"run_id": "r-1", "state": "FAILED", "error": {"code": 9, "message": "no such image"}},
    )
    assert run("--from-ir", file, "--host", server.url, "--follow") == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines()[1:] == ["  failed"]
    assert printed.err == (
        "pipeline: run r-1: the run ended as FAILED: no such image. "
        f"Look at {server.url}/#/runs/details/r-1.\n"
    )


def test_machines_get_the_address_of_the_run(
    server: Any, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--from-ir", file, "--host", server.url, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "run_id": "r-1",
        "url": f"{server.url}/#/runs/details/r-1",
    }


def test_a_wrong_parameter_reaches_no_server(
    server: Any, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--from-ir", file, "--host", server.url, "--set", "row=9") == 2
    assert capsys.readouterr().err == (
        "pipeline: --set row=9: there is no parameter 'row'. Did you mean 'rows'? "
        "Use one of: rows.\n"
    )
    assert server.requests == []


def test_options_of_a_local_run_are_refused_all_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("--resume", "--image", "a=b", "--artifacts", "s3://b/a") == 2
    assert capsys.readouterr().err.splitlines() == [
        "pipeline: --target kubeflow: --image is for runs on this machine. Leave it out.",
        "pipeline: --target kubeflow: --resume is for runs on this machine. Leave it out.",
        "pipeline: --target kubeflow: --artifacts is for runs on this machine. Leave it out.",
        "pipeline: say what to run: a name such as `training`, or --from-ir FILE.",
        "pipeline: --host: say which Kubeflow Pipelines server is to run it. "
        "Give its URL, such as --host http://localhost:8080.",
    ]
