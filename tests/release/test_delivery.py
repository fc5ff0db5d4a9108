"""What a delivery takes up is made of the release alone."""

import io
import json
import zipfile
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from penstock.errors import RequestError
from penstock.release.delivery import deliver, delivery_zip
from penstock.release.release import Release

TEMPLATES = {
    "templates/penstock-dev-pipelines.template.json": b"{}",
    "templates/penstock-prod-pipelines.template.json": b'{"a": 1}',
}


def release(**files: bytes) -> Release:
    manifest: Any = SimpleNamespace(
        pipelines=[SimpleNamespace(use_case="wine", pipeline="training")]
    )
    provenance: Any = None
    return Release("5" * 64, manifest, provenance, files, "dist/5.tar")


def test_the_object_holds_the_digest_and_the_templates() -> None:
    made = release(**TEMPLATES, **{"manifest.json": b"not this"})
    with zipfile.ZipFile(io.BytesIO(delivery_zip(made))) as archive:
        assert json.loads(archive.read("release.json")) == {"release": "5" * 64}
        assert {name: archive.read(name) for name in archive.namelist()[1:]} == TEMPLATES


def test_the_same_release_gives_the_same_bytes() -> None:
    made = release(**TEMPLATES)
    other = replace(made, files=dict(reversed(list(made.files.items()))))
    assert delivery_zip(made) == delivery_zip(other)


def test_a_release_without_templates_cannot_be_delivered() -> None:
    with pytest.raises(RequestError) as refused:
        delivery_zip(release())
    assert [str(each) for each in refused.value.problems] == [
        "dist/5.tar: the release holds no templates. Run make cdk, and build it with "
        "--templates cdk.out/templates."
    ]


def test_a_use_case_that_the_release_does_not_train_is_told() -> None:
    with pytest.raises(RequestError) as refused:
        deliver(release(**TEMPLATES), "s3://releases", "eu-west-1", "fraud")
    assert [str(each) for each in refused.value.problems] == [
        "--use-case: the release trains nothing for 'fraud'. Use one of: wine."
    ]
