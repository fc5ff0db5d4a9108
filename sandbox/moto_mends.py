"""Mends moto where the services do more than it does.

Each is a context manager: moto is as it was afterwards.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

_ALGORITHM = "x-amz-sdk-checksum-algorithm"
_CHECKSUMS = ("sha256", "sha1", "crc32", "crc32c", "crc64nvme")


@contextlib.contextmanager
def registry_mended() -> Iterator[None]:
    """Mend the model registry.

    The service answers a repeated client token with the version of the first call, gives every
    version a number of its own however many calls come at once, keeps the metadata that a change
    does not name, and says who changed it last.
    """
    from moto.sagemaker.models import ModelPackage, SageMakerModelBackend

    create = SageMakerModelBackend.create_model_package
    update = SageMakerModelBackend.update_model_package
    alone = threading.Lock()

    def create_once(self: Any, **arguments: Any) -> str:
        token = arguments.get("client_token")
        with alone:
            for each in self.model_packages.values():
                if token and each.client_token == token:
                    return str(each.arn)
            return create(self, **arguments)

    def update_by_somebody(self: Any, **arguments: Any) -> str:
        named = arguments["model_package_arn"]
        known = self.model_packages.get(self.model_package_name_mapping.get(named, named))
        before = dict(known.customer_metadata_properties or {}) if known else {}
        given = arguments.get("customer_metadata_properties") or {}
        arguments["customer_metadata_properties"] = {**before, **given}
        arn = update(self, **arguments)
        changed: ModelPackage = self.model_packages[arn]
        changed.last_modified_by = {"UserProfileName": "studio-user"}
        return arn

    with (
        patch.object(SageMakerModelBackend, "create_model_package", create_once),
        patch.object(SageMakerModelBackend, "update_model_package", update_by_somebody),
    ):
        yield


@contextlib.contextmanager
def signatures_mended() -> Iterator[None]:
    """Mend KMS: moto signs and verifies a digest as if it were a message."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.hashes import SHA256
    from moto.kms.utils import ECDSAPrivateKey

    algorithm = ec.ECDSA(utils.Prehashed(SHA256()))

    def sign(self: Any, digest: bytes, _: str) -> bytes:
        signature: bytes = self.private_key.sign(digest, algorithm)
        return signature

    def verify(self: Any, digest: bytes, signature: bytes, _: str) -> bool:
        try:
            self.private_key.public_key().verify(signature, digest, algorithm)
        except InvalidSignature:
            return False
        return True

    with (
        patch.object(ECDSAPrivateKey, "sign", sign),
        patch.object(ECDSAPrivateKey, "verify", verify),
    ):
        yield


@contextlib.contextmanager
def conditional_puts_mended() -> Iterator[None]:
    """Mend S3: moto looks whether an object is there and writes it in two steps, S3 in one."""
    from moto.s3.responses import S3Response

    put, alone = S3Response.put_object, threading.Lock()

    def put_alone(self: Any) -> Any:
        with alone:
            return put(self)

    with patch.object(S3Response, "put_object", put_alone):
        yield


@contextlib.contextmanager
def locked_puts_mended() -> Iterator[None]:
    """Mend S3 where objects are locked: it takes a checksum; moto wants its algorithm named too."""
    from moto.s3.responses import S3Response
    from werkzeug.datastructures import Headers

    put = S3Response._key_response_put

    def put_named(self: Any, *given: Any, **further: Any) -> Any:
        found = [name for name in _CHECKSUMS if f"x-amz-checksum-{name}" in self.headers]
        if found and _ALGORITHM not in self.headers:
            self.headers = Headers([*self.headers.items(), (_ALGORITHM, found[0].upper())])
        return put(self, *given, **further)

    with patch.object(S3Response, "_key_response_put", put_named):
        yield


@contextlib.contextmanager
def tags_mended() -> Iterator[None]:
    """Mend the tags of SageMaker.

    One that is given anew takes the place of the old one, and what is not there is told.
    """
    from moto.sagemaker.exceptions import ResourceNotFound
    from moto.sagemaker.models import SageMakerModelBackend

    add, find = SageMakerModelBackend.add_tags, SageMakerModelBackend._get_resource_from_arn

    def find_or_tell(self: Any, arn: str) -> Any:
        found = find(self, arn)
        if found is None:
            raise ResourceNotFound(f"{arn} does not exist.")
        return found

    def add_in_place(self: Any, arn: str, tags: list[dict[str, str]]) -> Any:
        self.delete_tags(arn, [tag["Key"] for tag in tags])
        return add(self, arn, tags)

    with (
        patch.object(SageMakerModelBackend, "add_tags", add_in_place),
        patch.object(SageMakerModelBackend, "_get_resource_from_arn", find_or_tell),
    ):
        yield


@contextlib.contextmanager
def quotas_mended() -> Iterator[None]:
    """Answer that no quota of SageMaker is known, where moto fails."""
    import json

    from moto.servicequotas import responses

    answers: Any = responses.ServiceQuotasResponse
    answers.list_service_quotas = lambda _: json.dumps({"Quotas": []})
    try:
        yield
    finally:
        del answers.list_service_quotas


@contextlib.contextmanager
def bucket_policies_mended() -> Iterator[None]:
    """Mend the policies of buckets: moto reads no conditions, so that every request is denied."""
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket

    def neutral(*_: Any) -> PermissionResult:
        return PermissionResult.NEUTRAL

    with patch.object(FakeBucket, "get_permission", neutral):
        yield


@contextlib.contextmanager
def all_mended() -> Iterator[None]:
    """Mend all of it."""
    with (
        registry_mended(),
        signatures_mended(),
        conditional_puts_mended(),
        locked_puts_mended(),
        tags_mended(),
        quotas_mended(),
        bucket_policies_mended(),
    ):
        yield
