"""Clients share what is read once, and notice when it changes."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from penstock.data.aws.clients import open_client

REGION = "eu-west-1"

SIGNING_IN = """\
import json, pathlib, sys
with pathlib.Path(sys.argv[1]).open("a") as file:
    file.write("asked\\n")
print(json.dumps({"Version": 1, "AccessKeyId": sys.argv[2], "SecretAccessKey": "none"}))
"""


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def process(tmp_path: Path) -> Callable[[str], Path]:
    """Let a program give the credentials; its file holds a line for each time it was asked."""
    program, asked = tmp_path / "signing_in.py", tmp_path / "asked"
    program.write_text(SIGNING_IN)

    def give(key: str) -> Path:
        line = f"credential_process = {sys.executable} {program} {asked} {key}"
        (tmp_path / "config").write_text(f"[default]\n{line}\n")
        return asked

    return give


def key_of(client: Any) -> str:
    """Return the key that a client signs with; botocore shows it nowhere else."""
    return str(client._request_signer._credentials.access_key)


def test_whoever_signs_in_is_asked_once_for_all_clients(process: Callable[[str], Path]) -> None:
    asked = process("first")
    clients = [open_client(service, REGION) for service in ("sts", "s3", "sagemaker")]
    assert list(map(key_of, clients)) == ["first"] * 3
    assert asked.read_text() == "asked\n"


def test_another_file_of_credentials_is_noticed(process: Callable[[str], Path]) -> None:
    asked = process("first")
    open_client("sts", REGION)
    process("second")
    assert key_of(open_client("sts", REGION)) == "second"
    assert asked.read_text() == "asked\nasked\n"


def test_other_variables_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("first", "second"):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
        assert key_of(open_client("sts", REGION)) == key


def test_each_region_has_its_own_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-2")
    monkeypatch.setenv("AWS_REGION", "us-east-2")
    regions = [open_client("sts", each).meta.region_name for each in (REGION, "", "eu-north-1")]
    assert regions == [REGION, "us-east-2", "eu-north-1"]


def test_what_one_client_is_taught_the_others_do_not_do(process: Callable[[str], Path]) -> None:
    process("first")
    taught, other = open_client("sts", REGION), open_client("sts", REGION)
    heard: list[str] = []
    taught.meta.events.register("before-sign", lambda **_: heard.append("taught"))
    other.generate_presigned_url("get_caller_identity")
    assert heard == []
    taught.generate_presigned_url("get_caller_identity")
    assert heard == ["taught"]


def test_threads_open_clients_at_once(process: Callable[[str], Path]) -> None:
    asked = process("first")
    services = ["sts", "s3", "dynamodb", "sagemaker"] * 4
    with ThreadPoolExecutor(len(services)) as pool:
        clients = list(pool.map(lambda service: open_client(service, REGION), services))
    assert [each.meta.service_model.service_name for each in clients] == services
    assert asked.read_text() == "asked\n"
