"""Changed bytes are refused at the first place that reads them."""

from typing import Any

import pytest
from candidates import (
    MODEL,
    model_archive,
    ready,
)
from registering import refused, registered
from tooling_world import (
    CENTRAL,
    MODELS,
    RELEASES,
    World,
)

from infra.runtime.canonical import sha256
from penstock.registry.sagemaker.packages import properties_of

BOTH = pytest.mark.parametrize("native", [False, True], ids=["ours", "native"])


@BOTH
def test_any_changed_byte_of_the_model_or_its_evidence_is_refused(
    world: World, native: bool
) -> None:
    made = ready(world, native=native)
    for key, content in world.objects(MODELS).items():
        part = "evidence" if key.endswith("evidence.json") else "model"
        if part == "model" and not key.endswith(("model.skops", "schema.json")):
            continue
        changed = bytes([content[0] ^ 1]) + content[1:]
        world.put(f"s3://{MODELS}/{key}", changed)
        assert refused(world, made).startswith(
            f"{made.package}: it was registered with the {part}_digest sha256:"
        )
        world.put(f"s3://{MODELS}/{key}", content)
    if native:
        where = f"s3://{MODELS}/run/abc/train/output/model.tar.gz"
        world.put(where, model_archive({**MODEL, "model.skops": b"Weights"}))
        digests = properties_of(
            world.dev("sagemaker").describe_model_package(ModelPackageName=made.package)
        )
        text = refused(world, made)
        assert text.startswith(
            f"{made.package}: it was registered with the model_digest "
            f"{digests['model_digest']}, and what is there has sha256:"
        )
        assert text.endswith(". See who writes to the models of dev, and train again.")


def test_a_file_that_changes_while_it_is_copied_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infra.runtime.registrar import handler

    made = ready(world)
    key = next(key for key in world.objects(MODELS) if key.endswith("model.skops"))
    copy_files = handler.copy_files

    def meanwhile(*arguments: Any) -> None:
        world.put(f"s3://{MODELS}/{key}", b"others!")
        copy_files(*arguments)

    monkeypatch.setattr(handler, "copy_files", meanwhile)
    text = refused(world, made)
    assert (
        "/model/model.skops: the file 'model/model.skops' changed while it was copied: its "
        f"SHA-256 was {sha256(b'weights')} and is {sha256(b'others!')}. See who writes to the "
        "models of dev, and deliver again."
    ) in text
    assert not [key for key in world.objects(CENTRAL) if "statement" in key]


def test_other_bytes_in_the_central_bucket_are_refused_wherever_they_are(world: World) -> None:
    made = ready(world)
    registered(world, made)
    stored = world.objects(CENTRAL)
    for key, content in stored.items():
        if key.endswith((".signature", ".package.json")):
            continue
        world.put(f"s3://{CENTRAL}/{key}", bytes([content[0] ^ 1]) + content[1:])
        registered(world, made)
        assert world.refusal == (
            f"s3://{CENTRAL}/{key}: the object is there already and holds other bytes. See "
            + ("who wrote it." if "statement" in key else "in the bucket's history who wrote it.")
        )
        world.put(f"s3://{CENTRAL}/{key}", content)


def test_a_tampered_release_is_refused_before_anything_else(world: World) -> None:
    made = ready(world)
    where = f"s3://{RELEASES}/{world.release}.tar"
    world.put(where, world.read(where)[:-1] + b"\1")
    assert refused(world, made).startswith(f"{where}: this is not the release: its SHA-256 is ")
