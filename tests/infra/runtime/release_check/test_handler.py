"""Whether a delivery is the release that it names."""

import hashlib
import json
import zipfile
from typing import Any

import pytest
from tooling_world import ARTIFACTS, RELEASES, TEMPLATES, World, release_bytes, zip_bytes

from infra.runtime.release_check.handler import handle


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def test_a_release_that_holds_is_told_with_its_digest(world: World) -> None:
    digest = world.deliver()
    handle(world.job(), None)
    assert world.answer == {"outputVariables": {"release": digest}}


def test_a_repeated_event_changes_nothing(world: World) -> None:
    world.deliver()
    handle(world.job(), None)
    handle(world.job(), None)
    assert len(world.codepipeline.told) == 1


def test_a_flipped_byte_anywhere_in_the_release_is_refused(world: World) -> None:
    content = release_bytes()
    digest = world.deliver(content)
    where = f"s3://{RELEASES}/{digest}.tar"
    for at in range(0, len(content), 509):
        changed = flipped(content, at)
        world.put(where, changed)
        handle(world.job(), None)
        assert world.refusal == (
            f"{where}: this is not the release: its SHA-256 is "
            f"{hashlib.sha256(changed).hexdigest()}. See in the bucket's history who wrote it, and "
            "build the release again."
        )


def test_another_template_than_the_releases_is_refused(world: World) -> None:
    digest = world.deliver()
    told = {"release.json": json.dumps({"release": digest}).encode()}
    templates = {"templates/dev.json": b"{}", "templates/more.json": b"{}"}
    world.put(f"s3://{ARTIFACTS}/source/zip", zip_bytes({**told, **templates}))
    handle(world.job(), None)
    assert world.refusal == (
        f"s3://{ARTIFACTS}/source/zip: these templates are not those of the release {digest}: "
        "templates/dev.json, templates/more.json. Let CI deliver the release again."
    )


def test_a_missing_template_is_refused(world: World) -> None:
    digest = world.deliver()
    told = {"release.json": json.dumps({"release": digest}).encode()}
    world.put(f"s3://{ARTIFACTS}/source/zip", zip_bytes(told))
    handle(world.job(), None)
    assert "these templates are not those of the release" in world.refusal


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"no zip", "it cannot be read (File is not a zip file)"),
        (zip_bytes(TEMPLATES), "it has no release.json"),
        (zip_bytes({"release.json": b"{"}), "its release.json is no JSON"),
        (zip_bytes({"release.json": b"[]"}), "its release.json names no release"),
        (
            zip_bytes({"release.json": b"{}", "../x": b"", "other": b""}),
            "it has no place for '../x', 'other'",
        ),
    ],
)
def test_what_is_no_delivery_is_refused(world: World, content: bytes, what: str) -> None:
    where = f"s3://{ARTIFACTS}/source/zip"
    world.put(where, content)
    handle(world.job(), None)
    assert world.refusal == (
        f"{where}: this is no delivery: {what}. Let CI deliver the release again."
    )


def test_a_zip_that_grows_is_not_read_to_its_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.runtime.delivery_zip.MOST_BYTES", 10_000)
    import io

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("templates/zeros", bytes(1 << 20))
    where = f"s3://{ARTIFACTS}/source/zip"
    world.put(where, target.getvalue())
    handle(world.job(), None)
    assert world.refusal == (
        f"{where}: this is no delivery: it grows beyond 10,000 bytes. Let CI deliver the release "
        "again."
    )


def test_a_release_that_is_not_there_or_no_digest_is_refused(world: World) -> None:
    where = f"s3://{ARTIFACTS}/source/zip"
    world.put(where, zip_bytes({"release.json": json.dumps({"release": "a" * 64}).encode()}))
    handle(world.job(), None)
    assert world.refusal == (
        f"s3://{RELEASES}/{'a' * 64}.tar: there is no such release. Store it: pipeline release "
        "build --store."
    )
    world.put(where, zip_bytes({"release.json": b'{"release": "../other"}'}))
    handle(world.job(), None)
    assert world.refusal == (
        f"s3://{RELEASES}: '../other' is no digest of a release. It has 64 hexadecimal digits."
    )


def package(world: World, release: str) -> str:
    client = world.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName="fraud")
    made: Any = client.create_model_package(
        ModelPackageGroupName="fraud",
        CustomerMetadataProperties={"penstock.format": "1", "release_digest": release},
    )
    return str(made["ModelPackageArn"])


def test_a_model_of_the_same_release_passes(world: World) -> None:
    arn = package(world, world.deliver())
    handle(world.job(package=arn, group="fraud"), None)
    assert world.answer == {"outputVariables": {"release": world.release}}


def test_a_model_of_another_release_is_refused(world: World) -> None:
    world.deliver()
    arn = package(world, "b" * 64)
    handle(world.job(package=arn, group="fraud"), None)
    assert world.refusal == (
        f"{arn}: the model is of release {'b' * 64}, and the delivery is of {world.release}. "
        "Deliver the model's release, or promote a model of this one."
    )


def test_a_model_on_the_way_of_another_use_case_is_refused(world: World) -> None:
    arn = package(world, world.deliver())
    handle(world.job(package=arn, group="Wine-taste"), None)
    assert world.refusal == (
        f"{arn}: it is a model of the group 'fraud', and this is the way to prod of 'Wine-taste'. "
        "Approve it again: its own way to prod starts when pre-prod has passed it."
    )


def test_a_job_without_settings_fails_with_all_that_is_missing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PENSTOCK_RELEASES")
    handle(world.job(), None)
    assert world.refusal == "PENSTOCK_RELEASES is not set."


def test_what_nobody_expected_is_told_with_its_class(world: World) -> None:
    world.deliver()
    client = world.client("s3")
    client.delete_object(Bucket=RELEASES, Key=f"{world.release}.tar")
    client.delete_bucket(Bucket=RELEASES)
    handle(world.job(), None)
    assert world.refusal.startswith(
        "unexpected NoSuchBucket: An error occurred (NoSuchBucket) when calling the GetObject "
        "operation"
    )
