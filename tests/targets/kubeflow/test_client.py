"""Submission, against a real HTTP server on this machine."""

import socket
from typing import Any

import pytest

from penstock.errors import PortabilityError, RequestError, ServiceError
from penstock.targets.kubeflow import IRDocument
from penstock.targets.kubeflow.client import KubeflowClient, Submitted


def submit(server: Any, document: IRDocument, **parameters: object) -> Submitted:
    client = KubeflowClient(server.url)
    return client.submit(document, parameters, experiment="penstock", run_name="count-1")


def test_a_run_is_started_with_its_parameters_and_without_settings_of_sagemaker(
    server: Any, document: IRDocument
) -> None:
    submitted = submit(server, document, rows=9)
    assert submitted == Submitted("r-1", "count-1", f"{server.url}/#/runs/details/r-1")
    [run] = [
        body for method, path, body, _ in server.requests if (method, path) == ("POST", "runs")
    ]
    assert run["display_name"] == "count-1"
    assert run["experiment_id"] == "e-1"
    assert run["runtime_config"]["parameters"] == {"rows": 9}
    assert run["pipeline_spec"] == document.specification
    assert "sagemaker" not in str(run)


def test_settings_of_kubernetes_travel_along(server: Any, document: IRDocument) -> None:
    kubernetes = {"deploymentSpec": {"executors": {"exec-count": {"nodeSelector": {}}}}}
    platforms = {"platforms": {**document.platforms["platforms"], "kubernetes": kubernetes}}
    submit(server, IRDocument(document.specification, platforms))
    [run] = [
        body for method, path, body, _ in server.requests if (method, path) == ("POST", "runs")
    ]
    assert run["pipeline_spec"] == {
        "pipeline_spec": document.specification,
        "platform_spec": {"platforms": {"kubernetes": kubernetes}},
    }


def test_a_run_is_followed_until_it_ends(server: Any) -> None:
    states: list[str] = []
    pauses: list[float] = []
    client = KubeflowClient(server.url)
    ended = client.follow("r-1", states.append, every_seconds=5, sleep=pauses.append)
    assert ended == ("SUCCEEDED", "")
    assert states == ["PENDING", "RUNNING", "SUCCEEDED"]
    assert pauses == [5, 5]


def test_the_message_of_a_failed_run_is_handed_back(server: Any) -> None:
    server.answers["runs/r-1"] = (
        200,
        {"run_id": "r-1", "state": "FAILED", "error": {"code": 9, "message": "no such image"}},
    )
    client = KubeflowClient(server.url)
    assert client.follow("r-1", lambda _: None) == ("FAILED", "no such image")


def test_a_token_goes_with_every_call(server: Any, document: IRDocument) -> None:
    client = KubeflowClient(server.url, token="secret")
    client.submit(document, {}, experiment="penstock", run_name="count-1")
    assert {authorization for *_, authorization in server.requests} == {"Bearer secret"}


def test_every_reason_against_a_submission_is_listed(server: Any, document: IRDocument) -> None:
    settings = document.platforms["platforms"]["sagemaker"]["deploymentSpec"]["executors"]
    settings["exec-count"]["step"] = "callback"
    with pytest.raises(PortabilityError) as caught:
        submit(server, document, row=9)
    assert str(caught.value) == (
        "pipelines/count/pipeline.py:7: a 'callback' step has no form on Kubeflow. "
        "Use one of: fail, processing, register, training.\n"
        "--set row: the pipeline 'count' has no parameter 'row'. Use one of: rows."
    )
    assert not [path for _, path, *_ in server.requests if path == "runs"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "/data/fraud",
            "--source: a pod cannot read '/data/fraud' on this machine. "
            "Give an address that the cluster reaches, such as s3://bucket/folder.",
        ),
        (
            "",
            "--source: a pod cannot read the data that a use case generates on this machine. "
            "Give an address that the cluster reaches, such as s3://bucket/folder.",
        ),
    ],
)
def test_rows_on_this_machine_are_refused(
    server: Any, document: IRDocument, source: str, message: str
) -> None:
    inputs = document.specification["root"]["inputDefinitions"]["parameters"]
    inputs["source"] = {"parameterType": "STRING"}
    with pytest.raises(PortabilityError) as caught:
        submit(server, document, source=source)
    assert str(caught.value) == message


REFUSALS = {
    401: "the server refused to {action} (HTTP 401).{said} Set PENSTOCK_KUBEFLOW_TOKEN to a token "
    "that may start runs there, and --namespace to a profile of yours.",
    404: "the server refused to {action} (HTTP 404).{said} Check the address; "
    "Kubeflow Pipelines 2 or later is needed.",
    400: "the server refused to {action} (HTTP 400).{said} "
    "Check the parameters against the pipeline.",
    429: "the server refused to {action} (HTTP 429).{said} The server asks for fewer calls; "
    "try again later.",
    503: "the server failed to {action} (HTTP 503).{said} Nothing is wrong with the request; "
    "try again, or look at the server's log.",
}


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refused_run_is_told_with_the_servers_words(
    server: Any, document: IRDocument, status: int
) -> None:
    server.answers["runs"] = (status, {"message": "Not like this.", "code": 3})
    with pytest.raises(ServiceError) as caught:
        submit(server, document)
    said = REFUSALS[status].format(action="start the run", said=" It says: Not like this.")
    assert str(caught.value) == f"{server.url}: {said}"


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refused_connection_is_told(server: Any, status: int) -> None:
    server.answers["healthz"] = (status, {})
    with pytest.raises(ServiceError) as caught:
        KubeflowClient(server.url)
    assert str(caught.value) == f"{server.url}: " + REFUSALS[status].format(
        action="connect", said=""
    )


def test_another_kind_of_server_is_recognised(server: Any) -> None:
    server.answers["healthz"] = (200, b"<html>")
    with pytest.raises(ServiceError) as caught:
        KubeflowClient(server.url)
    assert str(caught.value) == (
        f"{server.url}: the server answers, but not as Kubeflow Pipelines does. "
        "Give the address at which a browser reaches Kubeflow Pipelines."
    )


def test_an_absent_server_is_told_at_once() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(ServiceError) as caught:
        KubeflowClient(url)
    assert str(caught.value) == (
        f"{url}: the server cannot be reached: Connection refused. "
        "Check the address, and that a port-forward to it is open: "
        "kubectl port-forward -n kubeflow svc/ml-pipeline-ui 8080:80."
    )


def test_a_silent_server_is_given_up(server: Any) -> None:
    client = KubeflowClient(server.url, timeout_seconds=0.2)
    server.silent = True
    with pytest.raises(ServiceError) as caught:
        client.state("r-1")
    assert str(caught.value) == (
        f"{server.url}: the server cannot be reached: no answer within 0.2 s. "
        "Check the address, and that a port-forward to it is open: "
        "kubectl port-forward -n kubeflow svc/ml-pipeline-ui 8080:80."
    )


@pytest.mark.parametrize("host", ["localhost:8080", "ftp://x", "", "http://"])
def test_an_address_that_is_none_is_a_wrong_request(host: str) -> None:
    with pytest.raises(RequestError) as caught:
        KubeflowClient(host)
    assert str(caught.value) == (
        f"--host: {host!r} is no address of a server. Give a URL such as http://localhost:8080."
    )
