"""What a delivery takes up is made of the release alone."""

import io
import json
import zipfile
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from penstock.errors import RequestError, ServiceError
from penstock.release import delivery
from penstock.release.delivery import Delivery, deliver, delivery_zip
from penstock.release.release import Release

TEMPLATES = {
    "templates/penstock-dev-pipelines-wine.template.json": b"{}",
    "templates/penstock-prod-pipelines-wine.template.json": b'{"a": 1}',
}


def release(*trained: str, **files: bytes) -> Release:
    """Return a release of some use cases, by default of wine."""
    manifest: Any = SimpleNamespace(
        pipelines=[
            SimpleNamespace(use_case=each, pipeline=kind, name=f"{each.replace('_', '-')}-{kind}")
            for each in trained or ("wine",)
            for kind in ("inference", "training")
        ]
    )
    provenance: Any = None
    return Release("5" * 64, manifest, provenance, files, "dist/5.tar")


def refusal(made: Release, use_case: str = "") -> list[str]:
    with pytest.raises(RequestError) as refused:
        deliver(made, "s3://releases", "eu-west-1", use_case)
    return [str(each) for each in refused.value.problems]


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
    assert refusal(release(**TEMPLATES), "fraud") == [
        "--use-case: the release trains nothing for 'fraud'. Use one of: wine."
    ]


def test_of_several_use_cases_one_has_to_be_named() -> None:
    assert refusal(release("wine_taste", "fraud", **TEMPLATES)) == [
        "--use-case: the release trains for 2 use cases, and a delivery is of one. "
        "Use one of: fraud, wine_taste."
    ]


def test_a_release_that_trains_nothing_is_not_delivered() -> None:
    made = release(**TEMPLATES)
    made.manifest.pipelines.pop()
    assert refusal(made) == [
        "dist/5.tar: the release trains nothing. Deliver one with a pipeline `training`."
    ]


def test_templates_that_were_made_without_the_use_case_are_told() -> None:
    assert refusal(release("wine", "fraud", **TEMPLATES), "fraud") == [
        "dist/5.tar: the release holds no template of the stack pipelines-fraud. Run make cdk for "
        "it, and build it with --templates cdk.out/templates."
    ]


class Starts:
    """CodePipeline and S3; what they are asked is kept."""

    def __init__(self, refused: str = "") -> None:
        self.asked: list[dict[str, Any]] = []
        self.kept: list[str] = []
        self._refused = refused

    def put_object(self, **given: Any) -> None:
        self.kept.append(given["Key"])

    def start_pipeline_execution(self, **given: Any) -> dict[str, str]:
        self.asked.append(given)
        if self._refused:
            answer: Any = {"Error": {"Code": self._refused, "Message": "no"}}
            raise ClientError(answer, "StartPipelineExecution")
        return {"pipelineExecutionId": "e"}


@pytest.mark.parametrize("named", ["", "wine"])
def test_the_use_case_s_own_delivery_is_started_with_the_object_of_its_release(
    monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    service = Starts()
    monkeypatch.setattr(delivery, "open_client", lambda *_: service)
    made = deliver(release(**TEMPLATES), "s3://releases/of/ours", "eu-west-1", named)
    own = f"delivery/{'5' * 64}.zip"
    assert made == Delivery("wine", "penstock-delivery-wine", "e", f"s3://releases/{own}")
    assert service.kept == [own]
    (asked,) = service.asked
    del asked["clientRequestToken"]
    assert asked == {
        "name": "penstock-delivery-wine",
        "sourceRevisions": [
            {"actionName": "Release", "revisionType": "S3_OBJECT_KEY", "revisionValue": own}
        ],
    }


def test_a_use_case_without_a_delivery_yet_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "open_client", lambda *_: Starts("PipelineNotFoundException"))
    assert refusal(release(**TEMPLATES)) == [
        "penstock-delivery-wine: there is no such CodePipeline in eu-west-1. Let the platform team "
        'make it: docs/accounts.md, "A use case more".'
    ]
    monkeypatch.setattr(delivery, "open_client", lambda *_: Starts("ConcurrentException"))
    with pytest.raises(ServiceError, match="codepipeline refused StartPipelineExecution"):
        deliver(release(**TEMPLATES), "s3://releases", "eu-west-1", "wine")
