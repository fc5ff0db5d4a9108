"""Signatures by a key in KMS, verified without it."""

import base64

import boto3
import pytest

from penstock.approval.signing.kms import KmsSigner
from penstock.approval.signing.verifying import holds, is_key
from penstock.errors import ApprovalError, ServiceError


@pytest.fixture
def kms(kms_key):
    """`kms_key` leads the environment to moto."""
    return boto3.session.Session().client("kms")


def test_what_kms_signed_is_verified_by_the_public_key_alone(kms_key, monkeypatch):
    signer = KmsSigner(kms_key)
    public, signature = signer.key, signer.sign(b"approve fraud/3")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert is_key(public)
    assert public.startswith("ecdsa-p256:")
    assert holds(public, b"approve fraud/3", signature)
    assert not holds(public, b"approve fraud/4", signature)
    assert not holds(public, b"approve fraud/3", signature[:-1] + bytes([signature[-1] ^ 1]))


def test_a_long_message_is_signed_by_its_digest(kms_key):
    signer, message = KmsSigner(kms_key), b"x" * 10_000
    assert holds(signer.key, message, signer.sign(message))


def test_the_public_key_is_asked_for_once(kms_key):
    signer = KmsSigner(kms_key)
    assert base64.b64decode(signer.key.partition(":")[2])
    signer._client.get_public_key = None
    signer.sign(b"first")
    assert holds(signer.key, b"second", signer.sign(b"second"))


def test_the_region_is_that_of_the_arn(kms_key):
    elsewhere = kms_key.replace(":us-east-1:", ":eu-west-1:")
    assert KmsSigner(elsewhere)._client.meta.region_name == "eu-west-1"
    assert KmsSigner("alias/penstock", "eu-central-1")._client.meta.region_name == "eu-central-1"


def test_an_unknown_key_says_how_to_create_one(kms):
    with pytest.raises(ApprovalError) as caught:
        KmsSigner("alias/unheard-of").sign(b"x")
    assert str(caught.value) == (
        "the KMS key alias/unheard-of: there is no such key here. Look at the Region. Create one: "
        "aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY, and name it."
    )


def test_a_key_of_another_kind_is_refused_before_anything_is_signed(kms):
    made = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    with pytest.raises(ApprovalError) as caught:
        KmsSigner(made).sign(b"x")
    assert str(caught.value).startswith(
        f"the KMS key {made}: the key is none of ECC_NIST_P256 for signing. Create one: "
    )


def test_a_signature_of_another_key_is_not_handed_out(kms, kms_key):
    other = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    signer = KmsSigner(kms_key)
    assert signer.key != KmsSigner(other).key
    signer._id = other
    with pytest.raises(ServiceError) as caught:
        signer.sign(b"x")
    assert str(caught.value) == (
        f"the KMS key {other}: the signature that KMS made does not belong to the key. "
        "The alias may have moved to another key: try again."
    )
