"""The server's own promises; what a body means is the predictor's matter."""

import http.client
import json
import socket
import threading
import time

import pytest


def test_it_answers_under_the_services_contract(start):
    served = start(SAGEMAKER_MAX_PAYLOAD_IN_MB="3", SAGEMAKER_MAX_CONCURRENT_TRANSFORMS="4")
    assert served.invoke(b"1,2\n") == (200, b"1,2\n")
    status, body = served.ask("GET", "/execution-parameters")
    assert (status, json.loads(body)) == (
        200,
        {"MaxConcurrentTransforms": 4, "BatchStrategy": "MultiRecord", "MaxPayloadInMB": 3},
    )


def test_bad_rows_are_named_one_by_one(start):
    status, body = start().invoke(b"bad")
    assert (status, json.loads(body)) == (
        400,
        {
            "message": "row 3, column 'amount': 'x' is not a number.",
            "rows": [{"row": 3, "column": "amount", "problem": "'x' is not a number."}],
        },
    )


def test_a_fault_of_the_predictor_ends_one_request_and_not_the_server(start):
    served = start()
    assert served.invoke(b"crash") == (
        500, b'{"message": "the server failed on this request; its log says why."}\n',
    )  # fmt: skip
    assert served.invoke(b"1\n") == (200, b"1\n")
    assert "ZeroDivisionError: a fault of the predictor" in served.said()[1]


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/invocations", 405,
         "the method is not allowed: POST to /invocations, GET the others."),
        ("POST", "/ping", 405,
         "the method is not allowed: POST to /invocations, GET the others."),
        ("GET", "/", 404,
         "there is no such path. Use /ping, /invocations or /execution-parameters."),
    ],
)  # fmt: skip
def test_other_methods_and_paths_are_refused(start, method, path, status, message):
    found, body = start().ask(method, path)
    assert (found, json.loads(body)) == (status, {"message": message})


def test_a_body_that_is_too_large_is_refused_whether_its_size_is_said_or_not(start):
    served = start(SAGEMAKER_MAX_PAYLOAD_IN_MB="1")
    refused = {
        "message": "the body is over 1 MB. Send fewer rows at a time, or raise MaxPayloadInMB."
    }
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        connection.sendall(
            b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n"
        )
        assert connection.recv(65_536).startswith(b"HTTP/1.1 413 ")
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    parts = (b"1\n" * 2_000 for _ in range(300))
    connection.request("POST", "/invocations", parts, encode_chunked=True)
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())) == (413, refused)
    assert served.invoke(b"x" * 1_048_576)[0] == 200


def test_few_requests_are_worked_on_at_a_time(start):
    served = start(SAGEMAKER_MAX_CONCURRENT_TRANSFORMS="2")
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(served.invoke(b"slow"))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(200, b"slow")] * 4
    assert served.invoke(b"most") == (200, b"2")


def test_what_is_begun_when_it_is_told_to_end_is_finished(start):
    served = start()
    found = []
    asking = threading.Thread(target=lambda: found.append(served.invoke(b"slow")))
    asking.start()
    time.sleep(0.4)
    assert served.end() == 0
    asking.join()
    assert found == [(200, b"slow")]


def test_requests_are_logged_without_their_bodies(start):
    served = start()
    served.invoke(b"secret")
    served.end()
    out, errors = served.said()
    assert "POST /invocations 200: 6 bytes in, 6 out, " in out
    assert "secret" not in out + errors
    assert "ping" not in out + errors


def test_attributes_of_a_request_reach_the_predictor(start):
    assert start().invoke(
        b"attributes", X_Amzn_SageMaker_Custom_Attributes="rows=raw, day=2024-01-02"
    ) == (200, b"{'rows': 'raw', 'day': '2024-01-02'}")


def test_the_description_of_a_job_is_no_part_of_the_model(start):
    served = start(files=("artifact.json", "trees"))
    assert served.invoke(b"names") == (200, b"trees")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"files": ("broken",)}, "model.json: the model was changed. Train again."),
        (
            {"SAGEMAKER_MAX_PAYLOAD_IN_MB": "many"},
            "SAGEMAKER_MAX_PAYLOAD_IN_MB is 'many'. Use a whole number from 0 to 100.",
        ),
        (
            {"PENSTOCK_PREDICTOR": "nowhere.found:load"},
            "PENSTOCK_PREDICTOR is 'nowhere.found:load': the image holds no module nowhere.found.",
        ),
        (
            {"PENSTOCK_PREDICTOR": "echo_predictor:absent"},
            "PENSTOCK_PREDICTOR is 'echo_predictor:absent': echo_predictor has no absent.",
        ),
    ],
)
def test_a_model_that_cannot_be_served_ends_the_process_and_says_why(start, given, reason):
    served = start(**given)
    assert served.process.wait(20) == 1
    assert (served.folder / "ml" / "output" / "failure").read_text() == reason
    assert served.said()[1] == f"{reason}\n"


def test_a_port_that_is_taken_is_told(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        served = start(wait=False, SAGEMAKER_BIND_TO_PORT=str(port))
        assert served.process.wait(20) == 1
    reason = f"port {port} cannot be listened at."
    assert (served.folder / "ml" / "output" / "failure").read_text() == reason
