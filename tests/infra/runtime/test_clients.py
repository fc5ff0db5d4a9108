"""Clients of AWS services."""

import pytest
from tooling_fixtures import SETTINGS

from infra.runtime.clients import Credentials, error_code, open_client


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)


def test_a_client_waits_and_tries_within_bounds() -> None:
    settings = open_client("s3").meta.config
    assert (settings.connect_timeout, settings.read_timeout) == (5, 30)
    assert settings.retries == {"mode": "adaptive", "total_max_attempts": 5}


def test_a_function_that_is_called_again_goes_on_with_its_client() -> None:
    assert open_client("s3") is open_client("s3")
    assert open_client("s3", region="us-east-1") is not open_client("s3")
    assert open_client("s3", region="us-east-1").meta.region_name == "us-east-1"


def test_renewed_credentials_get_a_client_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    before = open_client("s3")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "renewed")
    assert open_client("s3") is not before


def test_lent_credentials_are_used_and_never_shown() -> None:
    lent = Credentials("AKIA", "secret-key", "secret-token")
    assert repr(lent) == "Credentials(access_key_id='AKIA')"
    client = open_client("s3", credentials=lent)
    used = client._request_signer._credentials
    assert (used.access_key, used.secret_key, used.token) == ("AKIA", "secret-key", "secret-token")


def test_an_error_without_an_answer_has_no_code() -> None:
    assert error_code(ValueError("x")) == ""
