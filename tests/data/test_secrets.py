"""Secrets come by reference, and no message shows one."""

import json

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from penstock.data.secrets import resolve_secret
from penstock.errors import RequestError, ServiceError


def refusal(reference: str) -> str:
    with pytest.raises(RequestError) as error:
        resolve_secret(reference)
    return str(error.value)


def test_a_secret_is_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("KITCHEN_PASSWORD", "arepa")
    assert resolve_secret("env:KITCHEN_PASSWORD") == "arepa"


def test_a_variable_that_is_not_set_is_named(monkeypatch):
    monkeypatch.delenv("KITCHEN_PASSWORD", raising=False)
    assert refusal("env:KITCHEN_PASSWORD") == (
        "secret env:KITCHEN_PASSWORD: the variable KITCHEN_PASSWORD is not set. "
        "Set it: export KITCHEN_PASSWORD=..."
    )


@pytest.mark.parametrize("reference", ["arepa-2026", "env:", "aws:", "vault:arepa-2026", ""])
def test_what_is_no_reference_is_refused_and_not_shown(reference):
    assert refusal(reference) == (
        "this is no reference to a secret. "
        "Use env:NAME, aws:SECRET or aws:SECRET/FIELD, never the secret itself."
    )


@pytest.fixture
def secrets_manager(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("secretsmanager")
        client.create_secret(Name="kitchen", SecretString="arepa")
        client.create_secret(Name="prod/kitchen", SecretString=json.dumps({"password": "cachapa"}))
        yield client


@pytest.mark.parametrize(
    ("reference", "secret"),
    [
        ("aws:kitchen", "arepa"),
        ("aws:prod/kitchen/password", "cachapa"),
        ("aws:prod/kitchen", '{"password": "cachapa"}'),
    ],
)
def test_a_secret_or_its_field_is_read_from_secrets_manager(secrets_manager, reference, secret):
    assert resolve_secret(reference) == secret


def test_a_field_is_read_where_aws_does_not_tell_that_nothing_else_has_its_name(
    secrets_manager, monkeypatch
):
    """Who may read one secret alone hears of all others that they may not be read."""
    read = botocore.client.BaseClient._make_api_call

    def refusing(client, operation, given):
        if given["SecretId"] != "prod/kitchen":
            refusal = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
            raise ClientError(refusal, operation)
        return read(client, operation, given)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", refusing)
    assert resolve_secret("aws:prod/kitchen/password") == "cachapa"
    with pytest.raises(ServiceError) as refused:
        resolve_secret("aws:pantry/password")
    assert str(refused.value) == (
        "secret aws:pantry/password: AWS Secrets Manager refused: AccessDeniedException. "
        "Check the rights."
    )


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (
            "aws:pantry",
            "secret aws:pantry: there is no such secret. Check its name and the Region.",
        ),
        (
            "aws:prod/kitchen/user",
            "secret aws:prod/kitchen/user: the secret is no JSON with the field 'user'. Check it.",
        ),
        (
            "aws:kitchen/password",
            "secret aws:kitchen/password: the secret is no JSON with the field 'password'. "
            "Check it.",
        ),
    ],
)
def test_what_secrets_manager_does_not_have_is_told_without_the_secret(
    secrets_manager, reference, message
):
    assert refusal(reference) == message
